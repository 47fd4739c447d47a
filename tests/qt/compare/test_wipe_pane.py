"""The divider between two images, and the pixels on both sides of it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.qt.compare.wipe_pane import LARGE_STEP, STEP, WipePane
from ddsgui.qt.widgets.pixmaps import to_array

RED, BLUE = np.array([200, 0, 0], np.uint8), np.array([0, 0, 200], np.uint8)


@pytest.fixture
def pane(qtbot: QtBot) -> WipePane:
    pane = WipePane("A", SharedView())
    qtbot.addWidget(pane)
    pane.resize(416, 338)  # 400 × 300 for the picture
    pane.show()
    pane.show_both(np.full((16, 16, 3), RED), np.full((16, 16, 3), BLUE), ("A  Red", "B  Blue"))
    return pane


def row(pane: WipePane) -> np.ndarray:
    """Return a row of pixels below the labels and above the handle: [W, 3]."""
    pixels = to_array(pane.grab().toImage())
    return pixels[round((pane.canvas_rect().top() + 80) * pane.devicePixelRatioF())]


def edges(pane: WipePane) -> tuple[int, int]:
    """Return the first and the last column of the picture, in device pixels."""
    picture = pane._visible()
    ratio = pane.devicePixelRatioF()
    return round(picture.left() * ratio), round(picture.right() * ratio)


def test_each_side_of_the_divider_has_the_pixels_of_its_image(pane: WipePane) -> None:
    first, last = edges(pane)
    for fraction in (0.25, 0.75):
        pane.divider = fraction
        pixels, x = row(pane), round(first + fraction * (last - first))
        assert (pixels[first : x - 3] == RED).all() and (pixels[x + 3 : last] == BLUE).all()
    pane.divider = 0.0
    assert (row(pane)[first + 3 : last] == BLUE).all()
    pane.divider = 1.0
    assert (row(pane)[first : last - 3] == RED).all()


def test_a_high_density_screen_has_the_pixels_of_both_images(
    qtbot: QtBot, pane: WipePane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WipePane, "devicePixelRatioF", lambda self: 2.0)
    random = np.random.default_rng(1)
    left, right = (random.integers(0, 256, (500, 500, 3), dtype=np.uint8) for _ in range(2))
    pane._view.set_zoom(0.5)  # one picture pixel per screen pixel
    pane.show_both(left, right, ("A", "B"))
    target = QImage(pane.size() * 2, QImage.Format.Format_RGB32)
    target.setDevicePixelRatio(2.0)
    pane.render(target)
    viewport, pixels = pane.viewport(), to_array(target)
    x, y = round(-viewport.x * 2), round(-viewport.y * 2)
    middle, ends = round(pane._divider_x() * 2), edges(pane)
    for columns, image in ((slice(ends[0], middle - 6), left), (slice(middle + 6, ends[1]), right)):
        expected = image[200 + y : 250 + y, columns.start + x : columns.stop + x]
        assert np.array_equal(pixels[200:250, columns], expected)


def test_the_divider_stays_in_sight_when_the_picture_is_enlarged(pane: WipePane) -> None:
    pane.look_at(QPointF(4, 4), 100.0)
    first, last = edges(pane)
    assert (first, last) == (pane.canvas_rect().left(), pane.canvas_rect().right() + 1)
    pane.divider = 0.5
    pixels, x = row(pane), (first + last) // 2
    assert (pixels[first : x - 3] == RED).all() and (pixels[x + 3 : last] == BLUE).all()


def test_the_divider_is_dragged_and_the_picture_is_panned_with_the_middle_button(pane: WipePane) -> None:
    first, last = edges(pane)
    y, width = pane.height() // 2, last - first
    QTest.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(first + width // 4, y))
    assert pane.divider == pytest.approx(0.25, abs=0.01)
    QTest.mouseMove(pane, QPoint(first + width // 2, y))
    QTest.mouseMove(pane, QPoint(last + 500, y))
    assert pane.divider == 1
    QTest.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=QPoint(last, y))
    QTest.mouseMove(pane, QPoint(first, y))
    assert pane.divider == 1
    before = pane.viewport()
    QTest.mousePress(pane, Qt.MouseButton.MiddleButton, pos=QPoint(first + width // 2, y))
    QTest.mouseMove(pane, QPoint(first + width // 2 + 30, y))
    QTest.mouseRelease(pane, Qt.MouseButton.MiddleButton, pos=QPoint(first + width // 2 + 30, y))
    assert pane.divider == 1 and pane.viewport().x == pytest.approx(before.x + 30, abs=1)


def test_the_divider_is_moved_by_keys(pane: WipePane) -> None:
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(pane, Qt.Key.Key_Right)
    assert pane.divider == pytest.approx(0.5 + STEP)
    QTest.keyClick(pane, Qt.Key.Key_Left, shift)
    assert pane.divider == pytest.approx(0.5 + STEP - LARGE_STEP)
    QTest.keyClick(pane, Qt.Key.Key_End)
    assert pane.divider == 1 and "100 %" in pane.accessibleDescription()
    QTest.keyClick(pane, Qt.Key.Key_Right)
    assert pane.divider == 1
    QTest.keyClick(pane, Qt.Key.Key_Home)
    assert pane.divider == 0


def test_one_image_has_no_divider(pane: WipePane) -> None:
    pane.show_one(np.full((16, 16, 3), BLUE))
    first, last = edges(pane)
    assert (row(pane)[first:last] == BLUE).all()
    QTest.keyClick(pane, Qt.Key.Key_End)
    QTest.mouseClick(pane, Qt.MouseButton.LeftButton, pos=QPoint(first + 10, 100))
    assert pane.divider == 0.5
