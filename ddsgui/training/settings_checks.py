"""What the settings of all trainings are held to: kinds, ranges, stages that double, widths. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from ddsgui.errors import TrainingError

MIN_SIDE_PX, MAX_SIDE_PX = 8, 1024  # sides in pixels
MAX_WIDTH = 4096
Range = tuple[str, float, float]  # the name of a setting, its least and its greatest value
# What a training has whatever its way of learning is.
SHARED_RANGES: tuple[Range, ...] = (
    ("latent", 1, 4096),
    ("mapping_layers", 1, 64),
    ("batch", 2, 1024),
    ("learning_rate", 0, 1),
    ("mapping_rate", 0, 1),
    ("warm_up", 0, 1e6),
    ("ema_images", 1, 1e8),
    ("seed", -(2**63), 2**63 - 1),
)


def is_whole(value: object) -> bool:
    """Whether it is an integer."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether it is a number, and finite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def check_kinds(settings: Any, what: str = "a training") -> None:
    """TrainingError unless each field of a dataclass that is an int, a float, a str or a bool holds one."""
    kinds = {"int": (int,), "float": (int, float), "str": (str,), "bool": (bool,)}
    for field in fields(settings):
        value, kind = getattr(settings, field.name), kinds.get(str(field.type))
        if kind and not (isinstance(value, kind) and isinstance(value, bool) == (field.type == "bool")):
            raise TrainingError(f"The setting {field.name} of {what} cannot be {value!r}.")


def check_ranges(settings: object, ranges: Iterable[Range]) -> None:
    """TrainingError if a setting, or one of several values that it has, is no number or lies outside its range."""
    for name, low, high in ranges:
        value = getattr(settings, name)
        for one in value if isinstance(value, tuple) else (value,):
            if not is_number(one) or not low <= one <= high:
                raise TrainingError(f"{name} must lie between {low:,.15g} and {high:,.15g}, not {one}.")


def check_sides(sides: Sequence[int]) -> None:
    """TrainingError unless the sides of the stages are those of growing networks."""
    first = sides[0] if sides else 0
    powers = [2**k for k in range(3, 11)]
    if (
        first not in powers
        or list(sides) != [first << i for i in range(len(sides))]
        or sides[-1] > MAX_SIDE_PX
    ):
        raise TrainingError(
            f"The sides of the pictures must double from stage to stage, between {MIN_SIDE_PX} and {MAX_SIDE_PX} "
            f"pixels, not {list(sides)}."
        )


def check_widths(side: int, *tables: tuple[int, ...]) -> None:
    """TrainingError unless each table has a width for each of the levels 4, 8, …, side."""
    levels = side.bit_length() - 2
    for widths in tables:
        if len(widths) != levels or not all(is_whole(width) and 1 <= width <= MAX_WIDTH for width in widths):
            raise TrainingError(
                f"{side} pixels need {levels} widths between 1 and {MAX_WIDTH}, not {widths}."
            )
