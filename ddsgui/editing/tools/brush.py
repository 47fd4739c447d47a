"""Freehand strokes of a round brush, which paint or erase."""

from __future__ import annotations

import numpy as np

from ddsgui.editing.mask import Coverage, Mask, Point, Stroke
from ddsgui.editing.tools.base import Modifiers, Surface
from ddsgui.rect import Rect


class Brush:
    """A round brush whose radius may change from point to point."""

    def __init__(self, surface: Surface) -> None:
        self._covered = Mask(np.zeros_like(surface.mask))
        self._rect: Rect | None = None  # around the whole stroke
        self._last = surface.last
        self._value = 255

    @property
    def label(self) -> str:
        return "brush stroke" if self._value else "eraser stroke"

    def press(self, at: Point, modifiers: Modifiers) -> Rect | None:
        self._value = 0 if Modifiers.ERASE in modifiers else 255
        if Modifiers.STRAIGHT not in modifiers:
            self._last = None
        return self.move(at)

    def move(self, at: Point) -> Rect | None:
        rect = self._covered.draw(Stroke((self._last or at, at)))
        self._last = at
        if rect is not None:
            self._rect = rect.united(self._rect)
        return rect

    def release(self) -> Coverage | None:
        return self.preview()

    def preview(self) -> Coverage | None:
        if self._rect is None:
            return None
        return Coverage(self._rect, self._covered.array[self._rect.slices], self._value)
