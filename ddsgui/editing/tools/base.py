"""The protocol of painting tools, which are pure: events in, coverage out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Flag, auto
from typing import Protocol

import numpy as np

from ddsgui.editing.mask import Coverage, Point
from ddsgui.rect import Rect

Outline = tuple[tuple[float, float], ...]  # points (x, y) in image pixels, joined by straight lines


class Modifiers(Flag):
    """Keys and pen buttons that change the effect of a gesture."""

    NONE = 0
    STRAIGHT = auto()  # Shift: a straight line from the end of the last gesture
    ERASE = auto()  # the eraser, Ctrl or a pen's other end


@dataclass(frozen=True, eq=False)
class Surface:
    """The image and mask under a gesture. Tools only read them."""

    image: np.ndarray  # uint8 [H, W, 3]
    mask: np.ndarray  # uint8 [H, W]
    last: Point | None = None  # the end of the last gesture


class Tool(Protocol):
    """One gesture, from press to release. Points are (x, y, radius) in image pixels and may lie off the image.

    press() and move() return the rectangle in which preview() has changed; None if it has not.
    """

    @property
    def label(self) -> str:
        """The label of the undo step, known after press(): "brush stroke"."""
        ...

    def press(self, at: Point, modifiers: Modifiers) -> Rect | None: ...

    def move(self, at: Point) -> Rect | None: ...

    def release(self) -> Coverage | None:
        """Return the coverage of the gesture; None if it is empty."""
        ...

    def preview(self) -> Coverage | Outline | None:
        """Return what to show until release(): a coverage, shown as if applied, or an outline, shown as a line."""
        ...


@dataclass(frozen=True)
class ToolSpec:
    """The entry of a tool in menus and tool bars."""

    id: str
    text: str  # menu text, with a mnemonic
    tip: str  # tooltip, without a full stop
    icon: str  # file name in resources/icons/
    key: str
    start: Callable[[Surface], Tool]  # makes the tool of one gesture
    erases: bool = False  # without Ctrl
    has_size: bool = True  # the cursor is a ring of the brush's size; otherwise a cross
