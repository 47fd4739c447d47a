"""The stages of a growing training: the side of its networks, and their lengths. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ddsgui.errors import TrainingError
from ddsgui.training.settings_checks import is_whole

UNITS = {"kimg": 1000, "minutes": 60}  # images, or seconds, per unit of length
MIN_SIDE, MAX_SIDE = 8, 1024  # pixels
MIN_RESOLUTION = 16  # pixels, of a finished domain
MAX_WIDTH = 4096
# Widths by side, found to draw faces at 128 px while a search on a CPU stays interactive.
GENERATOR_WIDTHS = {4: 128, 8: 128, 16: 96, 32: 64, 64: 48, 128: 32, 256: 24, 512: 16, 1024: 8}
DISCRIMINATOR_WIDTHS = {4: 128, 8: 128, 16: 96, 32: 64, 64: 32, 128: 16, 256: 12, 512: 8, 1024: 8}


@dataclass(frozen=True)
class Stage:
    """A side of the networks, and the length of the training at that side."""

    side: int  # pixels
    length: float  # thousands of images, or minutes, as the settings say


def stage_sides(first: int, resolution: int) -> list[int]:
    """Return first, 2·first, …, resolution, all powers of two. Raises TrainingError on an odd resolution."""
    check_resolution(resolution)
    return [first << i for i in range(resolution.bit_length() - first.bit_length() + 1)]


def standard_widths(resolution: int) -> dict[str, tuple[int, ...]]:
    """Return the usual widths of both networks at the levels 4, 8, …, R, by the names of their settings."""
    tables = {"channels": GENERATOR_WIDTHS, "discriminator_channels": DISCRIMINATOR_WIDTHS}
    return {name: _up_to(table, resolution) for name, table in tables.items()}


def check_resolution(resolution: int) -> None:
    """Raise TrainingError unless a domain can be trained at this side."""
    sides = [side for side in _powers_of_two() if side >= MIN_RESOLUTION]
    if resolution not in sides:
        near = min(sides, key=lambda side: abs(math.log2(side / max(1, resolution))))
        raise TrainingError(
            f"A domain can have 16, 32, 64, … or {MAX_SIDE} pixels, not {resolution}. The nearest is {near}."
        )


def check_sides(sides: Sequence[int]) -> None:
    """Raise TrainingError unless each side is twice the one before, within MIN_SIDE and MAX_SIDE."""
    first = sides[0] if sides else 0
    if (
        not all(map(is_whole, sides))
        or first not in _powers_of_two()
        or list(sides) != [first << i for i in range(len(sides))]
        or sides[-1] > MAX_SIDE
    ):
        raise TrainingError(
            f"The sides of the pictures must double from stage to stage, between {MIN_SIDE} and {MAX_SIDE} "
            f"pixels, not {list(sides)}."
        )


def check_widths(side: int, *tables: tuple[int, ...]) -> None:
    """Raise TrainingError unless each table has a width for each of the levels 4, 8, …, side."""
    levels = side.bit_length() - 2
    for widths in tables:
        if len(widths) != levels or not all(is_whole(width) and 1 <= width <= MAX_WIDTH for width in widths):
            raise TrainingError(
                f"{side} pixels need {levels} widths between 1 and {MAX_WIDTH}, not {widths}."
            )


def _up_to(table: Mapping[int, int], resolution: int) -> tuple[int, ...]:
    return tuple(width for side, width in sorted(table.items()) if side <= resolution)


def _powers_of_two() -> list[int]:
    return [2**k for k in range(MIN_SIDE.bit_length() - 1, MAX_SIDE.bit_length())]
