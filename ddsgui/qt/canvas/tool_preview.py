"""The preview of a tool over an image: the ring of a brush, the outline of a selection."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ddsgui.editing.tools.base import Outline
from ddsgui.qt.canvas.viewport import Viewport

PAINTING, ERASING, DARK = QColor("white"), QColor("#ff3b3b"), QColor("black")


def draw_ring(painter: QPainter, centre: QPointF, radius: float, erasing: bool) -> None:
    """Draw a ring of one dark and one bright pixel, visible on any image; `radius` in widget pixels."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, r in ((DARK, radius + 0.5), (ERASING if erasing else PAINTING, radius - 0.5)):
        painter.setPen(QPen(colour, 1))
        painter.drawEllipse(centre, r, r)


def draw_outline(painter: QPainter, viewport: Viewport, outline: Outline, erasing: bool) -> None:
    """Draw a line through image points: dashes of bright pixels on dark ones."""
    points = [viewport.to_widget_point(QPointF(x, y)) for x, y in outline]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(DARK, 1), QPen(ERASING if erasing else PAINTING, 1, Qt.PenStyle.DashLine)):
        painter.setPen(pen)
        painter.drawPolyline(points)
