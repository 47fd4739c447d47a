"""What a few-shot adaptation is asked to do. Free of torch: the window reads this at start-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ddsgui.errors import TrainingError
from ddsgui.stylegan.memory_estimate import estimate_adaptation
from ddsgui.training.settings_checks import Range, check_kinds, check_ranges

MAX_STEPS = 1_000_000
POLICIES = ("light", "few")


@dataclass(frozen=True)
class AdaptationSettings:
    """Published values where nothing else is said (Ojha et al., CVPR 2021, Sec. 4, and the authors' program)."""

    steps: int = 700  # the authors take 5,000 at 256 px; at 128 px the likeness is there by then
    batch: int = 4
    learning_rate: float = 0.001  # half the published one: batches of four swing less
    consistency: float = 1000.0  # weight of the distance consistency
    anchors: int = 10  # latents whose neighbourhood the whole-image discriminator judges
    anchor_noise: float = 0.1  # standard deviation of that neighbourhood
    anchor_every: int = 4  # one iteration in so many is about anchors
    r1: float = 10.0
    r1_every: int = 16
    mixing: float = 0.9  # share of the other latents that change to a second one at some layer
    half_life: float = 1500.0  # of the average of the weights, in pictures
    augmentation: str = "light"
    augmentation_strength: float = 1.0
    symmetry: float = 0.01  # weight of what keeps the mean picture as symmetric as mirrored examples make it
    warm_up: int = 100  # steps of a fresh discriminator alone, where the source brings none

    def __post_init__(self) -> None:
        check_kinds(self, "an adaptation")
        check_ranges(self, _RANGES)
        if self.augmentation not in POLICIES:
            raise TrainingError(f"The augmentation is one of {', '.join(POLICIES)}, not {self.augmentation}.")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)

    def within(self, config: Mapping[str, Any], free: int | None) -> AdaptationSettings:
        """With the largest batch up to this one that so many free bytes hold, or as it is if none does.

        config: GeneratorConfig.as_dict() of the source.
        """
        smaller = (replace(self, batch=batch) for batch in range(self.batch, 1, -1))
        return next((one for one in smaller if estimate_adaptation(config, one.batch).fits(free)), self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AdaptationSettings:
        """The inverse of as_dict(); what is left out takes its default. TrainingError on anything else."""
        unknown = set(data) - {field.name for field in fields(cls)}
        if unknown:
            raise TrainingError(f"An adaptation has no setting {', '.join(sorted(map(str, unknown)))}.")
        return cls(**data)


_RANGES: tuple[Range, ...] = (
    ("steps", 1, MAX_STEPS),
    ("batch", 2, 256),  # distances need another one
    ("learning_rate", 0, 1),
    ("consistency", 0, 1_000_000),
    ("anchors", 1, 10_000),
    ("anchor_noise", 0, 10),
    ("anchor_every", 1, MAX_STEPS),
    ("r1", 0, 10_000),
    ("r1_every", 1, MAX_STEPS),
    ("mixing", 0, 1),
    ("half_life", 1, 1_000_000_000),
    ("augmentation_strength", 0, 1),
    ("symmetry", 0, 100),
    ("warm_up", 0, MAX_STEPS),
)


@dataclass(frozen=True)
class AdaptationStep:
    """One step, as seen from outside."""

    step: int  # 1-based, the warm-up's included
    steps: int  # in all
    losses: dict[str, float]  # "adversarial", "consistency" (weighted) and "discriminator"
    seconds: float  # this step's time
    warming: bool  # the fresh discriminator learns alone; the pictures do not change yet
