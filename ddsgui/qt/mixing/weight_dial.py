"""A slider for a weight of the loss, over its number."""

from __future__ import annotations

import math

from ddsgui.qt.widgets.dial import Dial
from ddsgui.qt.widgets.fields import RealBox

LARGEST_WEIGHT = 20.0  # at the dial's right; its middle is 1
END = 100  # position of the right end


class WeightDial(Dial):
    """Shows a weight in equal ratios, from a twentieth over 1 to 20, and 0 on the far left."""

    def __init__(self, box: RealBox) -> None:
        super().__init__(box, 0, END)

    def number_at(self, position: int) -> float:
        """Return the weight at a position, with two digits."""
        return weight_at(position)

    def position_of(self, number: float) -> int:
        """Return the position of a weight; the nearer end if it lies beyond."""
        return position_of(number)


def weight_at(position: int) -> float:
    """Return the weight at a position, with two digits."""
    if position <= 0:
        return 0.0
    weight = LARGEST_WEIGHT ** (2 * position / END - 1)
    return float(f"{weight:.2g}")


def position_of(weight: float) -> int:
    """Return the position of a weight, at an end if it lies beyond."""
    if weight <= 0:
        return 0
    position = END / 2 * (1 + math.log(weight) / math.log(LARGEST_WEIGHT))
    return min(max(round(position), 1), END)
