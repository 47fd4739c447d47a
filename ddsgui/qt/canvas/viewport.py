"""The place of an image in a widget, and its appearance there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF

from ddsgui.rect import Rect

NEAREST_FROM = 24.0  # widget pixels per image pixel, from which single pixels are shown


@dataclass(frozen=True)
class Viewport:
    """The place of an image: widget = image · scale + (x, y)."""

    scale: float  # widget pixels per image pixel
    x: float  # the image's left edge, in widget pixels
    y: float
    device_ratio: float = 1.0  # device pixels per widget pixel

    def to_image(self, point: QPointF) -> QPointF:
        return QPointF((point.x() - self.x) / self.scale, (point.y() - self.y) / self.scale)

    def to_widget_point(self, point: QPointF) -> QPointF:
        return QPointF(self.x + point.x() * self.scale, self.y + point.y() * self.scale)

    def to_widget(self, rect: Rect) -> QRectF:
        s = self.scale
        return QRectF(self.x + rect.x * s, self.y + rect.y * s, rect.w * s, rect.h * s)

    def touched(self, rect: Rect) -> QRect:
        """Return the widget pixels that change with `rect` of the image."""
        reach = 2 * self.scale + 3  # interpolation, the outline of a mask
        return self.to_widget(rect).adjusted(-reach, -reach, reach, reach).toAlignedRect()

    @property
    def shows_pixels(self) -> bool:
        """True if single pixels are shown as squares."""
        return self.scale >= NEAREST_FROM

    def sample(self, image: np.ndarray, area: QRect, smooth: int = cv2.INTER_CUBIC) -> np.ndarray:
        """Return `area`, given in device pixels, of `image`, uint8 [H, W] or [H, W, 3], on the screen: uint8 [h, w, …].

        Beyond its edges the image is continued. Only the visible section is read, so that the time depends only on
        `area`.
        """
        step = 1 / (self.scale * self.device_ratio)  # image pixels per device pixel
        left = (area.x() + 0.5) * step - self.x / self.scale - 0.5
        top = (area.y() + 0.5) * step - self.y / self.scale - 0.5
        if self.shows_pixels:
            rows = _nearest(top, step, area.height(), image.shape[0])
            columns = _nearest(left, step, area.width(), image.shape[1])
            return image.take(rows, axis=0).take(columns, axis=1)
        # An image that is shown much smaller is averaged first, because it would sparkle otherwise.
        shrink = 2 ** int(math.log2(step)) if step >= 2 else 1
        columns = _section(left, area.width() * step, image.shape[1], shrink)
        rows = _section(top, area.height() * step, image.shape[0], shrink)
        section = np.ascontiguousarray(image[rows, columns])
        if shrink > 1:
            size = (max(1, section.shape[1] // shrink), max(1, section.shape[0] // shrink))
            section = cv2.resize(section, size, interpolation=cv2.INTER_AREA)
        matrix = np.array(
            [
                [step / shrink, 0, (left - columns.start + 0.5) / shrink - 0.5],
                [0, step / shrink, (top - rows.start + 0.5) / shrink - 0.5],
            ]
        )
        return cv2.warpAffine(
            section,
            matrix,
            (area.width(), area.height()),
            flags=(smooth if step < 1 else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )


@lru_cache(maxsize=64)  # every mouse move asks for it several times
def place(
    canvas: tuple[int, int, int, int],
    size: tuple[int, ...],
    zoom: float | None,
    centre: tuple[float, float],
    device_ratio: float,
) -> Viewport:
    """Return the place of an image of `size` (height, width) in `canvas` (x, y, width, height; widget pixels).

    `centre`, in fractions of the image, comes to the middle; `zoom` is in widget pixels per image pixel, None shows
    the whole image.
    """
    left, top, width, height = canvas
    scale = zoom if zoom is not None else max(1e-3, min(width / size[1], height / size[0]))
    x = left + width / 2 - centre[0] * size[1] * scale
    y = top + height / 2 - centre[1] * size[0] * scale
    # On whole device pixels: panning then moves the pixels on the screen and does not interpolate them again.
    return Viewport(
        scale, round(x * device_ratio) / device_ratio, round(y * device_ratio) / device_ratio, device_ratio
    )


def _nearest(first: float, step: float, count: int, size: int) -> np.ndarray:
    return np.clip(np.rint(first + step * np.arange(count)).astype(int), 0, size - 1)


def _section(first: float, length: float, size: int, grid: int) -> slice:
    """Return the pixels needed to interpolate `length` pixels from `first`, aligned to a grid; never empty."""
    reach = 3 * grid
    start = max(0, math.floor(first) - reach) // grid * grid
    stop = min(size, -(-(math.ceil(first + length) + reach) // grid) * grid)
    start = min(start, (size - 1) // grid * grid)
    return slice(start, max(stop, start + 1))
