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

from ddsgui.editing.mask import Coverage, Point, Rect
from ddsgui.editing.session import Session
from ddsgui.editing.tools.base import Modifiers, Outline, Surface, ToolSpec
from ddsgui.editing.tools.registry import TOOLS
from ddsgui.qt.canvas.mask_canvas import MaskCanvas
from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.canvas.shared_view import SharedView
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
    """Keeps what it was asked to paint."""

    painted = QRect()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted = event.region().boundingRect()
        super().paintEvent(event)


@dataclass
class Easel:
    """A canvas and a hand in front of it; places are in pixels of the picture."""

    canvas: WatchedCanvas
    session: Session
    brush: PaintSettings
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
        held: Qt.MouseButton = LEFT,
    ) -> None:
        button = NONE if kind == QEvent.Type.MouseMove else LEFT
        at = self.place(x, y)
        event = QMouseEvent(kind, at, self.canvas.mapToGlobal(at), button, held, modifiers)
        QApplication.sendEvent(self.canvas, event)

    def press(self, x: float, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        self.mouse(QEvent.Type.MouseButtonPress, x, y, modifiers)

    def move(self, x: float, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        self.mouse(QEvent.Type.MouseMove, x, y, modifiers)

    def hover(self, x: float, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        self.mouse(QEvent.Type.MouseMove, x, y, modifiers, held=NONE)

    def release(self, x: float, y: float) -> None:
        self.mouse(QEvent.Type.MouseButtonRelease, x, y, held=NONE)

    def click(self, x: float, y: float, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        self.press(x, y, modifiers)
        self.release(x, y)

    def ring_colours(self, x: float, y: float) -> tuple[QColor, QColor]:
        """The outer and the inner pixel of the ring around (x, y), right of its centre."""
        image = self.canvas.grab().toImage()
        at = self.place(x, y)
        radius = self.brush.radius * self.canvas.viewport().scale
        outer, inner = (round(at.x() + radius + off - 0.5) for off in (0.5, -0.5))
        return image.pixelColor(outer, int(at.y())), image.pixelColor(inner, int(at.y()))


@pytest.fixture
def easel(qtbot: QtBot) -> Easel:
    session, brush, view = Session(), PaintSettings(), SharedView()
    session.load(sample())
    brush.radius = 3.0
    canvas = WatchedCanvas("Source", view, session, "source", brush)
    qtbot.addWidget(canvas)
    canvas.resize(416, 438)  # a canvas of 400 × 400: ten widget pixels a picture pixel
    with qtbot.waitExposed(canvas):
        canvas.show()
    easel = Easel(canvas, session, brush, view)
    canvas.region_changed.connect(easel.regions.append)
    return easel


def test_a_stroke_lands_where_the_mouse_went(easel: Easel, qtbot: QtBot) -> None:
    easel.press(10, 20)
    easel.move(20, 20)
    with qtbot.waitSignal(easel.canvas.committed):
        easel.release(20, 20)
    assert (easel.mask[20, 9:21] == 255).all()
    assert (easel.mask[18:22, 15] == 255).all()
    assert not easel.mask[:16].any()
    assert not easel.mask[25:].any()
    assert not easel.session.mask("target").any()


def test_one_gesture_is_one_undo_step_and_each_move_is_told(easel: Easel) -> None:
    revision = easel.session.revision
    easel.press(10, 20)
    easel.move(14, 20)
    easel.move(20, 24)
    assert len(easel.regions) == 3
    assert easel.session.revision == revision
    easel.release(20, 24)
    assert easel.session.revision == revision + 1
    assert easel.session.undo_label == "brush stroke"
    easel.session.undo()
    assert not easel.mask.any()
    assert not easel.session.can_undo


def test_a_gesture_that_changes_nothing_is_not_told(easel: Easel, qtbot: QtBot) -> None:
    easel.click(20, 20)
    with qtbot.assertNotEmitted(easel.canvas.committed):
        easel.click(20, 20)


def test_strokes_begin_and_end_off_the_picture(easel: Easel) -> None:
    easel.canvas.resize(616, 438)  # room beside the picture
    easel.press(-8, 20)
    easel.move(60, 20)
    easel.release(60, 20)
    assert (easel.mask[20] == 255).all()


def test_the_title_is_not_painted_on(easel: Easel, qtbot: QtBot) -> None:
    easel.click(20, -2)
    assert not easel.session.can_undo
    with qtbot.waitSignal(easel.canvas.maximise_requested):
        qtbot.mouseDClick(easel.canvas, LEFT, pos=QPoint(50, 10))
    with qtbot.assertNotEmitted(easel.canvas.maximise_requested):
        qtbot.mouseDClick(easel.canvas, LEFT, pos=easel.place(20, 20).toPoint())


def test_the_eraser_and_ctrl_erase(easel: Easel) -> None:
    easel.session.fill("source")
    easel.click(10, 10, CTRL)
    assert easel.mask[10, 10] == 0 and easel.session.undo_label == "eraser stroke"
    easel.brush.tool = "eraser"
    easel.click(30, 30)
    assert easel.mask[30, 30] == 0
    easel.brush.tool = "brush"
    easel.click(10, 10)
    assert easel.mask[10, 10] == 255


def test_a_stroke_stays_what_it_began_as_when_ctrl_is_let_go(easel: Easel) -> None:
    easel.session.fill("source")
    easel.press(10, 20, CTRL)
    easel.move(30, 20)
    easel.release(30, 20)
    assert (easel.mask[20, 10:30] == 0).all()


def test_shift_draws_a_straight_line_from_the_last_point(easel: Easel) -> None:
    easel.click(5, 5)
    easel.click(35, 35, SHIFT)
    assert (np.diagonal(easel.mask)[5:36] == 255).all()
    easel.session.undo()
    assert easel.mask[5, 5] == 255
    assert easel.mask[20, 20] == 0


def test_new_pictures_forget_the_last_point(easel: Easel) -> None:
    easel.click(5, 5)
    easel.session.load(sample())
    easel.canvas.refresh()
    easel.click(35, 35, SHIFT)
    assert easel.mask[20, 20] == 0


def test_escape_takes_the_gesture_back(easel: Easel, qtbot: QtBot) -> None:
    easel.press(10, 20)
    easel.move(20, 20)
    before = len(easel.regions)
    with qtbot.assertNotEmitted(easel.canvas.committed):
        QTest.keyClick(easel.canvas, Qt.Key.Key_Escape)
        easel.move(30, 20)
        easel.release(30, 20)
    assert not easel.mask.any()
    assert len(easel.regions) == before + 1, "what was put back is told"


def test_a_release_that_got_lost_ends_the_gesture(easel: Easel) -> None:
    easel.press(10, 20)
    easel.hover(30, 20)
    assert easel.session.can_undo
    assert easel.mask[20, 30] == 0


def test_space_pans_and_does_not_paint(easel: Easel) -> None:
    easel.view.set_zoom(20.0)
    before = easel.canvas.viewport()
    QTest.keyPress(easel.canvas, Qt.Key.Key_Space)
    easel.press(20, 20)
    easel.move(22, 20)
    easel.release(20, 20)
    assert easel.canvas.viewport().x == pytest.approx(before.x + 40, abs=1)
    assert not easel.session.can_undo


def test_painting_is_exact_when_zoomed_and_panned(easel: Easel) -> None:
    easel.view.look_at(QPointF(0.3, 0.6), 37.0)
    easel.click(12.5, 24.5)
    ys, xs = np.nonzero(easel.mask)
    assert (xs.mean(), ys.mean()) == (12, 24)


def test_ctrl_and_wheel_change_the_size_and_not_the_zoom(easel: Easel) -> None:
    before = easel.canvas.viewport()
    at = QPointF(200, 200)
    event = QWheelEvent(at, at, QPoint(), QPoint(0, 240), NONE, CTRL, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(easel.canvas, event)
    assert easel.brush.radius == pytest.approx(3.0 * 1.15**2)
    assert easel.canvas.viewport() == before


# ---- other tools


class Box:
    """A tool that shows an outline and covers a box in the end."""

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


def take_box(easel: Easel, monkeypatch: pytest.MonkeyPatch) -> None:
    box = ToolSpec("box", "&Box", "Paint a box", "brush", "M", Box, has_size=False)
    monkeypatch.setitem(TOOLS, "box", box)
    easel.brush.tool = "box"


def test_an_outline_is_shown_until_it_becomes_a_coverage(
    easel: Easel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_box(easel, monkeypatch)
    easel.hover(8, 8)
    assert easel.canvas.cursor().shape() == Qt.CursorShape.CrossCursor
    before = easel.canvas.grab().toImage()
    easel.press(8, 8)
    easel.move(30, 20)
    assert not easel.mask.any() and not easel.regions
    assert easel.canvas.grab().toImage() != before
    with qtbot.waitSignal(easel.canvas.committed):
        easel.release(30, 20)
    assert (easel.mask[8:20, 8:30] == 255).all() and easel.mask.sum() == 255 * 12 * 22
    assert easel.regions == [Rect(8, 8, 22, 12)]
    assert easel.session.undo_label == "box"
    easel.canvas.refresh(easel.session.undo())
    assert easel.canvas.grab().toImage() == before


def test_ctrl_erases_with_any_tool_and_escape_cancels(easel: Easel, monkeypatch: pytest.MonkeyPatch) -> None:
    take_box(easel, monkeypatch)
    easel.session.fill("source")
    easel.press(8, 8)
    easel.move(30, 20)
    QTest.keyClick(easel.canvas, Qt.Key.Key_Escape)
    easel.release(30, 20)
    assert (easel.mask == 255).all() and easel.session.undo_label == "fill mask"
    easel.press(8, 8, CTRL)
    easel.move(30, 20)
    easel.release(30, 20)
    assert not easel.mask[8:20, 8:30].any()


# ---- pen


def pen(
    easel: Easel,
    kind: QEvent.Type,
    x: float,
    y: float,
    pressure: float,
    tip: QPointingDevice.PointerType = QPointingDevice.PointerType.Pen,
) -> bool:
    """Send a pen's event; whether it was taken, so that no mouse event follows."""
    everything = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
    device = QPointingDevice("stylus", 7, QInputDevice.DeviceType.Stylus, tip, everything, 1, 3)
    at = easel.place(x, y)
    held = NONE if kind == QEvent.Type.TabletRelease or not pressure else LEFT
    button = NONE if kind == QEvent.Type.TabletMove else LEFT
    event = QTabletEvent(
        kind, device, at, easel.canvas.mapToGlobal(at), pressure, 0, 0, 0, 0, 0, PLAIN, button, held
    )
    event.setAccepted(False)  # as the platform sends it
    QApplication.sendEvent(easel.canvas, event)
    return event.isAccepted()


def width_at(easel: Easel, x: int) -> float:
    return float(easel.mask[:, x].sum()) / 255


def test_pressure_makes_the_stroke_wider(easel: Easel) -> None:
    easel.brush.radius = 8.0
    assert pen(easel, QEvent.Type.TabletPress, 8, 20, 0.125)
    assert pen(easel, QEvent.Type.TabletMove, 32, 20, 1.0)
    assert pen(easel, QEvent.Type.TabletRelease, 32, 20, 0.0)
    assert easel.session.can_undo
    assert width_at(easel, 8) < 4 < width_at(easel, 20) < width_at(easel, 31)
    assert width_at(easel, 31) == pytest.approx(16, abs=1)


def test_pressure_can_be_switched_off(easel: Easel) -> None:
    easel.brush.radius, easel.brush.pressure_enabled = 5.0, False
    pen(easel, QEvent.Type.TabletPress, 20, 20, 0.2)
    pen(easel, QEvent.Type.TabletRelease, 20, 20, 0.0)
    assert width_at(easel, 20) == pytest.approx(10, abs=0.5)


def test_the_pens_other_end_erases(easel: Easel) -> None:
    easel.session.fill("source")
    eraser = QPointingDevice.PointerType.Eraser
    pen(easel, QEvent.Type.TabletPress, 20, 20, 1.0, eraser)
    pen(easel, QEvent.Type.TabletRelease, 20, 20, 0.0, eraser)
    assert easel.mask[20, 20] == 0
    easel.click(20, 20)
    assert easel.mask[20, 20] == 255, "the mouse paints on"


def test_what_a_pen_does_besides_painting_becomes_mouse_events(easel: Easel) -> None:
    assert not pen(easel, QEvent.Type.TabletMove, 20, 20, 0.0)
    assert not pen(easel, QEvent.Type.TabletPress, 20, -2, 1.0)
    QTest.keyPress(easel.canvas, Qt.Key.Key_Space)
    assert not pen(easel, QEvent.Type.TabletPress, 20, 20, 1.0)
    assert not easel.session.can_undo


# ---- what it looks like


def test_a_ring_of_black_and_white_takes_the_cursors_place(easel: Easel) -> None:
    assert easel.canvas.cursor().shape() == Qt.CursorShape.ArrowCursor
    for radius in (3.0, 9.0):
        easel.brush.radius = radius
        easel.hover(20, 20)
        assert easel.canvas.cursor().shape() == Qt.CursorShape.BlankCursor
        outer, inner = easel.ring_colours(20, 20)
        assert outer.lightness() < 50
        assert inner.lightness() > 200
    easel.hover(20, -2)
    assert easel.canvas.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_the_ring_is_red_while_erasing(easel: Easel) -> None:
    def is_red() -> bool:
        inner = easel.ring_colours(20, 20)[1]
        return inner.red() > 180 and inner.green() < 120

    easel.hover(20, 20)
    assert not is_red()
    QTest.keyPress(easel.canvas, Qt.Key.Key_Control)
    assert is_red()
    QTest.keyRelease(easel.canvas, Qt.Key.Key_Control)
    assert not is_red()
    easel.brush.tool = "eraser"
    assert is_red()


def test_the_ring_goes_with_the_pointer(easel: Easel) -> None:
    plain = easel.canvas.grab().toImage()
    easel.hover(20, 20)
    assert easel.canvas.grab().toImage() != plain
    QApplication.sendEvent(easel.canvas, QEvent(QEvent.Type.Leave))
    assert easel.canvas.grab().toImage() == plain


def test_a_move_repaints_no_more_than_it_must(easel: Easel, qtbot: QtBot) -> None:
    easel.press(10, 20)
    QApplication.processEvents()
    easel.canvas.painted = QRect()
    easel.move(11, 20)
    qtbot.waitUntil(lambda: not easel.canvas.painted.isEmpty())
    assert (
        easel.canvas.painted.width() <= 160
    )  # of 416: the brush, its ring and the interpolation around them
    easel.release(11, 20)
    piecemeal = easel.canvas.grab().toImage()
    easel.canvas.repaint_all()
    assert easel.canvas.grab().toImage() == piecemeal


def test_the_overlay_follows_brush_and_undo(easel: Easel) -> None:
    empty = easel.canvas.grab().toImage()
    easel.click(20, 20)
    QApplication.sendEvent(easel.canvas, QEvent(QEvent.Type.Leave))
    painted = easel.canvas.grab().toImage()
    assert painted != empty
    easel.brush.overlay_opacity = 0.9
    assert easel.canvas.grab().toImage() != painted
    easel.canvas.refresh(easel.session.undo())
    assert easel.canvas.grab().toImage() == empty


def test_a_canvas_without_pictures_waits(qtbot: QtBot) -> None:
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
