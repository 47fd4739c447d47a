"""The look of a mask over an image: a tint and a thin outline."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QColor, QPainter, qRgba

from ddsgui.qt.canvas.viewport import Viewport
from ddsgui.qt.widgets.pixmaps import indexed_image


def draw_overlay(
    painter: QPainter, viewport: Viewport, mask: np.ndarray, area: QRect, colour: QColor, opacity: float
) -> None:
    """Draw `mask`, uint8 [H, W], over `area`, which is given in device pixels.

    The outline is found on the screen, not in the image, so that it is thin at any zoom and follows the
    anti-aliased edge. It is white inside and black outside, so that it is visible on any image.
    """
    rim = max(1, round(viewport.device_ratio))
    half = _half_pixel(viewport)
    reach = rim + 2 * half
    sampled = viewport.sample(mask, area.adjusted(-reach, -reach, reach, reach), smooth=cv2.INTER_LINEAR)
    if not sampled.any():
        return
    smooth = sampled
    for _ in range(2 if half else 0):  # the steps of single pixels become a curve
        smooth = cv2.blur(smooth, (2 * half + 1, 2 * half + 1))
    part = cv2.threshold(smooth, 127, 255, cv2.THRESH_BINARY)[1]
    edge = cv2.blur(part, (2 * rim + 1, 2 * rim + 1))
    inner = (slice(reach, -reach), slice(reach, -reach))
    corner = QPointF(area.x(), area.y()) / viewport.device_ratio
    for values, table in ((smooth, _tint(colour.rgb(), opacity)), (edge, _outline())):
        image = indexed_image(np.ascontiguousarray(values[inner]), table)
        image.setDevicePixelRatio(viewport.device_ratio)
        painter.drawImage(corner, image)


def _half_pixel(viewport: Viewport) -> int:
    """Return half the side of an image's pixel in device pixels; 0 where pixels are too small or shown as squares."""
    return 0 if viewport.shows_pixels else int(viewport.scale * viewport.device_ratio / 2)


@lru_cache(maxsize=8)
def _tint(rgb: int, opacity: float) -> list[int]:
    """Return the tint's colours by the mask's value."""
    colour = QColor.fromRgb(rgb)
    r, g, b = colour.red(), colour.green(), colour.blue()
    return [qRgba(r, g, b, round(value * opacity)) for value in range(256)]


@lru_cache(maxsize=1)
def _outline() -> list[int]:
    """Return colours by the share of a pixel's surroundings in the part: two thirds inside, one third outside."""
    table = []
    for value in range(256):
        light = value >= 128
        strength = max(0.0, 1 - abs(value / 255 - (2 / 3 if light else 1 / 3)) * 3)
        grey = 255 if light else 0
        table.append(qRgba(grey, grey, grey, round(strength * (230 if light else 150))))
    return table
