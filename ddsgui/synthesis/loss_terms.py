"""The terms of the loss, Eq. 6: one entry for each, read by optimiser, recipes, command line and window.

Free of torch, which the window does not import: a term's function works with the methods of its tensors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from ddsgui.errors import OptimizerError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(eq=False)
class Reference:
    """The pictures and masks that L_s or L_t compares drawn pictures with, on the device: N, usually one."""

    picture: Tensor  # x_s or x_t, [N, 3, R, R] in [-1, 1]
    mask: Tensor  # y_s or 1 − y_t, [N, 1, R, R] in [0, 1]
    features: list[Tensor]  # F_j of the picture, [N, C_j, H_j, W_j]
    masks: list[Tensor]  # λ_j, [N, 1, H_j, W_j]


@dataclass
class Fixed:
    """Everything that depends only on the crossover: computed at the start and after an edit, not in each iteration."""

    source: Reference
    target: Reference
    image: Tensor  # x_c [N, 3, R, R], Eq. 1; clamped to [-1, 1] if it is compared with a single picture
    weight: Tensor | None = None  # of each pixel in L_c, [N, 1, R, R]; None: all count alike


@dataclass
class Drawn:
    """The images of ẑ, [N, 3, R, R] each; the same image twice if G_t(ẑ) replaces G_s(ẑ)."""

    source: Tensor
    target: Tensor


def crossover_loss(drawn: Drawn, fixed: Fixed) -> Tensor:
    """Return L_c, Eq. 4, of s_c, Eq. 5, for each latent, [N]; if only G_t draws, its image is s_c."""
    s_c = drawn.target
    if drawn.source is not drawn.target:
        s_c = drawn.source * fixed.source.mask + drawn.target * fixed.target.mask
    difference = s_c - fixed.image
    if fixed.weight is not None:
        difference = difference * fixed.weight
    return difference.square().mean((1, 2, 3))


@dataclass(frozen=True)
class LossTerm:
    """One term of the loss and its weight."""

    name: str  # in the losses of a step
    symbol: str  # of the weight, in the paper
    label: str  # of the weight, in the window
    help: str  # on the weight, an imperative without a full stop
    default: float  # weight
    colour: str  # of the curve
    loss: Callable[[Drawn, Fixed], Tensor] | None = None  # -> [N]; None: L_s and L_t, compared by features
    largest: float = 1e4  # weight


def _weight(*args: Any, **kwargs: Any) -> Any:
    term = LossTerm(*args, **kwargs)
    return field(default=float(term.default), metadata={"term": term})


@dataclass(frozen=True)
class LossWeights:
    """The weight of each term. Raises OptimizerError if one is out of range.

    A new term is one entry here with its function. Its default is 0, because a recipe of an older version, which
    does not have it, was made without it.
    """

    alpha: float = _weight(
        "source", "α", "Part strength", "raise it to make the part more like the source", 0.9, "#e5646e"
    )
    beta: float = _weight(
        "target", "β", "Keep the rest", "raise it to keep the rest more like the target", 1.0, "#3f9be0"
    )
    gamma: float = _weight(
        "crossover",
        "γ",
        "Stay close to the crossover",
        "raise it to stay closer to the crossover",
        0.5,
        "#d59a2a",
        crossover_loss,
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
        raise OptimizerError(f"{name} must be between 0 and {largest:g}, not {value}.")
