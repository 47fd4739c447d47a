"""A pane to paint a mask in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPointingDevice,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from ddsgui.editing.mask import Coverage, Point
from ddsgui.editing.session import Role, Session
from ddsgui.editing.tools.base import Modifiers, Surface, Tool
from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.canvas.pane import HEADER, Pane
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.qt.canvas.tool_preview import draw_outline, draw_ring
from ddsgui.rect import Rect

MIN_RING = 2.5  # widget pixels; a smaller ring would hide the pixels that it points at
SIZE_STEP = 1.15  # per notch of Ctrl+wheel


class MaskCanvas(Pane):
    """Shows the image and the mask of `role` in the session, and paints into that mask.

    One gesture, from press to release, is one undo step. Escape cancels a gesture.
    """

    region_changed = Signal(object)  # Rect of the image that looks different: during and after a gesture
    committed = Signal()  # a gesture has changed the mask and the session's revision

    def __init__(
        self,
        title: str,
        view: SharedView,
        session: Session,
        role: Role,
        settings: PaintSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, view, parent)
        self._session = session
        self._role: Role = role
        self._settings = settings
        self._tool: Tool | None = None  # of the current gesture
        self._by_pen = False
        self._erasing = False
        self._pointer: QPointF | None = None  # in widget pixels, while over the canvas
        self._last: Point | None = None  # the end of the last gesture
        settings.changed.connect(self._follow_settings)
        self._follow_settings()
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
        assert self._image is not None
        mask = self._session.mask(self._role)
        flags = Modifiers.ERASE if self._erasing else Modifiers.NONE
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            flags |= Modifiers.STRAIGHT
        self._tool = tool = self._settings.spec.start(Surface(self._image, mask, self._last))
        rect = tool.press(self._point(position, radius), flags)
        self._session.begin(self._role, tool.label)
        self._show_preview(tool, rect)

    def _extend(self, tool: Tool, position: QPointF, radius: float) -> None:
        self._show_preview(tool, tool.move(self._point(position, radius)))

    def _point(self, position: QPointF, radius: float) -> Point:
        at = self.viewport().to_image(position)
        self._last = (at.x(), at.y(), radius)
        return self._last

    def _show_preview(self, tool: Tool, rect: Rect | None) -> None:
        if rect is None:
            return
        preview = tool.preview()
        if isinstance(preview, Coverage):
            self._show_change(self._session.preview(self._role, preview, rect))
        else:
            self.update(self.viewport().touched(rect))

    def _end(self) -> None:
        tool, self._tool, self._by_pen = self._tool, None, False
        if tool is None:
            return
        was_outline = not isinstance(tool.preview(), Coverage)
        coverage = tool.release()
        if coverage is not None:
            self._show_change(self._session.preview(self._role, coverage, coverage.rect))
        if was_outline:
            self.update()
        if self._session.commit():
            self.committed.emit()

    def _abort(self) -> None:
        self._tool, self._by_pen = None, False
        self.update()
        self._show_change(self._session.abort())

    def _show_change(self, rect: Rect | None) -> None:
        if rect is not None:
            self.update_overlay(self._session.mask(self._role), rect)
            self.region_changed.emit(rect)

    # ---- mouse

    # Some drivers report a pen as a mouse as well: while it paints, mouse events are dropped.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._by_pen:
            return
        paints = event.button() == Qt.MouseButton.LeftButton and not self.starts_pan(event.button())
        if paints and self._is_canvas(event.position()):
            self._point_at(event.position(), event.modifiers())
            self._begin(event.position(), self._settings.radius, event.modifiers())
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._by_pen:
            return
        if self._tool is not None and not event.buttons() & Qt.MouseButton.LeftButton:
            self._end()  # the release went to another window that opened meanwhile
        self._point_at(event.position(), event.modifiers())
        if self._tool is not None:
            self._extend(self._tool, event.position(), self._settings.radius)
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._by_pen:
            return
        if self._tool is not None and event.button() == Qt.MouseButton.LeftButton:
            self._end()
            self._point_at(event.position(), event.modifiers())
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._is_canvas(event.position()):
            self.mousePressEvent(event)  # two quick strokes
        else:
            super().mouseDoubleClickEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._settings.radius *= SIZE_STEP ** (event.angleDelta().y() / 120)
            event.accept()
        else:
            super().wheelEvent(event)

    # ---- pen: events that do not paint become mouse events in Qt

    def tabletEvent(self, event: QTabletEvent) -> None:
        position, radius = event.position(), self._settings.radius_at(event.pressure())
        if event.type() == QEvent.Type.TabletPress and self._pen_paints(event):
            if self._tool is not None:
                self._abort()  # the pen's mouse event came first
            self._by_pen = True
            self._point_at(position, event.modifiers())
            self._erasing |= event.pointerType() == QPointingDevice.PointerType.Eraser
            self._begin(position, radius, event.modifiers())
        elif event.type() == QEvent.Type.TabletMove and self._by_pen and self._tool is not None:
            self._point_at(position, event.modifiers())
            self._extend(self._tool, position, radius)
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
        if event.key() == Qt.Key.Key_Escape and self._tool is not None:
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

    # ---- the pointer

    def leaveEvent(self, event: QEvent) -> None:
        self._update_ring()
        self._pointer = None
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._end()
        super().hideEvent(event)

    def idle_cursor(self) -> Qt.CursorShape:
        if self._image is None or self._pointer is None:
            return Qt.CursorShape.ArrowCursor
        ring = self._settings.spec.has_size
        return Qt.CursorShape.BlankCursor if ring else Qt.CursorShape.CrossCursor

    def paint_over(self, painter: QPainter) -> None:
        super().paint_over(painter)
        painter.setClipRect(self.canvas_rect())
        preview = self._tool.preview() if self._tool is not None else None
        if isinstance(preview, tuple):
            draw_outline(painter, self.viewport(), preview, self._erasing)
        if self._pointer is not None and self.cursor().shape() == Qt.CursorShape.BlankCursor:
            draw_ring(painter, self._pointer, self._ring_radius(), self._erasing)

    def _is_canvas(self, position: QPointF) -> bool:
        """Return whether gestures may start there: also around the image, but not on the title."""
        return self._image is not None and position.y() >= HEADER

    def _point_at(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._update_ring()
        self._pointer = position if self._tool is not None or self._is_canvas(position) else None
        self._aim(modifiers)
        self.show_cursor()
        self._update_ring()

    def _aim(self, modifiers: Qt.KeyboardModifier) -> None:
        """Erase while Ctrl is held; a gesture that has started does not change."""
        if self._tool is None:
            ctrl = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
            self._erasing = ctrl or self._settings.spec.erases
            self._update_ring()

    def _ring_radius(self) -> float:
        return max(MIN_RING, self._settings.radius * self.viewport().scale)

    def _update_ring(self) -> None:
        if self._pointer is not None:
            r = self._ring_radius() + 3
            ring = QRectF(self._pointer.x() - r, self._pointer.y() - r, 2 * r, 2 * r)
            self.update(ring.toAlignedRect())

    def _follow_settings(self) -> None:
        self._aim(QApplication.keyboardModifiers())
        if self._overlay_opacity != self._settings.overlay_opacity:
            self.set_overlay(self._overlay, self._settings.overlay_opacity)
        self.show_cursor()
        self.update()  # the ring, old and new
