"""Rectangles of pixels."""

from __future__ import annotations

from typing import NamedTuple


class Rect(NamedTuple):
    """A rectangle of whole pixels."""

    x: int
    y: int
    w: int
    h: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index of the rectangle in an array [H, W, ...]."""
        return slice(self.y, self.y + self.h), slice(self.x, self.x + self.w)

    def united(self, other: Rect | None) -> Rect:
        """Return the smallest rectangle that contains both."""
        if other is None:
            return self
        x, y = min(self.x, other.x), min(self.y, other.y)
        right, bottom = max(self.x + self.w, other.x + other.w), max(self.y + self.h, other.y + other.h)
        return Rect(x, y, right - x, bottom - y)

    def intersected(self, other: Rect) -> Rect | None:
        """Return the intersection; None if it is empty."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.x + self.w, other.x + other.w), min(self.y + self.h, other.y + other.h)
        return Rect(x, y, right - x, bottom - y) if x < right and y < bottom else None

    def relative_to(self, other: Rect) -> Rect:
        """Return the same rectangle with coordinates relative to the corner of `other`."""
        return Rect(self.x - other.x, self.y - other.y, self.w, self.h)

    def grown(self, margin: int, side: int) -> Rect:
        """Return the rectangle with `margin` more pixels on every side, inside a square image of `side` pixels."""
        x, y = max(0, self.x - margin), max(0, self.y - margin)
        right, bottom = min(side, self.x + self.w + margin), min(side, self.y + self.h + margin)
        return Rect(x, y, right - x, bottom - y)

    def enlarged(self, factor: int) -> Rect:
        """Return the same rectangle of an image that is `factor` times as large."""
        return Rect(self.x * factor, self.y * factor, self.w * factor, self.h * factor)

    def reduced(self, factor: int) -> Rect:
        """Return the cells of `factor` × `factor` pixels that the rectangle touches."""
        x, y = self.x // factor, self.y // factor
        return Rect(x, y, -(-(self.x + self.w) // factor) - x, -(-(self.y + self.h) // factor) - y)
