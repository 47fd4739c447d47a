"""Masks, and the strokes and coverages that are painted on them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ddsgui.errors import ImageError
from ddsgui.rect import Rect

Point = tuple[float, float, float]  # x, y, radius in image pixels; (0, 0) is the top left corner


@dataclass(frozen=True)
class Stroke:
    """The path of a brush; the radius changes evenly from point to point."""

    points: tuple[Point, ...]
    value: int = 255  # 255 paints, 0 erases


@dataclass(frozen=True, eq=False)
class Coverage:
    """The fraction of each pixel that a gesture covers, and the value that it paints."""

    rect: Rect
    array: np.ndarray  # uint8 [h, w] within `rect`; 255: fully covered
    value: int = 255  # 255 paints, 0 erases

    def drawn_on(self, mask: np.ndarray, rect: Rect) -> np.ndarray:
        """Return `rect` of a mask, uint8 [H, W], with the coverage drawn on it: uint8 [h, w], a copy.

        Painting takes the larger value and erasing the smaller, so that neither a slow hand nor a second stroke
        hardens an anti-aliased edge.
        """
        part = mask[rect.slices].copy()
        if (shared := rect.intersected(self.rect)) is not None:
            covered = self.array[shared.relative_to(self.rect).slices]
            below = part[shared.relative_to(rect).slices]
            if self.value:
                np.maximum(below, covered, out=below)
            else:
                np.minimum(below, 255 - covered, out=below)
        return part


class Mask:
    """One mask, uint8 [H, W]: 255 where the part is, 0 where it is not."""

    def __init__(self, array: np.ndarray) -> None:
        """Copy `array`. Raises ImageError unless it is uint8 [H, W]."""
        if array.dtype != np.uint8 or array.ndim != 2 or not array.size:
            raise ImageError(
                f"A mask needs one 8-bit grey value per pixel, not {array.dtype} {list(array.shape)}."
            )
        self.array = array.copy()

    def draw(self, stroke: Stroke) -> Rect | None:
        """Paint or erase along the stroke. Return the rectangle that may have changed; None off the mask.

        Covering a pixel twice is the same as covering it once (see Coverage).
        """
        dirty = None
        points = stroke.points if len(stroke.points) != 1 else stroke.points * 2
        for start, end in pairwise(points):
            rect = self._bounds(start, end)
            if rect is None:
                continue
            cover = np.rint(segment_coverage(rect, start, end) * np.float32(stroke.value or 255)).astype(
                np.uint8
            )
            part = self.array[rect.slices]
            if stroke.value:
                np.maximum(part, cover, out=part)
            else:
                np.minimum(part, 255 - cover, out=part)
            dirty = rect.united(dirty)
        return dirty

    def _bounds(self, start: Point, end: Point) -> Rect | None:
        height, width = self.array.shape
        margin = 1  # the anti-aliased rim
        left = math.floor(max(0.0, min(x - r for x, _, r in (start, end)) - margin))
        top = math.floor(max(0.0, min(y - r for _, y, r in (start, end)) - margin))
        right = math.ceil(min(float(width), max(x + r for x, _, r in (start, end)) + margin))
        bottom = math.ceil(min(float(height), max(y + r for _, y, r in (start, end)) + margin))
        return Rect(left, top, right - left, bottom - top) if left < right and top < bottom else None


def segment_coverage(rect: Rect, start: Point, end: Point) -> np.ndarray:
    """Return the coverage of each pixel of `rect` by a brush that moves from `start` to `end`: float32 [h, w], 0..1.

    It is computed from the exact distance to the hull of two discs, because OpenCV's lines have integer widths and
    cannot taper.
    """
    (ax, ay, ar), (bx, by, br) = start, end
    length = math.hypot(bx - ax, by - ay)
    # If one disc contains the other, the hull is the larger disc.
    if length <= abs(br - ar):
        ax, ay, ar = start if ar >= br else end
        length, bx, by, br = 0.0, ax, ay, ar
    ux, uy = ((bx - ax) / length, (by - ay) / length) if length else (1.0, 0.0)
    taper = (br - ar) / length if length else 0.0

    dx = (np.arange(rect.x, rect.x + rect.w, dtype=np.float32) + np.float32(0.5 - ax))[None, :]
    dy = (np.arange(rect.y, rect.y + rect.h, dtype=np.float32) + np.float32(0.5 - ay))[:, None]
    along = dx * np.float32(ux) + dy * np.float32(uy)
    across = np.abs(dy * np.float32(ux) - dx * np.float32(uy))
    # The disc nearest to a pixel is not centred at the foot of the perpendicular, but a little towards the wide end.
    foot = np.clip(along + across * np.float32(taper / math.sqrt(1 - taper * taper)), 0, np.float32(length))
    inside = np.float32(ar) + foot * np.float32(taper) - np.hypot(along - foot, across)
    return np.clip(inside + np.float32(0.5), 0, 1)
