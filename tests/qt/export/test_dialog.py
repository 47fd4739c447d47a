"""Export… on the real window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ddsgui.export.options import ExportOptions
from ddsgui.export.registry import FORMATS
from ddsgui.images import read_image, read_recipe
from ddsgui.project.frames import BLEND, Frame
from ddsgui.project.run import Run
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.export.dialog import ExportDialog
from ddsgui.qt.export.options_form import UPSCALED
from ddsgui.qt.main_window import MainWindow
from ddsgui.synthesis.settings import MixResult
from tests.qt.artist import action, stroke


@pytest.fixture
def dialog(
    qtbot: QtBot, window: MainWindow, preferences: Preferences, tmp_path: Path
) -> Iterator[ExportDialog]:
    """The dialog on a mix with a live blend and a few frames."""
    preferences.folder = tmp_path
    qtbot.waitUntil(lambda: window.live.image is not None, timeout=20_000)
    add_run(window)
    action(window, "export").trigger()
    export_dialog = window.dialogs.export_dialog
    assert export_dialog is not None
    qtbot.waitUntil(lambda: export_dialog.facts.text() != "")
    yield export_dialog


def add_run(window: MainWindow) -> Run:
    """Add a run with four frames and a result."""
    session = window.controller.session
    run = Run(session.recipe(), "w+")
    run.frames.add(Frame(BLEND, np.zeros((16, 16, 3), np.uint8)))
    for number in range(1, 5):
        run.frames.add(Frame(number, np.full((16, 16, 3), 40 * number, np.uint8)))
    run.finish("done", MixResult(np.full((16, 16, 3), 200, np.uint8)))
    run.revision = session.revision
    window.controller.run = window.controller.result_run = run
    return run


def exported(qtbot: QtBot, window: MainWindow, dialog: ExportDialog) -> Path:
    """Press Export, wait, and return the path that the dialog showed."""
    path = dialog.path
    with qtbot.waitSignal(window.exports.done, timeout=20_000):
        QTest.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    return path


def test_the_dialog_is_modeless_and_suggests_a_name(window: MainWindow, dialog: ExportDialog) -> None:
    assert dialog.isVisible() and not dialog.isModal()
    assert dialog.name.text() == window.files.suggested_name


@pytest.mark.parametrize("name", ["png", "gif", "psd", "frames", "strip"])
def test_each_kind_of_format_is_exported(
    qtbot: QtBot, window: MainWindow, dialog: ExportDialog, name: str
) -> None:
    dialog.formats.choose(name)
    path = exported(qtbot, window, dialog)
    assert path.exists() and path.suffix == FORMATS[name].suffix
    assert str(path) in window.message.text and not dialog.isVisible()
    assert not [file for file in path.parent.iterdir() if file.name.startswith(".")]


@pytest.mark.parametrize("name", ["jpeg", "tiff", "webp"])
def test_other_pictures_with_a_recipe_can_be_opened_again(
    qtbot: QtBot, window: MainWindow, dialog: ExportDialog, name: str
) -> None:
    run = window.controller.result_run
    assert run is not None and run.best is not None
    image = run.best.image.copy()
    dialog.formats.choose(name)
    path = exported(qtbot, window, dialog)
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=20_000):
        window.files.open(path)
    opened = window.controller.result_run
    assert opened is not None and opened.best is not None and opened is not run
    assert np.abs(opened.best.image.astype(int) - image).mean() <= 3


def test_only_the_options_of_the_format_are_shown(dialog: ExportDialog) -> None:
    form = dialog.options
    dialog.formats.choose("psd")
    assert not any(
        field.isVisible() for field in (form.animate, form.pace, form.scale, form.limit, form.quality)
    )
    dialog.formats.choose("jpeg")
    assert form.quality.isVisible() and form.scale.isVisible() and not form.pace.isVisible()
    dialog.formats.choose("gif")
    assert form.pace.isVisible() and form.limited.isVisible() and form.ping_pong.isVisible()
    form.animate.setCurrentIndex(1)
    assert not form.ping_pong.isVisible(), "a morph always returns"


def test_a_tick_box_exports_at_four_times_the_size(
    qtbot: QtBot, window: MainWindow, dialog: ExportDialog
) -> None:
    form = dialog.options
    dialog.formats.choose("png")
    assert form.upscaled.isVisible() and not form.upscaled.isChecked()
    form.upscaled.click()
    assert form.options.scale == UPSCALED
    qtbot.waitUntil(lambda: "64 × 64" in dialog.facts.text())
    assert read_image(exported(qtbot, window, dialog)).shape == (64, 64, 3)
    action(window, "export").trigger()
    assert form.upscaled.isChecked(), "it is remembered"
    form.scale.setCurrentIndex(1)
    assert not form.upscaled.isChecked() and form.options.scale == 2
    form.upscaled.click()
    form.upscaled.click()
    assert form.options.scale == 1


def test_options_reach_the_file(qtbot: QtBot, window: MainWindow, dialog: ExportDialog) -> None:
    form = dialog.options
    dialog.formats.choose("apng")
    form.pace.setValue(20)
    form.hold.setValue(0.5)
    form.ping_pong.setChecked(True)
    form.side_by_side.setChecked(True)
    path = exported(qtbot, window, dialog)
    with Image.open(path) as film:
        assert film.size == (3 * 16 + 2, 16)
        assert getattr(film, "n_frames", 1) == 8
        assert film.info["duration"] == 50


def test_a_length_replaces_the_speed(dialog: ExportDialog) -> None:
    dialog.formats.choose("gif")
    form = dialog.options
    form.pace_unit.setCurrentIndex(1)
    form.pace.setValue(2)
    assert (form.options.seconds, form.options.fps) == (2, ExportOptions().fps)
    form.pace_unit.setCurrentIndex(0)
    assert (form.options.seconds, form.options.fps) == (None, ExportOptions().fps)


def test_a_morph_needs_no_run(qtbot: QtBot, window: MainWindow, dialog: ExportDialog) -> None:
    window.controller.run = window.controller.result_run = None
    dialog.formats.choose("gif")
    assert dialog.options.animate.count() == 1 and dialog.options.options.animate == "morph"
    dialog.options.pace_unit.setCurrentIndex(1)
    dialog.options.pace.setValue(0.5)
    path = exported(qtbot, window, dialog)
    source = window.panes.source.image
    assert source is not None
    with Image.open(path) as film:
        assert np.abs(np.array(film.convert("RGB")).astype(int) - source).mean() < 12


def test_the_preview_plays_an_animation_and_follows_the_options(qtbot: QtBot, dialog: ExportDialog) -> None:
    assert not dialog.preview.playing
    dialog.formats.choose("gif")
    qtbot.waitUntil(lambda: dialog.preview.playing)
    before = dialog.facts.text()
    dialog.options.scale.setCurrentIndex(2)
    qtbot.waitUntil(lambda: dialog.facts.text() != before)
    assert "64 × 64" in dialog.facts.text()
    dialog.reject()
    assert not dialog.preview.playing


def test_nothing_is_overwritten(qtbot: QtBot, window: MainWindow, dialog: ExportDialog) -> None:
    dialog.name.selectAll()
    QTest.keyClicks(dialog.name, "mine")
    first = exported(qtbot, window, dialog)
    before = first.read_bytes()
    action(window, "export").trigger()
    assert "mine (2).png" in dialog.place.text()
    assert exported(qtbot, window, dialog).name == "mine (2).png" and first.read_bytes() == before


@pytest.mark.parametrize("name", ["", "  ", "a/b", ".hidden", "a:b"])
def test_a_name_that_a_file_cannot_have_is_refused(dialog: ExportDialog, name: str) -> None:
    dialog.name.setText(name)
    assert not dialog.export.isEnabled() and dialog.export.toolTip() == dialog.place.text()


def test_format_and_options_are_remembered(
    qtbot: QtBot, window: MainWindow, dialog: ExportDialog, preferences: Preferences
) -> None:
    dialog.formats.choose("webp")
    dialog.options.quality.setValue(55)
    exported(qtbot, window, dialog)
    name, options = preferences.export
    assert (name, options.quality) == ("webp", 55)
    dialog.formats.choose("psd")
    action(window, "export").trigger()
    assert dialog.format.name == "webp" and dialog.options.quality.value() == 55


def test_the_panes_are_exported_as_they_are_when_export_is_pressed(
    qtbot: QtBot, window: MainWindow, dialog: ExportDialog
) -> None:
    stroke(window.panes.source, (0.1, 0.5), (0.6, 0.9))
    qtbot.waitUntil(lambda: not window.live.drawing, timeout=20_000)
    path = exported(qtbot, window, dialog)
    assert window.live.image is not None
    np.testing.assert_array_equal(read_image(path), window.live.image)
    recipe = read_recipe(path)
    assert recipe is not None and recipe["masks"] is not None


def test_an_export_can_be_cancelled_and_blocks_a_second_one(
    qtbot: QtBot, window: MainWindow, dialog: ExportDialog, tmp_path: Path
) -> None:
    from ddsgui.export import registry

    before = set(tmp_path.iterdir())

    def endless(*arguments: object) -> Iterator[tuple[int, int]]:
        while True:
            yield 1, 9

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.FORMATS, "gif", replace(registry.FORMATS["gif"], draw=endless))
        dialog.formats.choose("gif")
        QTest.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: "1 of 9" in window.status._export.text())
        action(window, "export").trigger()
        assert not dialog.export.isEnabled()
        action(window, "cancel_export").trigger()
        qtbot.waitUntil(lambda: not window.exports.exporting)
    assert dialog.export.isEnabled() and set(tmp_path.iterdir()) == before
    assert not window.status._export.isVisible()


def test_an_error_is_one_sentence_in_the_window(
    qtbot: QtBot, window: MainWindow, dialog: ExportDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Preferences, "folder", Path("/proc/nowhere"))
    with qtbot.waitSignal(window.exports.failed, timeout=20_000):
        QTest.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    assert "cannot be written" in window.message.text


@pytest.mark.parametrize("name", ["gif", "mp4"])
def test_closing_the_window_ends_an_export_without_a_trace(
    qtbot: QtBot, window: MainWindow, dialog: ExportDialog, tmp_path: Path, name: str
) -> None:
    from ddsgui.export import registry

    before = set(tmp_path.iterdir())
    writing = threading.Event()

    def endless(path: Path, *arguments: object) -> Iterator[tuple[int, int]]:
        path.touch()
        while True:
            yield 1, 9
            writing.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.FORMATS, name, replace(registry.FORMATS[name], write=endless))
        dialog.formats.choose(name)
        QTest.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(writing.is_set, timeout=20_000)
        window.close_now()
    qtbot.waitUntil(lambda: set(tmp_path.iterdir()) - before <= {tmp_path / "settings.ini"}, timeout=5_000)
