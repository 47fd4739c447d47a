"""A painter is chosen, its dials are turned, and a real tiny domain learns what it draws."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ddsgui.jobs import adaptations
from ddsgui.jobs.adaptation_values import GRID_LATENTS
from ddsgui.library.library import read_entry
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.new_domain.dial_form import DialForm, DialSlider
from ddsgui.qt.new_domain.dialog import NewDomainDialog
from ddsgui.qt.new_domain.painter_page import PainterPage
from ddsgui.qt.widgets.fields import ChoiceBox
from ddsgui.training.drawn import people
from ddsgui.training.drawn.painters.registry import PAINTERS, find_painter
from ddsgui.training.drawn.settings import DrawnSettings
from tests.qt.new_domain.test_dialog import click, open_dialog
from tests.training.drawn.conftest import face, faces, inverted, seen  # noqa: F401


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow, monkeypatch, seen, inverted) -> Iterator[NewDomainDialog]:  # noqa: F811
    from ddsgui.jobs import adaptation_runner

    monkeypatch.setattr(adaptation_runner, "REFRESH_SECONDS", 0.05)
    monkeypatch.setattr(adaptation_runner, "REFRESH_INTERVAL_FACTOR", 1.0)
    monkeypatch.setattr(
        adaptations, "DrawnSettings", lambda steps: DrawnSettings(steps=steps, pairs=72, features=0)
    )
    dialog = open_dialog(qtbot, window)
    yield dialog
    dialog.close()
    qtbot.waitUntil(lambda: not dialog.training.running, timeout=10_000)
    dialog.deleteLater()  # it has no parent
    shutil.rmtree(window.controller.library.folder / "adaptations", ignore_errors=True)


@pytest.fixture
def page(qtbot: QtBot, dialog: NewDomainDialog) -> PainterPage:
    """The page with the fast painter and its pictures."""
    form = dialog.painter.form
    form.painter.setCurrentIndex(form.painter.findData("inverted"))
    dialog.ways.setCurrentWidget(dialog.painter)
    qtbot.waitUntil(lambda: dialog.painter.is_drawn, timeout=10_000)
    return dialog.painter


def slider(page: PainterPage) -> DialSlider:
    dial = page.form.dials.dials["strength"]
    assert isinstance(dial, DialSlider)
    return dial


def test_eight_people_are_redrawn_before_any_training(page: PainterPage) -> None:
    preview = page.preview
    assert preview is not None and len(preview.pictures) == GRID_LATENTS
    assert (preview.pictures == 255 - preview.originals).all()
    assert page.form.start.isEnabled() and page.form.name.text() == "inverted"


def test_a_turned_dial_is_seen_at_once(qtbot: QtBot, page: PainterPage) -> None:
    before = page.preview
    slider(page).setValue(50)
    assert not page.is_drawn
    qtbot.waitUntil(lambda: page.is_drawn, timeout=5000)
    assert page.preview is not None and before is not None
    assert page.preview.request.values == (("strength", 0.5),)
    assert page.preview.pictures.mean() > before.pictures.mean() + 10


def test_only_the_newest_dials_are_drawn_to_the_end(qtbot: QtBot, page: PainterPage, seen) -> None:  # noqa: F811
    for position in range(90, 10, -1):
        slider(page).setValue(position)
    qtbot.waitUntil(lambda: page.is_drawn, timeout=10_000)
    assert page.preview is not None and page.preview.request.values == (("strength", 0.11),)


def test_the_dials_return_to_their_defaults(qtbot: QtBot, page: PainterPage) -> None:
    slider(page).setValue(20)
    click(page.form.reset)
    assert dict(page.form.dials.values) == {"strength": 1.0}
    qtbot.waitUntil(lambda: page.is_drawn, timeout=5000)


def test_the_originals_are_shown_while_the_button_is_held(page: PainterPage) -> None:
    QTest.mousePress(page.originals, Qt.MouseButton.LeftButton)
    assert page.grid.shows_originals
    QTest.mouseRelease(page.originals, Qt.MouseButton.LeftButton)
    assert not page.grid.shows_originals


def test_another_domain_shows_other_people(qtbot: QtBot, page: PainterPage) -> None:
    before = page.preview
    page.form.source.setCurrentIndex(page.form.source.findData("caricature"))
    qtbot.waitUntil(lambda: page.is_drawn, timeout=10_000)
    assert before is not None and page.preview is not None
    assert not np.array_equal(before.originals, page.preview.originals)


def test_a_domain_without_faces_cannot_start_and_says_why(
    qtbot: QtBot, dialog: NewDomainDialog, page: PainterPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as blind:
        blind.setattr(people.FaceMesh, "find", lambda self, image: None)
        page.form.source.setCurrentIndex(page.form.source.findData("caricature"))
        qtbot.waitUntil(lambda: not page.form.start.isEnabled(), timeout=10_000)
    assert "face" in page.form.state.text() and "face" in dialog.message.text
    page.form.source.setCurrentIndex(page.form.source.findData("portrait"))
    qtbot.waitUntil(lambda: page.is_drawn, timeout=10_000)
    assert page.form.start.isEnabled()


def test_a_domain_learns_what_the_painter_draws_and_is_saved(
    qtbot: QtBot, dialog: NewDomainDialog, page: PainterPage, window: MainWindow
) -> None:
    slider(page).setValue(50)
    page.form.name.setText("negative")
    page.form.steps.setValue(30)
    click(page.form.start)
    training = dialog.training
    qtbot.waitUntil(lambda: dialog.step == 2 and not training.running, timeout=30_000)
    adaptation = training.adaptation
    assert adaptation is not None and adaptation.is_complete and adaptation.steps == 30
    assert adaptation.newest.pictures.mean() > adaptation.originals.pictures.mean() + 3
    with qtbot.waitSignal(dialog.saved, timeout=10_000):
        click(training.form.save)
    path = window.controller.library.domain("negative")
    try:
        card = read_entry(path, "domain").card
        assert (card["painter"], card["dials"]) == ("inverted", {"strength": 0.5})
        assert not path.with_name("negative.discriminator.safetensors").exists()
    finally:
        for file in path.parent.glob("negative*"):
            file.unlink()


def test_a_training_that_draws_pairs_can_be_stopped_and_continued(
    qtbot: QtBot, dialog: NewDomainDialog, page: PainterPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "BATCH", 1)  # so that it takes a while
    page.form.name.setText("later")
    page.form.steps.setValue(20)
    click(page.form.start)
    training = dialog.training
    qtbot.waitUntil(lambda: "Looking for faces" in training.progress.text, timeout=10_000)
    click(training.stop_button)
    qtbot.waitUntil(lambda: not training.running, timeout=10_000)
    assert dialog.step == 1
    qtbot.waitUntil(lambda: len(dialog.unfinished.rows) == 1, timeout=5000)
    training.resume("later")
    qtbot.waitUntil(lambda: training.adaptation is not None and not training.running, timeout=20_000)
    assert training.adaptation is not None and training.adaptation.is_complete


@pytest.mark.parametrize("painter", PAINTERS, ids=lambda painter: painter.name)
def test_every_dial_has_a_field_that_starts_at_its_default(qtbot: QtBot, painter) -> None:
    form = DialForm()
    qtbot.addWidget(form)
    form.show_painter(painter)
    assert dict(form.values) == painter.values()
    for dial in painter.dials:
        field = form.dials[dial.name]
        assert field.accessibleName() and field.toolTip()
        with qtbot.waitSignal(form.changed):
            if isinstance(field, ChoiceBox):
                field.setCurrentIndex(1)
            else:
                field.setValue(field.minimum())
    painter.values(dict(form.values))  # all within their ranges
    form.show_painter(find_painter("engraving"))
    assert dict(form.values) == find_painter("engraving").values()
