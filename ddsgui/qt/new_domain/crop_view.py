"""An example picture with its crop."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from ddsgui.editing.crop_handles import CORNERS
from ddsgui.editing.example_crop import LEFT_EYE, RIGHT_EYE, Crop
from ddsgui.qt.widgets.pixmaps import to_pixmap
from ddsgui.qt.widgets.theme import CORNER, FRAME

MARGIN, STALK = 40, 22  # widget pixels: around the picture; from the square to its rotation handle
HANDLE = 4.5  # half its width
VEIL, LINE, SHADOW = QColor(18, 18, 20, 150), QColor(255, 255, 255), QColor(0, 0, 0, 140)
STROKES = (QPen(SHADOW, 3), QPen(LINE, 1.2))  # light on dark, visible on any picture


class CropView(QWidget):
    """Shows a picture and its crop, which is in pixels of the original at any size."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: QPixmap | None = None
        self._scaled: QPixmap | None = None
        self._size = (1, 1)  # height, width of the picture itself
        self._crop = Crop(0.5, 0.5, 1)
        self._marks: list[tuple[float, float]] = []  # crosses on the picture
        self.setMinimumSize(280, 280)

    @property
    def crop(self) -> Crop:
        return self._crop

    def sizeHint(self) -> QSize:
        return QSize(480, 480)

    def show_picture(self, picture: np.ndarray | None, size: tuple[int, int], crop: Crop) -> None:
        """Show uint8 [h, w, 3], a small copy of a picture of `size` (height, width); None for no picture."""
        if picture is None:
            self._picture = None
        else:
            self._picture = to_pixmap(picture)
        self._size, self._scaled = size, None
        self.show_crop(crop)

    def show_crop(self, crop: Crop) -> None:
        """Show a crop; emits nothing."""
        self._crop = crop
        where = f"centre {crop.x:.0f}, {crop.y:.0f}; side {crop.side:.0f} pixels; turned by {crop.angle:.0f}°"
        self.setAccessibleDescription(where if self._picture is not None else "No picture")
        self.update()

    # ---- geometry

    def area(self) -> QRectF:
        """Return the area of the picture, in widget pixels."""
        height, width = self._size
        scale = self._scale
        corner = QPointF(self.width() - width * scale, self.height() - height * scale) / 2
        return QRectF(corner.x(), corner.y(), width * scale, height * scale)

    def to_widget(self, point: tuple[float, float]) -> QPointF:
        """Convert picture pixels to widget pixels."""
        return self.area().topLeft() + QPointF(*point) * self._scale

    def to_picture(self, point: QPointF) -> tuple[float, float]:
        inside = (point - self.area().topLeft()) / self._scale
        return inside.x(), inside.y()

    def corner(self, number: int) -> QPointF:
        """Return a corner of the square, clockwise; 0 is the top left one while it is upright."""
        return self.to_widget(self._crop.on_picture(*CORNERS[number]))

    def rotation_handle(self) -> QPointF:
        """Return the handle that turns the square, above the middle of its upper side."""
        beyond = STALK / (self._crop.side * self._scale)
        return self.to_widget(self._crop.on_picture(0.5, -beyond))

    @property
    def _scale(self) -> float:
        """Widget pixels per picture pixel."""
        height, width = self._size
        return min(max(self.width() - 2 * MARGIN, 16) / width, max(self.height() - 2 * MARGIN, 16) / height)

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(FRAME)
            painter.drawRoundedRect(self.rect(), CORNER, CORNER)
            if self._picture is not None:
                painter.drawPixmap(self.area().topLeft(), self._fitting(self._picture))
                self._paint_square(painter)
            if self.hasFocus():
                painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)

    def _paint_square(self, painter: QPainter) -> None:
        square = QPolygonF([self.corner(number) for number in range(4)])
        cut, around = QPainterPath(), QPainterPath()
        cut.addPolygon(square)
        around.addRect(self.area())
        painter.fillPath(around.subtracted(cut), VEIL)

        middle = self.to_widget(self._crop.on_picture(0.5, 0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in STROKES:
            painter.setPen(pen)
            painter.drawPolygon(square)
            painter.drawLine(middle, self.rotation_handle())
            for eye in (LEFT_EYE, RIGHT_EYE):  # at the domain's places
                painter.drawEllipse(self.to_widget(self._crop.on_picture(*eye)), 6, 6)
            for mark in map(self.to_widget, self._marks):
                painter.drawLine(mark - QPointF(7, 0), mark + QPointF(7, 0))
                painter.drawLine(mark - QPointF(0, 7), mark + QPointF(0, 7))

        painter.setPen(QPen(SHADOW, 1))
        painter.setBrush(LINE)
        for number in range(4):
            corner = self.corner(number)
            painter.drawRect(QRectF(corner.x() - HANDLE, corner.y() - HANDLE, 2 * HANDLE, 2 * HANDLE))
        painter.setPen(QPen(LINE, 1.2))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Highlight))
        painter.drawEllipse(self.rotation_handle(), HANDLE + 1.5, HANDLE + 1.5)

    def _fitting(self, picture: QPixmap) -> QPixmap:
        """Return the picture at its size on the screen; scaled once, not at every repaint."""
        ratio = self.devicePixelRatioF()
        size = (self.area().size() * ratio).toSize().expandedTo(QSize(1, 1))
        if self._scaled is None or self._scaled.size() != size:
            ignored, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            self._scaled = picture.scaled(size, ignored, smooth)
            self._scaled.setDevicePixelRatio(ratio)
        return self._scaled

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._scaled = None
        super().resizeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
