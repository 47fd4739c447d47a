"""A domain is made from pictures by a real adaptation of a tiny one, and appears in the inspector."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPushButton,
    QScrollBar,
)
from pytestqt.qtbot import QtBot

from ddsgui.errors import DdsError, TrainingError
from ddsgui.jobs import adaptations
from ddsgui.library.families import shares_latent_space
from ddsgui.library.library import read_entry
from ddsgui.paths import assets
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.new_domain import progress
from ddsgui.qt.new_domain.dialog import NewDomainDialog
from ddsgui.synthesis.latents import Seed
from ddsgui.training.few_shot.folder import AdaptationFolder
from ddsgui.training.few_shot.settings import AdaptationSettings
from tests.qt.artist import action, begin_run, end_run

LONG = 100_000  # more steps than any test waits for


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewDomainDialog]:
    """The dialog with ten engravings; snapshots come fast, and the discriminator warms up briefly."""
    from ddsgui.jobs import adaptation_runner

    monkeypatch.setattr(adaptation_runner, "REFRESH_SECONDS", 0.05)
    monkeypatch.setattr(adaptation_runner, "REFRESH_INTERVAL_FACTOR", 1.0)
    monkeypatch.setattr(adaptations, "AdaptationSettings", partial(AdaptationSettings, warm_up=2, batch=2))
    dialog = open_dialog(qtbot, window)
    dialog.examples.add([assets() / "examples/engraving"])
    qtbot.waitUntil(lambda: dialog.examples.form.start.isEnabled(), timeout=10_000)
    dialog.examples.form.name.setText("woodcut")
    yield dialog
    dialog.close()
    qtbot.waitUntil(lambda: not dialog.training.running, timeout=10_000)
    dialog.deleteLater()  # it has no parent
    shutil.rmtree(window.controller.library.folder / "adaptations", ignore_errors=True)


def open_dialog(qtbot: QtBot, window: MainWindow) -> NewDomainDialog:
    action(window, "new_domain").trigger()
    dialog = window.dialogs.domain_dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.isVisible)
    return dialog


def click(button: QPushButton) -> None:
    assert button.isEnabled(), button.toolTip()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def choice(dialog: NewDomainDialog, text: str) -> QPushButton:
    """Return the only visible button with this text."""
    QApplication.processEvents()  # a new button is shown by its layout
    buttons = [
        button for button in dialog.findChildren(QPushButton) if button.text() == text and button.isVisible()
    ]
    assert len(buttons) == 1, [
        button.text() for button in dialog.findChildren(QPushButton) if button.isVisible()
    ]
    return buttons[0]


def start(qtbot: QtBot, dialog: NewDomainDialog, steps: int = LONG) -> None:
    """Start a training and wait until the domain has begun to change."""
    dialog.examples.form.steps.setValue(steps)
    click(dialog.examples.form.start)
    qtbot.waitUntil(lambda: step(dialog) > 4 or not dialog.training.running, timeout=30_000)


def step(dialog: NewDomainDialog) -> int:
    """Return the step of the training, including the warm-up, as on the disk."""
    adaptation = dialog.training.adaptation
    return 0 if adaptation is None else adaptation.warmed + adaptation.step


def stop(qtbot: QtBot, dialog: NewDomainDialog) -> None:
    click(dialog.training.stop_button)
    qtbot.waitUntil(lambda: not dialog.training.running, timeout=10_000)


def adaptation_folder(controller: MixController) -> AdaptationFolder:
    return AdaptationFolder(controller.library.folder / "adaptations/woodcut")


def test_pictures_become_a_domain_that_can_be_mixed(
    qtbot: QtBot, dialog: NewDomainDialog, window: MainWindow
) -> None:
    training, library = dialog.training, window.controller.library
    start(qtbot, dialog, steps=40)
    assert dialog.step == 2 and dialog.windowTitle() == "New domain woodcut"
    qtbot.waitUntil(lambda: not training.running, timeout=30_000)
    adaptation = training.adaptation
    assert (
        adaptation is not None
        and adaptation.is_complete
        and (adaptation.steps, adaptation.warm_up) == (40, 2)
    )
    assert training.progress.text == "Step 40 of 40" and training.progress.hint == progress.COMPLETE
    assert not training.pause.isEnabled() and training.pause.toolTip()
    assert adaptation.snapshots[-1] == adaptation.newest.step == training.snapshots.step == 40
    assert not np.array_equal(adaptation.newest.pictures, adaptation.originals.pictures)
    assert training.grid.accessibleDescription() == "Above Portrait, below woodcut, step 40"

    training.form.origin.setText("old prints")
    training.form.licence.setText("CC0")
    training.form.title.setText("Old woodcut")
    with qtbot.waitSignal(dialog.saved, timeout=10_000):
        click(training.form.save)
    path = library.domain("woodcut")
    try:
        entry = read_entry(path, "domain")
        assert entry.title == "Old woodcut"
        card = entry.metadata["card"]
        assert card["licence"] == "CC0" and card["steps"] == 40 and card["examples"] == 10
        assert "from portrait" in card["origin"] and card["origin"].endswith(": old prints")
        assert shares_latent_space(library, "portrait", "woodcut") is True
        assert path.with_name("woodcut.discriminator.safetensors").is_file()
        assert window.inspector.pair.target.findData("woodcut") >= 0  # immediately

        training.form.name.setText("portrait")
        click(training.form.save)
        assert "portrait" in dialog.message.text and "another name" in dialog.message.text
        training.form.name.setText("woodcut")
        click(training.form.save)
        assert "already" in dialog.message.text and "woodcut" in dialog.message.text
        with qtbot.waitSignal(dialog.saved, timeout=10_000):
            click(choice(dialog, "Replace it"))
        click(choice(dialog, "Mix with it"))
        qtbot.waitUntil(lambda: window.controller.request.target == "woodcut", timeout=10_000)
        assert window.controller.request.source == "portrait" and not window.message.text
        # A complete and saved adaptation leaves nothing behind.
        dialog.close()
        folder = library.folder / "adaptations/woodcut"
        qtbot.waitUntil(lambda: not folder.exists(), timeout=5000)
    finally:
        for file in path.parent.glob("woodcut*"):
            file.unlink()


def test_an_earlier_snapshot_can_be_inspected_and_saved(
    qtbot: QtBot, dialog: NewDomainDialog, window: MainWindow
) -> None:
    from ddsgui.checkpoints.checkpoint import load_generator
    from ddsgui.jobs.adaptation_runner import draw

    training = dialog.training
    start(qtbot, dialog)
    qtbot.waitUntil(lambda: training.adaptation is not None and len(training.adaptation.snapshots) > 3)
    slider = training.snapshots
    assert slider.live
    slider.slider.setValue(1)
    chosen = slider.step
    assert not slider.live and chosen is not None
    qtbot.waitUntil(lambda: training.grid.accessibleDescription().endswith(f"step {chosen}"), timeout=5000)
    seen = step(dialog)
    qtbot.waitUntil(lambda: step(dialog) > seen + 5)
    assert slider.step == chosen  # while more snapshots come
    stop(qtbot, dialog)
    training.form.name.setText("early")
    with qtbot.waitSignal(dialog.saved, timeout=10_000):
        click(training.form.save)
    path = window.controller.library.domain("early")
    try:
        assert read_entry(path, "domain").metadata["card"]["steps"] == chosen
        snapshot = next(s for s in adaptation_folder(window.controller).snapshots() if s.step == chosen + 2)
        assert np.array_equal(draw(load_generator(path)), draw(load_generator(snapshot.path)))
    finally:
        for file in path.parent.glob("early*"):
            file.unlink()
    slider.go_live()
    assert training.adaptation is not None and slider.step == training.adaptation.newest.step


def test_pause_saves_everything_and_continue_continues(
    qtbot: QtBot, dialog: NewDomainDialog, window: MainWindow
) -> None:
    training = dialog.training
    start(qtbot, dialog)
    click(training.pause)
    assert training.paused and training.pause.text() == "Continue"
    qtbot.waitUntil(lambda: adaptation_folder(window.controller).step > 0, timeout=5000)
    qtbot.waitUntil(lambda: step(dialog) == adaptation_folder(window.controller).step, timeout=5000)
    paused_at = step(dialog)
    qtbot.wait(200)
    assert step(dialog) == paused_at and training.progress.hint == progress.PAUSED
    click(training.pause)
    qtbot.waitUntil(lambda: step(dialog) > paused_at + 3, timeout=5000)
    qtbot.waitUntil(lambda: "left" in training.progress.text, timeout=5000)


def test_a_stopped_training_can_be_resumed_at_once(qtbot: QtBot, dialog: NewDomainDialog) -> None:
    training = dialog.training
    start(qtbot, dialog)
    assert not training.back.isEnabled() and "Stop" in training.back.toolTip()
    stop(qtbot, dialog)
    stopped = step(dialog)
    click(training.pause)
    qtbot.waitUntil(lambda: training.running and step(dialog) > stopped, timeout=10_000)
    stop(qtbot, dialog)
    click(training.back)
    assert dialog.step == 1


def test_a_training_stopped_by_closing_can_be_resumed_later(
    qtbot: QtBot, dialog: NewDomainDialog, window: MainWindow
) -> None:
    start(qtbot, dialog)
    dialog.close()
    assert "woodcut was stopped" in window.message.text
    qtbot.waitUntil(lambda: not dialog.training.running, timeout=10_000)
    stopped_at = adaptation_folder(window.controller).step
    assert stopped_at >= 4
    open_dialog(qtbot, window)
    qtbot.waitUntil(lambda: len(dialog.unfinished.rows) == 1, timeout=5000)
    assert dialog.step == 1
    assert dialog.examples.form.name.text() != "woodcut"  # that name is taken
    click(choice(dialog, "Continue woodcut"))
    qtbot.waitUntil(lambda: step(dialog) > stopped_at, timeout=10_000)
    assert dialog.step == 2 and not dialog.unfinished.isVisible()


def test_discarding_asks_first_and_deletes(qtbot: QtBot, dialog: NewDomainDialog, window: MainWindow) -> None:
    start(qtbot, dialog)
    stop(qtbot, dialog)
    click(dialog.training.back)
    qtbot.waitUntil(lambda: len(dialog.unfinished.rows) == 1, timeout=5000)
    click(choice(dialog, "Discard"))
    assert adaptation_folder(window.controller).path.exists()
    assert "cannot be undone" in dialog.message.text
    click(choice(dialog, "Discard woodcut"))
    qtbot.waitUntil(lambda: not dialog.unfinished.rows, timeout=5000)
    assert not (window.controller.library.folder / "adaptations/woodcut").exists()
    assert dialog.examples.form.start.isEnabled()


def test_closing_the_program_saves_the_last_step(
    qtbot: QtBot, dialog: NewDomainDialog, window: MainWindow
) -> None:
    start(qtbot, dialog)
    assert adaptation_folder(window.controller).step == 0
    assert window.controller.engine.shut_down(10_000)
    assert adaptation_folder(window.controller).step >= 4
    dialog.training._task = None  # the engine no longer answers


def test_a_full_disk_is_reported_once_and_the_training_continues(
    qtbot: QtBot, dialog: NewDomainDialog, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[str] = []
    dialog.training.failed.connect(messages.append)
    with monkeypatch.context() as full:

        def refuse(*_: object) -> None:
            raise DdsError("The disk is full.")

        full.setattr(AdaptationFolder, "snapshot", refuse)
        full.setattr(AdaptationFolder, "save", refuse)
        start(qtbot, dialog)
        qtbot.waitUntil(lambda: bool(messages), timeout=10_000)
        seen = step(dialog)
        qtbot.waitUntil(lambda: step(dialog) > seen + 10, timeout=10_000)
        assert len(messages) == 1 and "The disk is full." in messages[0]
        stop(qtbot, dialog)
        assert dialog.training.progress.hint == progress.UNSAVED
        assert adaptation_folder(window.controller).step == 0
    click(choice(dialog, "Try again"))
    qtbot.waitUntil(lambda: adaptation_folder(window.controller).step == step(dialog), timeout=5000)
    qtbot.waitUntil(lambda: dialog.training.progress.hint == progress.STOPPED, timeout=5000)


def test_diverged_losses_end_the_training_and_the_saved_state_is_intact(
    qtbot: QtBot, dialog: NewDomainDialog, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddsgui.training.few_shot.adaptation import FewShotAdaptation

    start(qtbot, dialog)
    stop(qtbot, dialog)
    saved = adaptation_folder(window.controller).step
    with monkeypatch.context() as bad:

        def diverge(self: object) -> None:
            raise TrainingError("The losses diverged.")

        bad.setattr(FewShotAdaptation, "_adapt", diverge)
        click(dialog.training.pause)
        qtbot.waitUntil(lambda: not dialog.training.running, timeout=10_000)
        assert dialog.message.text == "The losses diverged."
    assert adaptation_folder(window.controller).step == saved
    click(dialog.training.pause)
    qtbot.waitUntil(lambda: step(dialog) > saved, timeout=10_000)


def test_a_missing_picture_is_reported_and_the_pictures_stay(
    qtbot: QtBot, dialog: NewDomainDialog, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.png"
    shutil.copy(assets() / "examples/engraving/00.png", gone)
    dialog.examples.add([gone])
    qtbot.waitUntil(lambda: dialog.examples.pictures.count() == 11, timeout=5000)
    gone.unlink()
    click(dialog.examples.form.start)
    qtbot.waitUntil(lambda: "gone.png" in dialog.message.text, timeout=10_000)
    assert not dialog.training.running and dialog.step == 1
    assert dialog.examples.pictures.count() == 11


def test_escape_closes_the_dialog_except_during_training(qtbot: QtBot, dialog: NewDomainDialog) -> None:
    start(qtbot, dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible() and dialog.training.running
    stop(qtbot, dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_mix_runs_at_the_same_time(qtbot: QtBot, dialog: NewDomainDialog, window: MainWindow) -> None:
    start(qtbot, dialog)
    seen = step(dialog)
    steps = begin_run(qtbot, window)
    first = steps[-1].iteration
    qtbot.waitUntil(lambda: steps[-1].iteration > first + 20 and step(dialog) > seen + 3, timeout=20_000)
    end_run(qtbot, window)
    window.inspector.pair.take_seed(77)
    qtbot.waitUntil(lambda: window.controller.session.latent == Seed(77), timeout=10_000)
    assert dialog.training.running


def test_every_widget_has_an_accessible_name(dialog: NewDomainDialog) -> None:
    for kind in (QAbstractButton, QComboBox, QAbstractSpinBox, QAbstractSlider, QLineEdit):
        for widget in dialog.findChildren(kind):
            if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
                continue
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text, (widget, widget.parent())


def test_a_message_moves_no_page_and_covers_no_tab(qtbot: QtBot, dialog: NewDomainDialog) -> None:
    before, bar = dialog.ways.geometry(), dialog.ways.tabBar()
    dialog.message.show_message("A sentence.", {"Try again": lambda: None})
    qtbot.waitUntil(lambda: dialog.message.isVisible() and dialog.message.height() > 10)
    assert dialog.ways.geometry() == before
    bottom = bar.mapTo(dialog, QPoint(0, bar.height())).y()
    assert dialog.message.mapTo(dialog, QPoint()).y() >= bottom
    dialog._pages.setCurrentWidget(dialog.training)
    at = dialog.message.mapTo(dialog, dialog.message.rect().center())
    above = dialog.childAt(at)
    assert above is not None
    assert above is dialog.message or dialog.message.isAncestorOf(above), "it lies above both pages"
