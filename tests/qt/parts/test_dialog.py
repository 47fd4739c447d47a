"""A part is painted, trained and saved, and appears in the inspector."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ddsgui.library.library import Library
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.parts.dialog import PartDialog
from ddsgui.synthesis.latents import Seed
from tests.qt.artist import action


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Iterator[PartDialog]:
    """The dialog with the source's picture, and short trainings."""
    from ddsgui.synthesis import segmenter_training

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


def test_a_part_is_trained_tried_and_saved(qtbot: QtBot, dialog: PartDialog, window: MainWindow) -> None:
    trainer = dialog.panel
    paint(dialog)
    trainer.name.setText("nose tip")
    progress: list[str] = []
    qtbot.mouseClick(trainer.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(progress.append(trainer.progress.text()) or trainer.trained), timeout=20_000)
    assert any("loss" in text for text in progress)
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
