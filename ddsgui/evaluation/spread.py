"""The mean and the spread of figures: of one figure per picture, and of one figure per set of pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

JACKKNIFE_GROUPS = 10


@dataclass(frozen=True)
class Spread:
    """A figure and its spread."""

    mean: float
    spread: float  # standard deviation of one picture, or standard error of a figure of the whole set

    def text(self, form: str = "{:.3g}") -> str:
        """Return both for a table: "0.71 ± 0.04"."""
        if math.isnan(self.mean):
            return "–"
        return f"{form.format(self.mean)} ± {form.format(self.spread)}"


def of_pictures(values: Sequence[float]) -> Spread:
    """Return mean and standard deviation of a figure of each picture; NaN are left out."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return Spread(math.nan, math.nan)
    return Spread(fmean(known), stdev(known) if len(known) > 1 else 0.0)


def of_sets(first: Tensor, second: Tensor, distance: Callable[[Tensor, Tensor], float]) -> Spread:
    """Return the distance of two sets of features, [N, D] each, row i of both from one latent, and its standard error.

    The error is the jackknife's: the same tenth of the latents is left out of both sets, each in turn.
    """
    whole, groups = distance(first, second), min(JACKKNIFE_GROUPS, len(first))
    numbers = range(len(first))
    parts = [[i for i in numbers if i % groups != group] for group in range(groups)]
    if len(parts[0]) < 2:
        return Spread(whole, math.nan)
    values = [distance(first[part], second[part]) for part in parts]
    mean = fmean(values)
    variance = (groups - 1) / groups * sum((value - mean) ** 2 for value in values)
    return Spread(whole, math.sqrt(variance))
