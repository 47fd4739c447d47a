"""The result leaves through the clipboard and by dragging; masks and results come back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDrag, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ddsgui.images import encode_png, read_image, read_recipe, write_png
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.widgets.drop import FileDrop
from ddsgui.qt.widgets.pixmaps import to_array, to_image
from tests.qt.artist import action, begin_run, end_run, stroke


@pytest.fixture(autouse=True)
def live(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until there is a result to copy."""
    qtbot.waitUntil(lambda: window.live.image is not None, timeout=20_000)


def put(data: QMimeData) -> None:
    QGuiApplication.clipboard().setMimeData(data)


def put_image(image: QImage) -> None:
    QGuiApplication.clipboard().setImage(image)


def mask_image(side: int = 16) -> np.ndarray:
    mask = np.zeros((side, side), np.uint8)
    mask[:5] = 255
    return mask


def test_the_copied_result_has_its_pixels_and_its_recipe(window: MainWindow, tmp_path: Path) -> None:
    QTest.keyClick(window.panes.source, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    data = QGuiApplication.clipboard().mimeData()
    result = window.exports.result()
    assert result is not None and data.hasImage()
    np.testing.assert_array_equal(to_array(QImage(data.imageData())), result.image)
    (tmp_path / "pasted.png").write_bytes(bytes(data.data("image/png").data()))
    assert read_recipe(tmp_path / "pasted.png") is not None
    assert "16 × 16" in window.message.text


def test_a_copied_result_can_be_pasted_to_return_to_it(qtbot: QtBot, window: MainWindow) -> None:
    stroke(window.panes.source, (0.1, 0.5), (0.6, 0.9))
    qtbot.waitUntil(lambda: not window.live.drawing, timeout=20_000)
    action(window, "copy").trigger()
    result = window.exports.result()
    mask = window.controller.session.mask("source").copy()
    window.controller.clear("source")
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=20_000):
        action(window, "paste").trigger()
    assert result is not None and window.controller.result_run is not None
    best = window.controller.result_run.best
    assert best is not None
    np.testing.assert_array_equal(best.image, result.image)
    np.testing.assert_array_equal(window.controller.session.mask("source"), mask)


def test_a_pasted_mask_is_one_undo_step(window: MainWindow) -> None:
    session = window.controller.session
    before = session.mask("source").copy()
    put_image(to_image(np.dstack([mask_image()] * 3)))
    QTest.keyClick(window.panes.source, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(session.mask("source"), mask_image())
    assert "source" in window.message.text and session.undo_label == "pasted mask"
    window.controller.undo()
    np.testing.assert_array_equal(session.mask("source"), before)


def test_a_mask_may_be_the_opacity_of_a_picture(window: MainWindow) -> None:
    image = QImage(16, 16, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    for x in range(4, 16):
        image.setPixelColor(x, 3, Qt.GlobalColor.red)
    put_image(image)
    action(window, "paste").trigger()
    expected = np.zeros((16, 16), np.uint8)
    expected[3, 4:] = 255
    np.testing.assert_array_equal(window.controller.session.mask("source"), expected)


def test_other_pictures_are_refused_with_a_sentence(window: MainWindow, tmp_path: Path) -> None:
    before = window.controller.session.mask("source").copy()
    noise = np.random.default_rng(0).integers(0, 255, (16, 16, 3), dtype=np.uint8)
    for image, word in ((noise, "colour"), (np.dstack([mask_image(8)] * 3), "8 × 8")):
        put_image(to_image(image))
        action(window, "paste").trigger()
        assert word in window.message.text and "clipboard" in window.message.text
    data = QMimeData()
    data.setText("hello")
    put(data)
    action(window, "paste").trigger()
    assert "no picture" in window.message.text
    (tmp_path / "notes.txt").touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(tmp_path / "notes.txt")])
    put(data)
    action(window, "paste").trigger()
    assert "notes.txt" in window.message.text
    np.testing.assert_array_equal(window.controller.session.mask("source"), before)


def test_copied_files_are_masks_or_results(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    write_png(tmp_path / "mask.png", mask_image())
    result = window.exports.result()
    assert result is not None
    (tmp_path / "result.png").write_bytes(result.encode())
    for name in ("mask.png", "result.png"):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(tmp_path / name)])
        put(data)
        if name == "mask.png":
            action(window, "paste").trigger()
            np.testing.assert_array_equal(window.controller.session.mask("source"), mask_image())
        else:
            with qtbot.waitSignal(window.controller.pictures_changed, timeout=20_000):
                action(window, "paste").trigger()
            assert window.controller.result_run is not None


def test_a_result_is_not_opened_during_a_run(qtbot: QtBot, window: MainWindow) -> None:
    action(window, "copy").trigger()
    begin_run(qtbot, window)
    action(window, "paste").trigger()
    assert "run" in window.message.text.lower() and window.controller.running
    end_run(qtbot, window)


def test_a_plain_png_of_another_program_is_a_mask(window: MainWindow) -> None:
    data = QMimeData()
    data.setData("image/png", encode_png(mask_image()))
    put(data)
    action(window, "paste").trigger()
    np.testing.assert_array_equal(window.controller.session.mask("source"), mask_image())


def test_the_result_is_dragged_out_as_a_file_with_its_recipe(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped: list[Path] = []

    def drop(self: QDrag, actions: Qt.DropAction) -> Qt.DropAction:
        assert actions == Qt.DropAction.CopyAction and self.mimeData().hasImage()
        dropped.extend(Path(url.toLocalFile()) for url in self.mimeData().urls())
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", drop)
    pane = window.panes.result
    start = pane.canvas_rect().center()
    QTest.mousePress(pane, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(pane, start + QPoint(2, 0))
    assert not dropped, "a click is not a drag"
    QTest.mouseMove(pane, start + QPoint(40, 0))
    QTest.mouseMove(pane, start + QPoint(60, 0))
    QTest.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=start + QPoint(60, 0))
    (path,) = dropped
    assert path.name == f"{window.files.suggested_name}.png"
    result = window.exports.result()
    assert result is not None and read_recipe(path) is not None
    np.testing.assert_array_equal(read_image(path), result.image)
    QTest.mousePress(pane, Qt.MouseButton.MiddleButton, pos=start)
    QTest.mouseMove(pane, start + QPoint(40, 0))
    QTest.mouseRelease(pane, Qt.MouseButton.MiddleButton, pos=start)
    assert len(dropped) == 1, "the middle button pans"


def test_a_result_that_is_dropped_on_its_own_window_changes_nothing(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(window.drops, "_open_file", opened.append)
    result = window.exports.result()
    assert result is not None
    (tmp_path / "result.png").write_bytes(result.encode())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(tmp_path / "result.png")])
    for source in (window.panes.result, None):
        event = DropFrom(source, data)
        for filter in window.findChildren(FileDrop):
            filter.eventFilter(window, event)
    qtbot.waitUntil(lambda: bool(opened), timeout=5000)
    assert opened == [tmp_path / "result.png"], "only the one from another program"


class DropFrom(QDropEvent):
    """A drop that comes from a widget, or from another program."""

    def __init__(self, widget: QWidget | None, data: QMimeData) -> None:
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        super().__init__(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)
        self._widget = widget

    def source(self) -> QWidget | None:  # type: ignore[override]
        return self._widget
