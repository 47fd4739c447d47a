"""Settings and steps of a drawn domain's training. Free of torch: the window reads this at start-up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ddsgui.errors import TrainingError
from ddsgui.training.settings_checks import check_settings, key_of, keyed, setting, unkeyed

MAX_STEPS = 1_000_000
MIN_PAIRS, MAX_PAIRS = 50, 20_000


@dataclass(frozen=True)
class DrawnSettings:
    """Settings: half an hour on two cores at 128 px."""

    steps: int = setting(2000, 1, MAX_STEPS)
    pairs: int = setting(1500, MIN_PAIRS, MAX_PAIRS)  # latents that are drawn and redrawn
    batch: int = setting(4, 1, 256)
    learning_rate: float = setting(0.002, 0, 1)
    pixels: float = setting(2.0, 0, 1000)  # weights of the differences in pixels,
    coarse: float = setting(1.0, 0, 1000)  # in colours averaged over 4×4 of them,
    edges: float = setting(2.0, 0, 1000)  # in gradients,
    features: float = setting(1.0, 0, 1000)  # in what VGG-16 sees, at every second step,
    borders: float = setting(4.0, 0, 1000)  # and along the borders
    half_life: float = setting(400.0, 1, 1_000_000_000)  # of the average of the weights, in images

    def __post_init__(self) -> None:
        check_settings(self, "a drawn domain")

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return keyed(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DrawnSettings:
        """Return the settings that as_dict() wrote, with defaults for those left out.

        Raises TrainingError on anything else.
        """
        unknown = set(data) - {key_of(f) for f in fields(cls)}
        if unknown:
            raise TrainingError(f"A drawn domain has no setting {', '.join(sorted(map(str, unknown)))}.")
        return cls(**unkeyed(cls, data))


@dataclass(frozen=True)
class DrawnStep:
    """One step of the training."""

    step: int  # 1-based
    steps: int  # of the whole training
    losses: dict[str, float]
    seconds: float  # that this step took
    is_warming_up: bool = False  # never; steps of an adaptation may be
