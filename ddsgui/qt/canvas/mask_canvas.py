"""A pane in which a mask is painted."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from ddsgui.editing.mask import Point, Rect
from ddsgui.editing.session import Role, Session
from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.canvas.pane import HEADER, Pane
from ddsgui.qt.canvas.shared_view import SharedView

PAINTING, ERASING = QColor("white"), QColor("#ff3b3b")  # the ring's bright pixel
MIN_RING = 2.5  # widget pixels; a smaller ring would hide what it points at
SIZE_STEP = 1.15  # a notch of Ctrl+wheel


class MaskCanvas(Pane):
    """Shows the picture and the mask of `role` in the session, and paints into that mask.

    One gesture, from press to release, is one undo step. Escape takes back the gesture under way.
    """

    region_changed = Signal(
        object
    )  # Rect of the picture: at each move of a gesture, and when one is taken back
    committed = Signal()  # a gesture has changed the mask; the session's revision is new

    def __init__(
        self,
        title: str,
        view: SharedView,
        session: Session,
        role: Role,
        brush: PaintSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, view, parent)
        self._session = session
        self._role: Role = role
        self._brush = brush
        self._painting = False
        self._by_pen = False
        self._erasing = False
        self._pointer: QPointF | None = None  # in widget pixels, while over the canvas
        self._last: Point | None = None  # where the last stroke ended; Shift+click goes on from there
        brush.changed.connect(self._follow_brush)
        self._follow_brush()
        self.refresh()

    def refresh(self, rect: Rect | None = None) -> None:
        """Show the session as it is now; `rect` if only that section of the mask has changed."""
        sample = self._session.sample
        if sample is None:
            self.set_overlay(None)
            self.set_image(None)
        elif rect is not None:
            self.update_overlay(self._session.mask(self._role), rect)
        else:
            self._last = None
            self.set_overlay(self._session.mask(self._role))
            self.set_image(sample.source if self._role == "source" else sample.target)

    # ---- a gesture

    def _begin(self, position: QPointF, radius: float, modifiers: Qt.KeyboardModifier) -> None:
        self._painting = True
        self._session.begin(self._role, 0 if self._erasing else 255)
        if modifiers & Qt.KeyboardModifier.ShiftModifier and self._last is not None:
            self._draw(self._last)
        self._extend(position, radius)

    def _extend(self, position: QPointF, radius: float) -> None:
        at = self.viewport().to_image(position)
        self._last = (at.x(), at.y(), radius)
        self._draw(self._last)

    def _draw(self, point: Point) -> None:
        rect = self._session.extend(self._role, *point)
        if rect is not None:
            self._show_change(rect)

    def _end(self) -> None:
        if self._painting:
            self._painting = self._by_pen = False
            if self._session.commit():
                self.committed.emit()

    def _abort(self) -> None:
        self._painting = self._by_pen = False
        rect = self._session.abort()
        if rect is not None:
            self._show_change(rect)

    def _show_change(self, rect: Rect) -> None:
        self.update_overlay(self._session.mask(self._role), rect)
        self.region_changed.emit(rect)

    # ---- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        paints = event.button() == Qt.MouseButton.LeftButton and not self.starts_pan(event.button())
        if paints and self._is_canvas(event.position()):
            self._point_at(event.position(), event.modifiers())
            self._begin(event.position(), self._brush.radius, event.modifiers())
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._painting and not event.buttons() & Qt.MouseButton.LeftButton:
            self._end()  # the release went elsewhere, to a window that opened meanwhile
        self._point_at(event.position(), event.modifiers())
        if self._painting:
            self._extend(event.position(), self._brush.radius)
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._painting and event.button() == Qt.MouseButton.LeftButton:
            self._end()
            self._point_at(event.position(), event.modifiers())
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._is_canvas(event.position()):
            self.mousePressEvent(event)  # two quick dabs
        else:
            super().mouseDoubleClickEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._brush.radius *= SIZE_STEP ** (event.angleDelta().y() / 120)
            event.accept()
        else:
            super().wheelEvent(event)

    # ---- pen: what is not painting is left to the mouse events that Qt makes of it

    def tabletEvent(self, event: QTabletEvent) -> None:
        position, radius = event.position(), self._brush.radius_at(event.pressure())
        if event.type() == QEvent.Type.TabletPress and self._pen_paints(event):
            self._by_pen = True
            self._point_at(position, event.modifiers())
            self._erasing |= event.pointerType() == QPointingDevice.PointerType.Eraser
            self._begin(position, radius, event.modifiers())
        elif event.type() == QEvent.Type.TabletMove and self._by_pen:
            self._point_at(position, event.modifiers())
            self._extend(position, radius)
        elif event.type() == QEvent.Type.TabletRelease and self._by_pen:
            self._end()
        else:
            event.ignore()
            return
        event.accept()

    def _pen_paints(self, event: QTabletEvent) -> bool:
        tip = event.button() == Qt.MouseButton.LeftButton and not self.starts_pan(event.button())
        return tip and self._is_canvas(event.position())

    # ---- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._painting:
            self._abort()
        elif event.key() == Qt.Key.Key_Control:
            self._aim(Qt.KeyboardModifier.ControlModifier)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Control:
            self._aim(Qt.KeyboardModifier.NoModifier)
        else:
            super().keyReleaseEvent(event)

    # ---- the ring in the cursor's place

    def leaveEvent(self, event: QEvent) -> None:
        self._update_ring()
        self._pointer = None
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._end()
        super().hideEvent(event)

    def idle_cursor(self) -> Qt.CursorShape:
        paints = self._image is not None and self._pointer is not None
        return Qt.CursorShape.BlankCursor if paints else Qt.CursorShape.ArrowCursor

    def paint_over(self, painter: QPainter) -> None:
        super().paint_over(painter)
        if self._pointer is None or self.cursor().shape() != Qt.CursorShape.BlankCursor:
            return
        painter.setClipRect(self.canvas_rect())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = self._ring_radius()
        for colour, r in (
            (QColor("black"), radius + 0.5),
            (ERASING if self._erasing else PAINTING, radius - 0.5),
        ):
            painter.setPen(QPen(colour, 1))
            painter.drawEllipse(self._pointer, r, r)

    def _is_canvas(self, position: QPointF) -> bool:
        """Where strokes may begin: beside the picture too, but not on the title."""
        return self._image is not None and position.y() >= HEADER

    def _point_at(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._update_ring()
        self._pointer = position if self._painting or self._is_canvas(position) else None
        self._aim(modifiers)
        self.show_cursor()
        self._update_ring()

    def _aim(self, modifiers: Qt.KeyboardModifier) -> None:
        """Ctrl erases for as long as it is held; a gesture stays what it was begun as."""
        if not self._painting:
            held = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
            self._erasing = held or self._brush.tool == "eraser"
            self._update_ring()

    def _ring_radius(self) -> float:
        return max(MIN_RING, self._brush.radius * self.viewport().scale)

    def _update_ring(self) -> None:
        if self._pointer is not None:
            r = self._ring_radius() + 3
            ring = QRectF(self._pointer.x() - r, self._pointer.y() - r, 2 * r, 2 * r)
            self.update(ring.toAlignedRect())

    def _follow_brush(self) -> None:
        self._aim(QApplication.keyboardModifiers())
        if self._overlay_opacity != self._brush.overlay_opacity:
            self.set_overlay(self._overlay, self._brush.overlay_opacity)
        self.update()  # the ring, old and new
