from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QEnterEvent, QImage, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ddsgui.mask_tint import TINT
from ddsgui.qt.canvas import pane as pane_module
from ddsgui.qt.canvas.pane import HEADER, Pane
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.qt.widgets.pixmaps import to_array
from ddsgui.rect import Rect

LEFT, MIDDLE, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton
PICTURE = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)


class WatchedPane(Pane):
    """A pane that remembers the region it painted last."""

    painted = QRect()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted = event.region().boundingRect()
        super().paintEvent(event)


@pytest.fixture
def view() -> SharedView:
    return SharedView()


@pytest.fixture
def pane(qtbot: QtBot, view: SharedView) -> WatchedPane:
    pane = WatchedPane("Crossover", view)
    qtbot.addWidget(pane)
    pane.resize(416, 338)  # a canvas of 400 × 300
    pane.set_image(PICTURE)
    with qtbot.waitExposed(pane):
        pane.show()
    return pane


def pixels(pane: Pane) -> np.ndarray:
    """Return what the pane looks like: int [h, w, 3]."""
    return to_array(pane.grab().toImage()).astype(int)


def mouse(
    pane: QWidget, kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton, buttons: Qt.MouseButton
) -> None:
    at = QPointF(x, y)
    event = QMouseEvent(kind, at, pane.mapToGlobal(at), button, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(pane, event)


def drag(pane: QWidget, start: tuple[float, float], end: tuple[float, float], button: Qt.MouseButton) -> None:
    mouse(pane, QEvent.Type.MouseButtonPress, *start, button, button)
    mouse(pane, QEvent.Type.MouseMove, *end, NONE, button)
    mouse(pane, QEvent.Type.MouseButtonRelease, *end, button, NONE)


def wheel(pane: QWidget, x: float, y: float, notches: float, sideways: int = 0) -> None:
    at = QPointF(x, y)
    event = QWheelEvent(
        at,
        pane.mapToGlobal(at),
        QPoint(),
        QPoint(sideways, round(120 * notches)),
        NONE,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(pane, event)


def test_a_picture_fills_the_pane_as_far_as_it_can(pane: Pane) -> None:
    viewport = pane.viewport()
    assert viewport.scale == pytest.approx(400 / 48)
    off = viewport.to_widget(Rect(0, 0, 48, 32)).center() - QRectF(pane.canvas_rect()).center()
    assert off.manhattanLength() < 1, "it is in the middle, up to whole pixels of the screen"
    pane.resize(816, 638)
    assert pane.viewport().scale == pytest.approx(800 / 48)


def test_the_picture_is_on_the_screen(pane: Pane, view: SharedView) -> None:
    view.set_zoom(30.0)
    seen = pixels(pane)
    for x, y in ((20, 14), (24, 16), (28, 18)):
        at = pane.viewport().to_widget(Rect(x, y, 1, 1)).center()
        assert seen[int(at.y()), int(at.x())].tolist() == PICTURE[y, x].tolist()


def test_the_wheel_zooms_around_the_pointer(pane: Pane, view: SharedView) -> None:
    at = QPointF(150.0, 200.0)
    point = pane.viewport().to_image(at)
    before = pane.viewport().scale
    for _ in range(3):
        wheel(pane, at.x(), at.y(), 1)
    assert pane.viewport().scale == pytest.approx(before * 1.2**3)
    now = pane.viewport().to_image(at)
    # the corner is rounded to whole pixels of the screen
    assert (now - point).manhattanLength() * pane.viewport().scale < 2
    wheel(pane, at.x(), at.y(), -3)
    assert view.zoom == pytest.approx(before)


def test_at_the_maximum_zoom_the_picture_stays_in_place(pane: Pane, view: SharedView) -> None:
    wheel(pane, 150.0, 200.0, 20)
    before = pane.viewport()
    for _ in range(5):
        wheel(pane, 150.0, 200.0, 1)
    after = pane.viewport()
    assert after.scale == before.scale
    assert (after.x, after.y) == pytest.approx((before.x, before.y), abs=1)


def test_scrolling_sideways_changes_nothing(pane: Pane, view: SharedView) -> None:
    wheel(pane, 150.0, 200.0, 0, sideways=120)
    assert view.fit


def test_linked_panes_show_the_same_section(qtbot: QtBot, pane: Pane, view: SharedView) -> None:
    second_pane = Pane("Result", view)
    qtbot.addWidget(second_pane)
    second_pane.resize(pane.size())
    second_pane.set_image(PICTURE)
    wheel(pane, 100.0, 100.0, 4)
    assert second_pane.viewport() == pane.viewport()


@pytest.mark.parametrize("gesture", ["middle", "space"])
def test_dragging_moves_the_picture_with_the_pointer(pane: Pane, view: SharedView, gesture: str) -> None:
    view.set_zoom(20.0)
    before = pane.viewport()
    if gesture == "space":
        QTest.keyPress(pane, Qt.Key.Key_Space)
        assert pane.cursor().shape() == Qt.CursorShape.OpenHandCursor
    drag(pane, (200.0, 150.0), (170.0, 190.0), LEFT if gesture == "space" else MIDDLE)
    after = pane.viewport()
    assert (after.x - before.x, after.y - before.y) == pytest.approx((-30, 40), abs=1)
    if gesture == "space":
        QTest.keyRelease(pane, Qt.Key.Key_Space)
        assert pane.cursor().shape() == Qt.CursorShape.ArrowCursor
        drag(pane, (200.0, 150.0), (170.0, 190.0), LEFT)
        assert pane.viewport() == after, "without Space the left button does not pan"


def test_space_is_tapped_unless_it_pans_or_is_held(
    qtbot: QtBot, pane: Pane, monkeypatch: pytest.MonkeyPatch
) -> None:
    with qtbot.waitSignal(pane.space_tapped):
        QTest.keyClick(pane, Qt.Key.Key_Space)
    with qtbot.assertNotEmitted(pane.space_tapped):
        QTest.keyClick(pane, Qt.Key.Key_Space)  # a repetition: it comes at once
        monkeypatch.setattr(pane_module, "REPEAT_MS", 0)
        QTest.keyPress(pane, Qt.Key.Key_Space)
        drag(pane, (200.0, 150.0), (170.0, 190.0), LEFT)
        QTest.keyRelease(pane, Qt.Key.Key_Space)
        monkeypatch.setattr(pane_module, "TAP_MS", 0)
        QTest.keyClick(pane, Qt.Key.Key_Space)


def test_a_double_click_requests_to_be_maximised(qtbot: QtBot, pane: Pane) -> None:
    for y in (10, HEADER + 100):
        with qtbot.waitSignal(pane.maximise_requested):
            qtbot.mouseDClick(pane, LEFT, pos=QPoint(60, y))


def test_a_quick_second_press_pans_as_well(qtbot: QtBot, pane: Pane, view: SharedView) -> None:
    view.set_zoom(20.0)
    before = pane.viewport().x
    with qtbot.assertNotEmitted(pane.maximise_requested):
        mouse(pane, QEvent.Type.MouseButtonDblClick, 200.0, 150.0, MIDDLE, MIDDLE)
        mouse(pane, QEvent.Type.MouseMove, 210.0, 150.0, NONE, MIDDLE)
    assert pane.viewport().x == pytest.approx(before + 10, abs=1)


def test_only_changes_are_painted_and_look_like_everything_painted_again(
    qtbot: QtBot, pane: WatchedPane
) -> None:
    mask = np.zeros((32, 48), np.uint8)
    pane.set_overlay(mask)
    QApplication.processEvents()
    image = PICTURE.copy()
    rect = Rect(20, 10, 5, 4)
    image[rect.slices] ^= 255
    mask[11:13, 21:24] = 255
    pane.painted = QRect()
    pane.update_region(image, rect)
    pane.update_overlay(mask, rect)
    qtbot.waitUntil(lambda: not pane.painted.isEmpty())
    assert pane.viewport().touched(rect).contains(pane.painted)
    assert pane.painted.width() < 100
    piecemeal = pixels(pane)
    pane.repaint_all()
    assert np.abs(piecemeal - pixels(pane)).max() <= 1


def test_the_overlay_tints_and_outlines_and_can_be_hidden(pane: Pane) -> None:
    pane.set_image(np.full((32, 48, 3), 128, np.uint8))
    plain = pixels(pane)
    mask = np.zeros((32, 48), np.uint8)
    mask[8:24, 10:30] = 255
    pane.set_overlay(mask, opacity=0.5)
    tinted = pixels(pane)
    middle = pane.viewport().to_widget(Rect(20, 16, 1, 1)).toRect().center()
    outside = pane.viewport().to_widget(Rect(40, 16, 1, 1)).toRect().center()
    assert np.abs(tinted - plain)[middle.y(), middle.x()].max() > 20
    assert np.abs(tinted - plain)[outside.y(), outside.x()].max() == 0
    row = tinted[middle.y(), :, 0]
    assert row.max() > 200, "white inside"
    assert row[pane.canvas_rect().left() : pane.canvas_rect().right()].min() < 80, "black outside"
    pane.set_overlay(mask, opacity=0.0)
    assert np.array_equal(pixels(pane), plain)


def test_a_high_density_screen_is_painted_in_all_its_pixels(
    qtbot: QtBot, view: SharedView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pane, "devicePixelRatioF", lambda self: 2.0)
    pane = Pane("Source", view)
    qtbot.addWidget(pane)
    pane.resize(216, 238)
    view.set_zoom(0.5)  # one picture pixel per screen pixel
    big = np.random.default_rng(1).integers(0, 256, (500, 500, 3), dtype=np.uint8)
    pane.set_image(big)
    target = QImage(432, 476, QImage.Format.Format_RGB32)
    target.setDevicePixelRatio(2.0)
    pane.render(target)
    viewport = pane.viewport()
    left, top = round(-viewport.x * 2), round(-viewport.y * 2)
    for x, y in ((100, 100), (101, 100), (101, 101), (300, 333)):
        seen = target.pixelColor(x, y)
        assert [seen.red(), seen.green(), seen.blue()] == big[top + y, left + x].tolist()


def test_an_empty_or_waiting_pane_says_so_to_screen_readers_too(pane: Pane) -> None:
    assert (pane.accessibleName(), pane.accessibleDescription()) == ("Crossover", "")
    with_picture = pixels(pane)
    pane.set_busy("Loading portrait…")
    assert pane.accessibleDescription() == "Loading portrait…"
    assert not np.array_equal(pixels(pane), with_picture)
    pane.set_busy("")
    pane.set_image(None)
    pane.set_placeholder("Press Run")
    assert pane.accessibleDescription() == "Press Run"
    canvas = pane.canvas_rect()
    text = pixels(pane)[canvas.top() : canvas.bottom(), canvas.left() : canvas.right()]
    assert text.std() > 1, "text is drawn"


def test_an_empty_pane_ignores_all_gestures(pane: Pane, view: SharedView) -> None:
    pane.set_image(None)
    wheel(pane, 50.0, 80.0, 2)
    drag(pane, (50.0, 80.0), (90.0, 90.0), MIDDLE)
    assert view.fit


def test_a_picture_of_another_size_replaces_the_old_one(pane: Pane) -> None:
    pane.update_region(np.zeros((64, 64, 3), np.uint8), Rect(0, 0, 1, 1))
    assert pane.viewport().scale == pytest.approx(300 / 64)


def test_the_pointer_brings_the_focus_unless_someone_is_typing(qtbot: QtBot, view: SharedView) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    line, pane = QLineEdit(window), Pane("Source", view, window)
    with qtbot.waitActive(window):
        window.show()
    line.setFocus()
    at = QPointF(50, 50)
    QApplication.sendEvent(pane, QEnterEvent(at, at, at))
    assert line.hasFocus()
    line.clearFocus()
    QApplication.sendEvent(pane, QEnterEvent(at, at, at))
    assert pane.hasFocus()


@pytest.mark.parametrize(
    "colour", [TINT, (0, 0, 0), (255, 255, 255), (128, 128, 128), (60, 90, 160), (200, 150, 120)]
)
def test_a_mask_shows_on_a_picture_of_any_colour(pane: Pane, colour: tuple[int, int, int]) -> None:
    pane.set_image(np.full((32, 48, 3), colour, np.uint8))
    plain = pixels(pane)
    mask = np.zeros((32, 48), np.uint8)
    mask[8:24, 10:30] = 255
    pane.set_overlay(mask, opacity=0.4)
    change = np.abs(pixels(pane) - plain).max(axis=2)
    area = pane.viewport().to_widget(Rect(10, 8, 20, 16)).toRect()
    rim = change[area.top() - 3 : area.bottom() + 4, area.left() - 3 : area.right() + 4]
    assert rim.max() > 60, "the outline has a light and a dark line"


def test_the_outline_of_a_diagonal_is_a_line_and_not_a_staircase(pane: Pane) -> None:
    mask = np.tri(32, 48, dtype=np.uint8) * np.uint8(255)
    pane.set_image(np.full((32, 48, 3), 128, np.uint8))
    pane.set_overlay(mask, opacity=0.01)
    viewport = pane.viewport()
    assert viewport.scale > 3
    light = pixels(pane)[..., 0] > 200
    distances = []
    for i in range(6, 26):
        middle = viewport.to_widget(Rect(i, i, 1, 1)).toRect()
        columns = np.flatnonzero(light[middle.center().y(), middle.left() - 12 : middle.right() + 13])
        assert columns.size
        distances.append(columns.mean())
    assert np.ptp(distances) < 1.5, "widget pixels"
