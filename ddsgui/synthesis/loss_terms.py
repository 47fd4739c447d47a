"""The terms of the loss, Eq. 6: one entry for each, read by optimiser, recipes, command line and window."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

from ddsgui.errors import OptimizerError


@dataclass(frozen=True)
class LossTerm:
    """One term of the loss and what is to be known of its weight."""

    name: str  # among the losses of a step
    symbol: str  # of the weight, in the paper
    label: str  # of the weight, in the window
    help: str  # on the weight: "how much …"
    default: float  # weight
    colour: str  # of the curve
    largest: float = 1e4  # weight


def _weight(*args: Any, **kwargs: Any) -> Any:
    term = LossTerm(*args, **kwargs)
    return field(default=term.default, metadata={"term": term})


@dataclass(frozen=True)
class LossWeights:
    """The weight of each term. Raises OptimizerError if one lies out of its range.

    A new term is one line here and its function in optimizer.TERMS. Give it the default 0: a recipe of an older
    version, which lacks it, was made without it.
    """

    alpha: float = _weight(
        "source", "α", "Part strength", "how much the part has to look like the source", 0.9, "#e5646e"
    )
    beta: float = _weight(
        "target", "β", "Keep the rest", "how much the rest has to look like the target", 1.0, "#3f9be0"
    )
    gamma: float = _weight(
        "crossover",
        "γ",
        "Stay close to the crossover",
        "how close the whole stays to the crossover",
        0.5,
        "#d59a2a",
    )

    def __post_init__(self) -> None:
        for name, term in LOSS_TERMS.items():
            check_range(name, getattr(self, name), term.largest)


LOSS_TERMS: dict[str, LossTerm] = {f.name: f.metadata["term"] for f in fields(LossWeights)}  # by weight
TOTAL, TOTAL_COLOUR = "total", "#8a8f98"  # the weighted sum, and its curve
LOSSES = (TOTAL, *(term.name for term in LOSS_TERMS.values()))


def check_range(name: str, value: float, largest: float) -> None:
    """Raise OptimizerError unless `value` lies between 0 and `largest`."""
    if not (math.isfinite(value) and 0 <= value <= largest):
        raise OptimizerError(f"{name} must lie between 0 and {largest:g}, not {value}.")
