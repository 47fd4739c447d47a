"""Settings and steps of a few-shot adaptation. Free of torch: the window reads this at start-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ddsgui.errors import TrainingError
from ddsgui.stylegan.memory_estimate import estimate_adaptation
from ddsgui.training.settings_checks import check_settings, key_of, keyed, setting, unkeyed

MAX_STEPS = 1_000_000
POLICIES = ("light", "few")


@dataclass(frozen=True)
class AdaptationSettings:
    """Settings, with published defaults unless noted (Ojha et al., CVPR 2021, Sec. 4, and the authors' program)."""

    # The authors take 5,000 at 256 px; at 128 px the likeness is there by then.
    steps: int = setting(700, 1, MAX_STEPS)
    batch: int = setting(4, 2, 256)  # distances need two
    learning_rate: float = setting(0.001, 0, 1)  # half the published one: batches of four swing less
    consistency: float = setting(1000.0, 0, 1_000_000)  # weight of the distance consistency
    anchors: int = setting(10, 1, 10_000)  # latents whose neighbourhood the whole-image discriminator judges
    anchor_noise: float = setting(0.1, 0, 10)  # standard deviation of that neighbourhood
    anchor_every: int = setting(4, 1, MAX_STEPS)  # one iteration in so many is about anchors
    r1: float = setting(10.0, 0, 10_000)
    r1_every: int = setting(16, 1, MAX_STEPS)
    mixing: float = setting(0.9, 0, 1)  # share of the other latents that change to a second one at some layer
    half_life: float = setting(1500.0, 1, 1_000_000_000)  # of the average of the weights, in images
    augmentation: str = "light"
    augmentation_strength: float = setting(1.0, 0, 1)
    symmetry: float = setting(
        0.01, 0, 100
    )  # weight of the asymmetry of the mean image, as examples are mirrored
    borders: float = setting(20.0, 0, 1000)  # weight of lines along the borders that the examples do not have
    # Weight of the examples' own shape and palette, if they and the source's pictures show aligned faces.
    shape: float = setting(20.0, 0, 1000)
    warm_up: int = setting(
        100, 0, MAX_STEPS
    )  # steps of a fresh discriminator alone, where the source brings none

    def __post_init__(self) -> None:
        check_settings(self, "an adaptation")
        if self.augmentation not in POLICIES:
            raise TrainingError(f"The augmentation is one of {', '.join(POLICIES)}, not {self.augmentation}.")

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return keyed(self)

    def fitting(self, config: Mapping[str, Any], free: int | None) -> AdaptationSettings:
        """Return the settings with the largest batch, up to this one, that fits in so many free bytes, if any does.

        config: GeneratorConfig.as_dict() of the source.
        """
        batches = range(self.batch, 1, -1)
        fitting = next(
            (batch for batch in batches if estimate_adaptation(config, batch).fits(free)), self.batch
        )
        return replace(self, batch=fitting)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AdaptationSettings:
        """Return the settings that as_dict() wrote, with defaults for those left out.

        Raises TrainingError on anything else.
        """
        unknown = set(data) - {key_of(f) for f in fields(cls)}
        if unknown:
            raise TrainingError(f"An adaptation has no setting {', '.join(sorted(map(str, unknown)))}.")
        return cls(**unkeyed(cls, data))


@dataclass(frozen=True)
class AdaptationStep:
    """One step of an adaptation."""

    step: int  # 1-based, the warm-up included
    steps: int  # of the whole adaptation
    losses: dict[str, float]  # "adversarial", "consistency" (weighted) and "discriminator"
    seconds: float  # that this step took
    is_warming_up: bool  # only a new discriminator learns; the images do not change yet
