"""The contract between a painting tool and whatever it paints on. Pure: events in, coverage out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Flag, auto
from typing import Protocol

import numpy as np

from ddsgui.editing.mask import Coverage, Point, Rect

Outline = tuple[tuple[float, float], ...]  # points (x, y) in image pixels, joined by straight lines


class Modifiers(Flag):
    """Keys and pens that change what a gesture does."""

    NONE = 0
    STRAIGHT = auto()  # Shift: a straight line from where the last gesture ended
    ERASE = auto()  # the eraser, Ctrl or a pen's other end


@dataclass(frozen=True, eq=False)
class Surface:
    """What a gesture is made on. Tools read it and never change it."""

    image: np.ndarray  # uint8 [H, W, 3]
    mask: np.ndarray  # uint8 [H, W]
    last: Point | None = None  # where the last gesture ended


class Tool(Protocol):
    """One gesture, from press to release. Points are (x, y, radius) in image pixels and may lie off the image.

    The rectangles that press() and move() return hold all that looks different in preview() from before.
    """

    @property
    def label(self) -> str:
        """The name of the undo step, known after press(): "brush stroke"."""
        ...

    def press(self, at: Point, modifiers: Modifiers) -> Rect | None: ...

    def move(self, at: Point) -> Rect | None: ...

    def release(self) -> Coverage | None:
        """Return what the gesture covers, or None if that is nothing."""
        ...

    def preview(self) -> Coverage | Outline | None:
        """Return what to show until release(): a coverage as if it were applied, an outline as a line."""
        ...


@dataclass(frozen=True)
class ToolSpec:
    """A tool as menus and tool bars show it."""

    id: str
    text: str  # of its action, with a mnemonic
    tip: str  # a sentence without a full stop
    icon: str  # of resources/icons/
    key: str
    start: Callable[[Surface], Tool]  # makes the tool of one gesture
    erases: bool = False  # as if Ctrl were held
    has_size: bool = True  # points with a ring of the brush's size; otherwise with a cross
