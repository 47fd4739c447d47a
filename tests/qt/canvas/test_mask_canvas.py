from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import (
    QColor,
    QInputDevice,
    QMouseEvent,
    QPaintEvent,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ddsgui.editing.mask import Coverage, Point
from ddsgui.editing.session import Session
from ddsgui.editing.tools.base import Modifiers, Outline, Surface, ToolSpec
from ddsgui.editing.tools.registry import TOOLS
from ddsgui.qt.canvas.mask_canvas import MaskCanvas
from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.rect import Rect
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.sample import Sample

SIDE = 40
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
PLAIN, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


def sample(side: int = SIDE) -> Sample:
    source = np.full((side, side, 3), 120, np.uint8)
    target = np.full((side, side, 3), 60, np.uint8)
    empty = np.zeros((side, side), np.uint8)
    return Sample(source, target, empty, empty, Seed(1), None, 0.8)


class WatchedCanvas(MaskCanvas):
    """A canvas that remembers the region it painted last."""

    painted = QRect()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted = event.region().boundingRect()
        super().paintEvent(event)


@dataclass
class Painter:
    """An artist who paints on a canvas, at places in image pixels."""

    canvas: WatchedCanvas
    session: Session
    settings: PaintSettings
    view: SharedView
    regions: list[Rect] = field(default_factory=list)

    @property
    def mask(self) -> np.ndarray:
        return self.session.mask("source")

    def place(self, x: float, y: float) -> QPointF:
        viewport = self.canvas.viewport()
        return QPointF(viewport.x + x * viewport.scale, viewport.y + y * viewport.scale)

    def mouse(
        self,
        kind: QEvent.Type,
        x: float,
        y: float,
        modifiers: Qt.KeyboardModifier = PLAIN,
        buttons: Qt.MouseButton = LEFT,
    ) -> None:
        button = NONE if kind == QEvent.Type.MouseMove else LEFT
        at = self.place(x, y)
        event = QMouseEvent(kind, at, self.canvas.mapToGlobal(at), button, buttons, modifiers)
        QApplication.sendEvent(self.canvas, event)

    def press(self, x: float, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        self.mouse(QEvent.Type.MouseButtonPress, x, y, modifiers)

    def move(self, x: float, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        self.mouse(QEvent.Type.MouseMove, x, y, modifiers)

    def hover(self, x: float, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        self.mouse(QEvent.Type.MouseMove, x, y, modifiers, buttons=NONE)

    def release(self, x: float, y: float) -> None:
        self.mouse(QEvent.Type.MouseButtonRelease, x, y, buttons=NONE)

    def click(self, x: float, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        self.press(x, y, modifiers)
        self.release(x, y)

    def ring_colours(self, x: float, y: float) -> tuple[QColor, QColor]:
        """Return the outer and the inner pixel of the ring around (x, y), right of its centre."""
        image = self.canvas.grab().toImage()
        at = self.place(x, y)
        radius = self.settings.radius * self.canvas.viewport().scale
        outer, inner = (round(at.x() + radius + off - 0.5) for off in (0.5, -0.5))
        return image.pixelColor(outer, int(at.y())), image.pixelColor(inner, int(at.y()))


@pytest.fixture
def painter(qtbot: QtBot) -> Painter:
    session, settings, view = Session(), PaintSettings(), SharedView()
    session.load(sample())
    settings.radius = 3.0
    canvas = WatchedCanvas("Source", view, session, "source", settings)
    qtbot.addWidget(canvas)
    canvas.resize(416, 438)  # a canvas of 400 × 400: ten widget pixels per image pixel
    with qtbot.waitExposed(canvas):
        canvas.show()
    painter = Painter(canvas, session, settings, view)
    canvas.region_changed.connect(painter.regions.append)
    return painter


def test_a_stroke_follows_the_mouse(painter: Painter, qtbot: QtBot) -> None:
    painter.press(10, 20)
    painter.move(20, 20)
    with qtbot.waitSignal(painter.canvas.committed):
        painter.release(20, 20)
    assert (painter.mask[20, 9:21] == 255).all()
    assert (painter.mask[18:22, 15] == 255).all()
    assert not painter.mask[:16].any()
    assert not painter.mask[25:].any()
    assert not painter.session.mask("target").any()


def test_one_gesture_is_one_undo_step_and_every_move_is_signalled(painter: Painter) -> None:
    revision = painter.session.revision
    painter.press(10, 20)
    painter.move(14, 20)
    painter.move(20, 24)
    assert len(painter.regions) == 3
    assert painter.session.revision == revision
    painter.release(20, 24)
    assert painter.session.revision == revision + 1
    assert painter.session.undo_label == "brush stroke"
    painter.session.undo()
    assert not painter.mask.any()
    assert not painter.session.can_undo


def test_a_gesture_that_changes_nothing_signals_nothing(painter: Painter, qtbot: QtBot) -> None:
    painter.click(20, 20)
    with qtbot.assertNotEmitted(painter.canvas.committed):
        painter.click(20, 20)


def test_strokes_begin_and_end_outside_the_picture(painter: Painter) -> None:
    painter.canvas.resize(616, 438)  # with room next to the picture
    painter.press(-8, 20)
    painter.move(60, 20)
    painter.release(60, 20)
    assert (painter.mask[20] == 255).all()


def test_the_title_is_not_painted_on(painter: Painter, qtbot: QtBot) -> None:
    painter.click(20, -2)
    assert not painter.session.can_undo
    with qtbot.waitSignal(painter.canvas.maximise_requested):
        qtbot.mouseDClick(painter.canvas, LEFT, pos=QPoint(50, 10))
    with qtbot.assertNotEmitted(painter.canvas.maximise_requested):
        qtbot.mouseDClick(painter.canvas, LEFT, pos=painter.place(20, 20).toPoint())


def test_the_eraser_and_ctrl_erase(painter: Painter) -> None:
    painter.session.fill("source")
    painter.click(10, 10, CTRL)
    assert painter.mask[10, 10] == 0 and painter.session.undo_label == "eraser stroke"
    painter.settings.tool = "eraser"
    painter.click(30, 30)
    assert painter.mask[30, 30] == 0
    painter.settings.tool = "brush"
    painter.click(10, 10)
    assert painter.mask[10, 10] == 255


def test_a_stroke_keeps_erasing_when_ctrl_is_released(painter: Painter) -> None:
    painter.session.fill("source")
    painter.press(10, 20, CTRL)
    painter.move(30, 20)
    painter.release(30, 20)
    assert (painter.mask[20, 10:30] == 0).all()


def test_shift_draws_a_straight_line_from_the_last_point(painter: Painter) -> None:
    painter.click(5, 5)
    painter.click(35, 35, SHIFT)
    assert (np.diagonal(painter.mask)[5:36] == 255).all()
    painter.session.undo()
    assert painter.mask[5, 5] == 255
    assert painter.mask[20, 20] == 0


def test_new_pictures_forget_the_last_point(painter: Painter) -> None:
    painter.click(5, 5)
    painter.session.load(sample())
    painter.canvas.refresh()
    painter.click(35, 35, SHIFT)
    assert painter.mask[20, 20] == 0


def test_escape_cancels_the_gesture(painter: Painter, qtbot: QtBot) -> None:
    painter.press(10, 20)
    painter.move(20, 20)
    before = len(painter.regions)
    with qtbot.assertNotEmitted(painter.canvas.committed):
        QTest.keyClick(painter.canvas, Qt.Key.Key_Escape)
        painter.move(30, 20)
        painter.release(30, 20)
    assert not painter.mask.any()
    assert len(painter.regions) == before + 1, "the restored region is signalled"


def test_a_gesture_ends_even_if_the_release_was_lost(painter: Painter) -> None:
    painter.press(10, 20)
    painter.hover(30, 20)
    assert painter.session.can_undo
    assert painter.mask[20, 30] == 0


def test_space_pans_and_does_not_paint(painter: Painter) -> None:
    painter.view.set_zoom(20.0)
    before = painter.canvas.viewport()
    QTest.keyPress(painter.canvas, Qt.Key.Key_Space)
    painter.press(20, 20)
    painter.move(22, 20)
    painter.release(20, 20)
    assert painter.canvas.viewport().x == pytest.approx(before.x + 40, abs=1)
    assert not painter.session.can_undo


def test_painting_is_exact_when_zoomed_and_panned(painter: Painter) -> None:
    painter.view.look_at(QPointF(0.3, 0.6), 37.0)
    painter.click(12.5, 24.5)
    ys, xs = np.nonzero(painter.mask)
    assert (xs.mean(), ys.mean()) == (12, 24)


def test_ctrl_and_wheel_change_the_size_and_not_the_zoom(painter: Painter) -> None:
    before = painter.canvas.viewport()
    at = QPointF(200, 200)
    event = QWheelEvent(at, at, QPoint(), QPoint(0, 240), NONE, CTRL, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(painter.canvas, event)
    assert painter.settings.radius == pytest.approx(3.0 * 1.15**2)
    assert painter.canvas.viewport() == before


# ---- other tools


class Box:
    """A tool that previews an outline and finally covers a box."""

    label = "box"

    def __init__(self, surface: Surface) -> None:
        self.corners: list[Point] = []
        self.value = 255

    def press(self, at: Point, modifiers: Modifiers) -> Rect | None:
        self.corners, self.value = [at, at], 0 if Modifiers.ERASE in modifiers else 255
        return None

    def move(self, at: Point) -> Rect | None:
        self.corners[1] = at
        return Rect(0, 0, SIDE, SIDE)

    def release(self) -> Coverage | None:
        (x, y, _), (right, bottom, _) = self.corners
        rect = Rect(int(x), int(y), int(right - x), int(bottom - y))
        return Coverage(rect, np.full((rect.h, rect.w), 255, np.uint8), self.value) if rect.w else None

    def preview(self) -> Outline:
        (x, y, _), (right, bottom, _) = self.corners
        return (x, y), (right, y), (right, bottom), (x, bottom), (x, y)


def take_box(painter: Painter, monkeypatch: pytest.MonkeyPatch) -> None:
    box = ToolSpec("box", "&Box", "Paint a box", "brush", "M", Box, has_size=False)
    monkeypatch.setitem(TOOLS, "box", box)
    painter.settings.tool = "box"


def test_an_outline_is_shown_until_it_becomes_a_coverage(
    painter: Painter, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_box(painter, monkeypatch)
    painter.hover(8, 8)
    assert painter.canvas.cursor().shape() == Qt.CursorShape.CrossCursor
    before = painter.canvas.grab().toImage()
    painter.press(8, 8)
    painter.move(30, 20)
    assert not painter.mask.any() and not painter.regions
    assert painter.canvas.grab().toImage() != before
    with qtbot.waitSignal(painter.canvas.committed):
        painter.release(30, 20)
    assert (painter.mask[8:20, 8:30] == 255).all() and painter.mask.sum() == 255 * 12 * 22
    assert painter.regions == [Rect(8, 8, 22, 12)]
    assert painter.session.undo_label == "box"
    painter.canvas.refresh(painter.session.undo())
    assert painter.canvas.grab().toImage() == before


def test_ctrl_erases_with_any_tool_and_escape_cancels(
    painter: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_box(painter, monkeypatch)
    painter.session.fill("source")
    painter.press(8, 8)
    painter.move(30, 20)
    QTest.keyClick(painter.canvas, Qt.Key.Key_Escape)
    painter.release(30, 20)
    assert (painter.mask == 255).all() and painter.session.undo_label == "fill mask"
    painter.press(8, 8, CTRL)
    painter.move(30, 20)
    painter.release(30, 20)
    assert not painter.mask[8:20, 8:30].any()


# ---- pen


def pen(
    painter: Painter,
    kind: QEvent.Type,
    x: float,
    y: float,
    pressure: float,
    tip: QPointingDevice.PointerType = QPointingDevice.PointerType.Pen,
) -> bool:
    """Send an event of a pen; return whether it was accepted, so that no mouse event follows."""
    everything = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
    device = QPointingDevice("stylus", 7, QInputDevice.DeviceType.Stylus, tip, everything, 1, 3)
    at = painter.place(x, y)
    buttons = NONE if kind == QEvent.Type.TabletRelease or not pressure else LEFT
    button = NONE if kind == QEvent.Type.TabletMove else LEFT
    event = QTabletEvent(
        kind, device, at, painter.canvas.mapToGlobal(at), pressure, 0, 0, 0, 0, 0, PLAIN, button, buttons
    )
    event.setAccepted(False)  # as the platform sends it
    QApplication.sendEvent(painter.canvas, event)
    return event.isAccepted()


def width_at(painter: Painter, x: int) -> float:
    return float(painter.mask[:, x].sum()) / 255


def test_pressure_makes_the_stroke_wider(painter: Painter) -> None:
    painter.settings.radius = 8.0
    assert pen(painter, QEvent.Type.TabletPress, 8, 20, 0.125)
    assert pen(painter, QEvent.Type.TabletMove, 32, 20, 1.0)
    assert pen(painter, QEvent.Type.TabletRelease, 32, 20, 0.0)
    assert painter.session.can_undo
    assert width_at(painter, 8) < 4 < width_at(painter, 20) < width_at(painter, 31)
    assert width_at(painter, 31) == pytest.approx(16, abs=1)


def test_pressure_can_be_switched_off(painter: Painter) -> None:
    painter.settings.radius, painter.settings.pressure_enabled = 5.0, False
    pen(painter, QEvent.Type.TabletPress, 20, 20, 0.2)
    pen(painter, QEvent.Type.TabletRelease, 20, 20, 0.0)
    assert width_at(painter, 20) == pytest.approx(10, abs=0.5)


def test_the_eraser_end_of_the_pen_erases(painter: Painter) -> None:
    painter.session.fill("source")
    eraser = QPointingDevice.PointerType.Eraser
    pen(painter, QEvent.Type.TabletPress, 20, 20, 1.0, eraser)
    pen(painter, QEvent.Type.TabletRelease, 20, 20, 0.0, eraser)
    assert painter.mask[20, 20] == 0
    painter.click(20, 20)
    assert painter.mask[20, 20] == 255, "the mouse paints on"


def test_pen_events_other_than_painting_become_mouse_events(painter: Painter) -> None:
    assert not pen(painter, QEvent.Type.TabletMove, 20, 20, 0.0)
    assert not pen(painter, QEvent.Type.TabletPress, 20, -2, 1.0)
    QTest.keyPress(painter.canvas, Qt.Key.Key_Space)
    assert not pen(painter, QEvent.Type.TabletPress, 20, 20, 1.0)
    assert not painter.session.can_undo


@pytest.mark.parametrize("mouse_first", [False, True])
def test_a_pen_that_is_reported_as_a_mouse_too_paints_once_with_its_pressure(
    painter: Painter, mouse_first: bool
) -> None:
    painter.settings.radius = 8.0
    steps = (
        (QEvent.Type.TabletPress, painter.press, 8, 0.125),
        (QEvent.Type.TabletMove, painter.move, 32, 0.125),
        (QEvent.Type.TabletRelease, painter.release, 32, 0.0),
    )
    for kind, by_mouse, x, pressure in steps:
        if mouse_first:
            by_mouse(x, 20)
        pen(painter, kind, x, 20, pressure)
        if not mouse_first:
            by_mouse(x, 20)
    assert width_at(painter, 20) == pytest.approx(2, abs=0.5)
    painter.session.undo()
    assert not painter.session.can_undo and not painter.mask.any()


def test_the_mouse_that_a_pen_moves_without_buttons_does_not_end_its_stroke(painter: Painter) -> None:
    pen(painter, QEvent.Type.TabletPress, 8, 20, 1.0)
    painter.hover(8, 20)
    pen(painter, QEvent.Type.TabletMove, 32, 20, 1.0)
    pen(painter, QEvent.Type.TabletRelease, 32, 20, 0.0)
    assert painter.mask[20, 30] == 255


# ---- appearance


def test_a_ring_of_black_and_white_replaces_the_cursor(painter: Painter) -> None:
    assert painter.canvas.cursor().shape() == Qt.CursorShape.ArrowCursor
    for radius in (3.0, 9.0):
        painter.settings.radius = radius
        painter.hover(20, 20)
        assert painter.canvas.cursor().shape() == Qt.CursorShape.BlankCursor
        outer, inner = painter.ring_colours(20, 20)
        assert outer.lightness() < 50
        assert inner.lightness() > 200
    painter.hover(20, -2)
    assert painter.canvas.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_the_ring_is_red_while_erasing(painter: Painter) -> None:
    def is_red() -> bool:
        inner = painter.ring_colours(20, 20)[1]
        return inner.red() > 180 and inner.green() < 120

    painter.hover(20, 20)
    assert not is_red()
    QTest.keyPress(painter.canvas, Qt.Key.Key_Control)
    assert is_red()
    QTest.keyRelease(painter.canvas, Qt.Key.Key_Control)
    assert not is_red()
    painter.settings.tool = "eraser"
    assert is_red()


def test_the_ring_disappears_with_the_pointer(painter: Painter) -> None:
    plain = painter.canvas.grab().toImage()
    painter.hover(20, 20)
    assert painter.canvas.grab().toImage() != plain
    QApplication.sendEvent(painter.canvas, QEvent(QEvent.Type.Leave))
    assert painter.canvas.grab().toImage() == plain


def test_a_move_repaints_only_the_changed_region(painter: Painter, qtbot: QtBot) -> None:
    painter.press(10, 20)
    QApplication.processEvents()
    painter.canvas.painted = QRect()
    painter.move(11, 20)
    qtbot.waitUntil(lambda: not painter.canvas.painted.isEmpty())
    assert (
        painter.canvas.painted.width() <= 160
    )  # of 416: the brush, its ring and the interpolation around them
    painter.release(11, 20)
    piecemeal = painter.canvas.grab().toImage()
    painter.canvas.repaint_all()
    assert painter.canvas.grab().toImage() == piecemeal


def test_the_overlay_follows_brush_and_undo(painter: Painter) -> None:
    empty = painter.canvas.grab().toImage()
    painter.click(20, 20)
    QApplication.sendEvent(painter.canvas, QEvent(QEvent.Type.Leave))
    painted = painter.canvas.grab().toImage()
    assert painted != empty
    painter.settings.overlay_opacity = 0.9
    assert painter.canvas.grab().toImage() != painted
    painter.canvas.refresh(painter.session.undo())
    assert painter.canvas.grab().toImage() == empty


def test_a_canvas_without_pictures_cannot_be_painted(qtbot: QtBot) -> None:
    session = Session()
    canvas = MaskCanvas("Source", SharedView(), session, "source", PaintSettings())
    qtbot.addWidget(canvas)
    canvas.show()
    qtbot.mouseClick(canvas, LEFT, pos=QPoint(80, 80))
    assert canvas.cursor().shape() == Qt.CursorShape.ArrowCursor
    assert canvas.accessibleDescription()
    session.load(sample())
    canvas.refresh()
    qtbot.mouseClick(canvas, LEFT, pos=canvas.canvas_rect().center())
    assert session.can_undo
