"""A pane that shows two images with a divider between them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen

from ddsgui.qt.canvas.image_view import PaneImage
from ddsgui.qt.canvas.pane import Pane
from ddsgui.qt.canvas.shared_view import SharedView
from ddsgui.qt.canvas.viewport import Viewport
from ddsgui.qt.widgets.theme import CORNER, TITLE
from ddsgui.rect import Rect

STEP, LARGE_STEP = 0.01, 0.1  # of an arrow key, and with Shift
HANDLE_PX = 9  # radius, widget pixels


class WipePane(Pane):
    """Shows one image, or one on the left of a divider and another, of the same size, on its right.

    The divider is dragged with the left button, and moved with the arrow keys, Home and End.
    """

    divider_moved = Signal(float)

    def __init__(self, title: str, view: SharedView) -> None:
        self._right: np.ndarray | None = None
        self._labels = "", ""
        self._divider = 0.5
        super().__init__(title, view)  # describes the pane
        self._is_dragging = False

    @property
    def divider(self) -> float:
        """The place of the divider as a fraction of the visible section's width."""
        return self._divider

    @divider.setter
    def divider(self, fraction: float) -> None:
        fraction = min(max(fraction, 0.0), 1.0)
        if fraction == self._divider:
            return
        before, self._divider = self._divider_x(), fraction
        if self._right is not None:
            edges = sorted((before, self._divider_x()))
            strip = QRectF(edges[0], 0, edges[1] - edges[0], self.height())
            self._repaint(strip.adjusted(-1, 0, 1, 0).toAlignedRect())
            self.update()  # the line, and the labels that have room
            self.divider_moved.emit(fraction)
        self._describe()

    def show_one(self, image: np.ndarray | None) -> None:
        """Show uint8 [H, W, 3] alone, or the placeholder."""
        self._right, self._is_dragging = None, False
        self.set_image(image)

    def show_both(self, left: np.ndarray, right: np.ndarray, labels: tuple[str, str]) -> None:
        """Show two images of one size, uint8 [H, W, 3], and what each is called."""
        self._right, self._labels = right, labels
        self.set_image(left)

    def _put(self, pane_image: PaneImage, upscaled: object = None) -> None:
        super()._put(pane_image)  # never upscaled: images are compared as they are

    def _describe(self) -> None:
        super()._describe()
        if self._right is not None:
            left, right = self._labels
            percent = round(100 * self._divider)
            self.setAccessibleDescription(f"{left} on the left, {right} on the right of {percent} %")

    # ---- painting

    def _visible(self) -> QRectF:
        """Return the part of the image that is on the screen, in widget pixels."""
        canvas = QRectF(self.canvas_rect())
        if self._image is None:
            return canvas
        height, width = self._image.shape[:2]
        visible = self.viewport().to_widget(Rect(0, 0, width, height)).intersected(canvas)
        return canvas if visible.isEmpty() else visible

    def _divider_x(self) -> float:
        """Return the place of the divider in widget pixels, on whole device pixels."""
        visible, ratio = self._visible(), self.devicePixelRatioF()
        return round((visible.left() + self._divider * visible.width()) * ratio) / ratio

    def _sample(self, viewport: Viewport, pixels: QRect) -> np.ndarray:
        if self._right is None:
            return super()._sample(viewport, pixels)
        columns = round(self._divider_x() * viewport.device_ratio) - pixels.left()
        columns = min(max(columns, 0), pixels.width())
        left, right = QRect(pixels), QRect(pixels)
        left.setWidth(columns)
        right.setLeft(pixels.left() + columns)
        parts = []
        if columns:
            parts.append(super()._sample(viewport, left))
        if columns < pixels.width():
            parts.append(viewport.sample(self._right, right))
        return parts[0] if len(parts) == 1 else np.hstack(parts)

    def paint_over(self, painter: QPainter) -> None:
        super().paint_over(painter)
        if self._right is None or self._image is None:
            return
        x, visible = self._divider_x(), self._visible()
        top, bottom = QPointF(x, visible.top()), QPointF(x, visible.bottom())
        for colour, width in ((QColor(0, 0, 0, 150), 3.0), (QColor("white"), 1.0)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(top, bottom)
        painter.setPen(QPen(QColor(0, 0, 0, 150), 1.0))
        painter.setBrush(QColor("white"))
        middle = QPointF(x, visible.center().y())
        painter.drawEllipse(middle, HANDLE_PX, HANDLE_PX)
        painter.setPen(QPen(QColor("#303030"), 1.5))
        for side in (-1, 1):
            tip = middle + QPointF(side * 5.5, 0)
            painter.drawPolyline([tip + QPointF(-side * 3, -3), tip, tip + QPointF(-side * 3, 3)])
        self._paint_label(painter, visible, self._labels[0], is_left=True, room=x - visible.left())
        self._paint_label(painter, visible, self._labels[1], is_left=False, room=visible.right() - x)

    def _paint_label(self, painter: QPainter, visible: QRectF, text: str, is_left: bool, room: float) -> None:
        """Write a name into an upper corner, if the image on that side leaves room for it."""
        metrics = painter.fontMetrics()
        place = QRectF(0, 0, metrics.horizontalAdvance(text) + 16, metrics.height() + 6)
        if place.width() + 12 > room:
            return
        place.moveTop(visible.top() + 6)
        place.moveLeft(visible.left() + 6) if is_left else place.moveRight(visible.right() - 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 20, 22, 180))
        painter.drawRoundedRect(place, CORNER / 2, CORNER / 2)
        painter.setPen(TITLE)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    # ---- mouse and keys

    def idle_cursor(self) -> Qt.CursorShape:
        return super().idle_cursor() if self._right is None else Qt.CursorShape.SplitHCursor

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        is_left = event.button() == Qt.MouseButton.LeftButton and not self.starts_pan(event.button())
        if is_left and self._right is not None:
            self._is_dragging = True
            self._drag_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._is_dragging and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag_to(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self._is_dragging = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = LARGE_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        places = {
            Qt.Key.Key_Left: self._divider - step,
            Qt.Key.Key_Right: self._divider + step,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: 1.0,
        }
        place = places.get(Qt.Key(event.key()))
        if place is None or self._right is None:
            super().keyPressEvent(event)
        else:
            self.divider = place

    def _drag_to(self, at: QPointF) -> None:
        visible = self._visible()
        self.divider = (at.x() - visible.left()) / visible.width()
