"""A part is painted, trained and saved, and appears in the inspector."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QSlider
from pytestqt.qtbot import QtBot

from ddsgui.library.library import Library
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.parts.dialog import PartDialog
from ddsgui.synthesis import segmenter_training
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.segmenter_training import PaintedExample
from tests.qt.artist import action


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Iterator[PartDialog]:
    """The dialog with the source's picture, and short trainings."""
    train = segmenter_training.train_segmenter

    def short(*args: object, **named: object) -> object:
        return train(*args, **{"iterations": 12, **named})  # type: ignore[arg-type]

    monkeypatch.setattr(segmenter_training, "train_segmenter", short)
    action(window, "paint_part").trigger()
    dialog = window.findChild(PartDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.session.sample is not None, timeout=5000)
    yield dialog
    dialog.close()


@pytest.fixture
def seen_progress(dialog: PartDialog, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The progress that the dialog shows. A training waits after its first step until that is seen."""
    train, texts, seen = segmenter_training.train_segmenter, list[str](), Event()

    def add_text() -> None:
        texts.append(dialog.panel.progress.text())
        if "loss" in texts[-1]:
            seen.set()

    def wait_for_the_window(*args: Any) -> Iterator[object]:
        for step in train(*args):
            yield step
            assert seen.wait(10)

    dialog.panel.progressed.connect(add_text)
    monkeypatch.setattr(segmenter_training, "train_segmenter", wait_for_the_window)
    return texts


def paint(dialog: PartDialog) -> None:
    middle = dialog.canvas.canvas_rect().center()
    QTest.mousePress(dialog.canvas, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(dialog.canvas, middle + QPoint(40, 10))
    QTest.mouseRelease(dialog.canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(40, 10))


def test_the_dialog_shows_the_source_with_an_empty_mask_and_the_first_step(
    dialog: PartDialog, window: MainWindow
) -> None:
    assert not dialog.isModal()
    sample = window.controller.session.sample
    assert sample is not None and dialog.canvas.image is not None
    assert np.array_equal(dialog.canvas.image, sample.source)
    assert not dialog.session.mask("source").any()
    assert "Paint something" in dialog.panel.train.toolTip()
    assert "Train it" in dialog.panel.save.toolTip()


def test_a_part_is_trained_tried_and_saved(
    qtbot: QtBot, dialog: PartDialog, window: MainWindow, seen_progress: list[str]
) -> None:
    trainer = dialog.panel
    paint(dialog)
    trainer.name.setText("nose tip")
    qtbot.mouseClick(trainer.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(trainer.trained), timeout=20_000)
    assert any("loss" in text for text in seen_progress)
    assert all(not label.pixmap().isNull() for label in trainer.gallery.pictures)
    qtbot.waitUntil(lambda: not trainer.training)
    with qtbot.waitSignal(dialog.saved, timeout=5000):
        qtbot.mouseClick(trainer.save, Qt.MouseButton.LeftButton)
    assert window.inspector.pair.request.part == "nose tip"
    qtbot.waitUntil(lambda: window.controller.session.part == "nose tip", timeout=5000)

    qtbot.mouseClick(trainer.save, Qt.MouseButton.LeftButton)
    assert "already" in dialog.message.text  # it asks before replacing
    bundled_name = window.controller.library.parts()[0].name
    trainer.name.setText(bundled_name.upper())
    qtbot.mouseClick(trainer.save, Qt.MouseButton.LeftButton)
    assert bundled_name in dialog.message.text and "another name" in dialog.message.text
    path = Library(window.controller.library.folder).part("nose tip")
    path.unlink()


def test_cancel_ends_the_training_and_keeps_the_painting(qtbot: QtBot, dialog: PartDialog) -> None:
    paint(dialog)
    painted = dialog.session.mask("source").copy()
    qtbot.mouseClick(dialog.panel.train, Qt.MouseButton.LeftButton)
    assert "being trained" in dialog.panel.train.toolTip()
    qtbot.mouseClick(dialog.panel.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.panel.training, timeout=10_000)
    assert not dialog.panel.trained and dialog.panel.train.isEnabled()
    assert np.array_equal(dialog.session.mask("source"), painted)


def test_every_picture_keeps_its_painting(qtbot: QtBot, dialog: PartDialog) -> None:
    paint(dialog)
    painted, seed = dialog.session.mask("source").copy(), dialog.seed.seed
    dialog.seed.set_seed(seed + 1)
    qtbot.waitUntil(lambda: dialog.session.latent == Seed(seed + 1), timeout=5000)
    assert not dialog.session.mask("source").any()
    dialog.seed.set_seed(seed)
    qtbot.waitUntil(lambda: dialog.session.latent == Seed(seed), timeout=5000)
    assert np.array_equal(dialog.session.mask("source"), painted)


def test_undo_in_the_dialog_leaves_the_window_unchanged(dialog: PartDialog, window: MainWindow) -> None:
    before = window.controller.session.revision
    paint(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not dialog.session.mask("source").any()
    assert window.controller.session.revision == before


def train(qtbot: QtBot, dialog: PartDialog) -> None:
    qtbot.mouseClick(dialog.panel.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.panel.trained and not dialog.panel.training, timeout=20_000)


def open_face(qtbot: QtBot, dialog: PartDialog, number: int) -> Sample:
    """Click a picture of the wall, and wait until it is on the canvas."""
    sample = dialog.panel.gallery.samples[number // 2]
    qtbot.mouseClick(dialog.panel.gallery.pictures[number], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.session.latent == sample.latent, timeout=5000)
    return sample


def painted_keys(dialog: PartDialog) -> list[object]:
    items = (dialog.painted.item(i) for i in range(dialog.painted.count()))
    return [item.data(Qt.ItemDataRole.UserRole) for item in items]


def trained_masks(dialog: PartDialog, monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Return the list that the labels of the next training are added to."""
    seen: list[np.ndarray] = []
    real = segmenter_training.train_segmenter

    def spy(generator: object, examples: list[PaintedExample], *args: object) -> object:
        seen.extend(example.labels * np.uint8(255) for example in examples)
        return real(generator, examples, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(segmenter_training, "train_segmenter", spy)
    return seen


@pytest.mark.parametrize("number", [0, 1])
def test_a_face_of_the_wall_opens_with_its_mask_and_the_training_starts_from_its_correction(
    qtbot: QtBot, dialog: PartDialog, window: MainWindow, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    paint(dialog)
    train(qtbot, dialog)
    sample = open_face(qtbot, dialog, number)
    predicted = sample.target_mask if number else sample.source_mask
    picture = sample.target if number else sample.source
    assert dialog.canvas.image is not None and np.array_equal(dialog.canvas.image, picture)
    assert np.array_equal(dialog.session.mask("source"), predicted)
    assert len(painted_keys(dialog)) == 1, "a face that was only looked at teaches nothing"
    paint(dialog)
    corrected = dialog.session.mask("source").copy()
    assert not np.array_equal(corrected, predicted)
    assert not predicted.any() or (corrected[predicted > 0] > 0).any()
    request = window.inspector.pair.request
    assert painted_keys(dialog)[1] == ((request.source, request.target)[number], sample.latent)
    seen = trained_masks(dialog, monkeypatch)
    train(qtbot, dialog)
    assert len(seen) == 2
    assert np.array_equal(seen[1] > 0, corrected > 127)


def test_a_face_without_the_part_is_an_example_too(qtbot: QtBot, dialog: PartDialog) -> None:
    paint(dialog)
    train(qtbot, dialog)
    samples = dialog.panel.gallery.samples
    number = next(2 * i for i, sample in enumerate(samples) if sample.source_mask.any())
    open_face(qtbot, dialog, number)
    dialog.part_actions["clear"].trigger()
    assert len(painted_keys(dialog)) == 2
    dialog.part_actions["undo"].trigger()
    assert len(painted_keys(dialog)) == 1


def test_painted_faces_are_listed_opened_and_removed(qtbot: QtBot, dialog: PartDialog) -> None:
    paint(dialog)
    first, mask = dialog.session.latent, dialog.session.mask("source").copy()
    dialog.seed.set_seed(dialog.seed.seed + 1)
    qtbot.waitUntil(lambda: dialog.session.latent != first, timeout=5000)
    paint(dialog)
    keys = painted_keys(dialog)
    assert len(keys) == 2
    dialog.painted.itemClicked.emit(dialog.painted.item(0))
    qtbot.waitUntil(lambda: dialog.session.latent == first, timeout=5000)
    assert np.array_equal(dialog.session.mask("source"), mask)
    assert Seed(dialog.seed.seed) == first
    QTest.keyClick(dialog.painted, Qt.Key.Key_Delete)
    assert painted_keys(dialog) == keys[1:]
    assert not dialog.session.mask("source").any()
    undo = next(b for b in dialog.message.findChildren(QPushButton) if b.text() == "Undo")
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert len(painted_keys(dialog)) == 2
    assert np.array_equal(dialog.session.mask("source"), mask)


def test_a_new_part_starts_without_the_paintings_of_the_last_which_can_be_restored(
    qtbot: QtBot, dialog: PartDialog
) -> None:
    paint(dialog)
    mask = dialog.session.mask("source").copy()
    dialog.panel.name.setText("nose tip")
    train(qtbot, dialog)
    qtbot.mouseClick(dialog.new, Qt.MouseButton.LeftButton)
    assert not painted_keys(dialog) and not dialog.session.mask("source").any()
    assert not dialog.panel.name.text() and not dialog.panel.trained and not dialog.panel.train.isEnabled()
    undo = next(b for b in dialog.message.findChildren(QPushButton) if b.text() == "Undo")
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert dialog.panel.name.text() == "nose tip" and dialog.panel.save.isEnabled()
    assert np.array_equal(dialog.session.mask("source"), mask)


def test_a_saved_part_is_edited_from_the_library_with_its_paintings(
    qtbot: QtBot, dialog: PartDialog, window: MainWindow
) -> None:
    paint(dialog)
    mask, key = dialog.session.mask("source").copy(), painted_keys(dialog)[0]
    dialog.panel.name.setText("nose tip")
    train(qtbot, dialog)
    with qtbot.waitSignal(dialog.saved, timeout=5000):
        qtbot.mouseClick(dialog.panel.save, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog.new, Qt.MouseButton.LeftButton)
    action(window, "library").trigger()
    library = window.dialogs.library_dialog
    assert library is not None
    qtbot.waitUntil(lambda: library.tabs.choose("part", "nose tip"), timeout=5000)
    library.library_actions.edit.trigger()
    qtbot.waitUntil(lambda: dialog.panel.trained and bool(painted_keys(dialog)), timeout=10_000)
    assert painted_keys(dialog) == [key]
    qtbot.waitUntil(lambda: bool(dialog.session.mask("source").any()), timeout=5000)
    assert np.array_equal(dialog.session.mask("source"), mask)
    assert dialog.panel.name.text() == "nose tip" and dialog.panel.save.isEnabled()
    assert len(dialog.panel.gallery.samples) == 8
    window.controller.library.part("nose tip").unlink()


def test_a_part_without_paintings_is_edited_with_what_it_finds(qtbot: QtBot, dialog: PartDialog) -> None:
    dialog.edit_part("eyes-nose-mouth")
    qtbot.waitUntil(lambda: dialog.panel.trained and bool(painted_keys(dialog)), timeout=10_000)
    assert len(painted_keys(dialog)) == 3
    assert dialog.panel.train.isEnabled()


def test_the_keys_are_those_of_the_main_window(dialog: PartDialog, window: MainWindow) -> None:
    shared = ("brush", "eraser", "swap_tools", "smaller", "larger", "much_smaller", "much_larger", "fit")
    more = ("full_size", "stronger", "fainter", "undo", "redo", "invert", "clear", "new_seed", "stop")
    for id in (*shared, *more):
        assert dialog.part_actions[id].shortcuts() == window.mix_actions[id].shortcuts(), id
    assert dialog.part_actions["train"].shortcuts() == window.mix_actions["run"].shortcuts()
    settings = window.panes.paint_settings
    radius = settings.radius
    QTest.keyClick(dialog, Qt.Key.Key_BracketRight)
    assert settings.radius == radius + 1
    slider = dialog.findChild(QSlider)
    assert slider is not None
    slider.setValue(slider.maximum())
    assert settings.radius == pytest.approx(64)
    QTest.keyClick(dialog, Qt.Key.Key_V, Qt.KeyboardModifier.ShiftModifier)
    assert dialog.session.mask("source").all()


def test_return_in_a_field_gives_the_keys_back_to_the_canvas(qtbot: QtBot, dialog: PartDialog) -> None:
    dialog.activateWindow()
    dialog.panel.name.setFocus()
    qtbot.waitUntil(dialog.panel.name.hasFocus)
    QTest.keyClick(dialog.panel.name, Qt.Key.Key_Return)
    assert dialog.canvas.hasFocus() and dialog.isVisible()


def test_the_main_window_shows_a_training_part(
    qtbot: QtBot, window: MainWindow, dialog: PartDialog, seen_progress: list[str]
) -> None:
    texts: list[str] = []
    window.dialogs.training_changed.connect(texts.append)
    paint(dialog)
    dialog.panel.name.setText("beard")
    dialog.panel.train.click()
    qtbot.waitUntil(lambda: not dialog.panel.training, timeout=20_000)
    assert any("beard" in text and "%" in text for text in texts)
    assert texts[-1] == ""
