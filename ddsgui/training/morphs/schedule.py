"""Where a training by morphs stands: which stage, how far, how much is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddsgui.errors import TrainingError
from ddsgui.training.morphs.settings import MorphSettings, SideSettings
from ddsgui.training.regression_lengths import UNITS
from ddsgui.training.throughput import judging_work, regression_work, sharpening_work


class Schedule:
    """The stages of the settings; behind them the sharpening, and the discriminator's for adaptations.

    Stages that last minutes end where the clock says so; those that last images do not know the clock.
    """

    def __init__(self, settings: MorphSettings) -> None:
        self.settings = settings
        self.stage = 0  # index into the settings' stages; then come those of sharpening and of judging
        self.seen = 0  # images, in all stages
        self.stage_seen = 0  # images, in this one
        self.stage_seconds = 0.0  # likewise
        self._sides = [*(stage.side for stage in settings.stages), *[settings.resolution] * 2]
        self._lengths = [*(stage.length for stage in settings.stages), settings.sharpen, settings.judge]

    @property
    def is_sharpening(self) -> bool:
        """Whether the generator has learnt what to draw, and learns to draw it sharply."""
        return self.stage == len(self.settings.stages)

    @property
    def is_discriminating(self) -> bool:
        """Whether the generator is finished, and the discriminator learns."""
        return self.stage == len(self.settings.stages) + 1

    @property
    def side(self) -> int:
        """Of the pictures in this stage, in pixels."""
        return self._sides[self.stage]

    @property
    def side_settings(self) -> SideSettings:
        """What the generator learns with in this stage."""
        return self.settings.sharpening if self.is_sharpening else self.settings.at(self.side)

    @property
    def batch(self) -> int:
        """Images a step in this stage."""
        return self.settings.judge_batch if self.is_discriminating else self.side_settings.batch

    @property
    def step(self) -> int:
        """Number of the next step in this stage, from 0 on."""
        return self.stage_seen // self.batch

    @property
    def progress(self) -> float:
        """Of this stage, 0..1."""
        length = self._lengths[self.stage] * UNITS[self.settings.unit]
        return min(1.0, self._passed / length) if length else 1.0

    @property
    def done(self) -> bool:
        """Whether all stages are over."""
        return self.is_discriminating and self.progress >= 1

    @property
    def images(self) -> int:
        """Of the whole training: those seen and those to come; an estimate if stages last minutes."""
        if self.settings.unit == "kimg":
            return self.seen + sum(self._images_left())
        passed = sum(self._lengths[: self.stage]) + self.progress * self._lengths[self.stage]
        return max(self.seen, round(self.seen * sum(self._lengths) / passed)) if passed else self.seen

    @property
    def cost(self) -> float:
        """Of one image in this stage, as pace.py counts it."""
        return self._works()[0]

    @property
    def cost_left(self) -> float:
        """Of this stage and of the later ones, where they last images."""
        return sum(work * images for work, images in zip(self._works(), self._images_left(), strict=True))

    def seconds_left(self) -> float:
        """Of this stage and of the later ones, where they last minutes."""
        left = self._lengths[self.stage] * (1 - self.progress) + sum(self._lengths[self.stage + 1 :])
        return left * UNITS["minutes"]

    def advance(self, seconds: float) -> None:
        """A step has ended, which took so long with all that was done since the one before."""
        batch = self.batch
        self.seen += batch
        self.stage_seen += batch
        self.stage_seconds += seconds

    def begin_next(self) -> None:
        """The next stage begins."""
        self.stage += 1
        self.stage_seen, self.stage_seconds = 0, 0.0

    def state_dict(self) -> dict[str, Any]:
        """Plain JSON data, from which load_state_dict() goes on exactly."""
        names = ("stage", "seen", "stage_seen", "stage_seconds")
        return {name: getattr(self, name) for name in names}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """The inverse of state_dict(). TrainingError if there is no such stage."""
        try:
            stage, self.seen = int(state["stage"]), int(state["seen"])
            self.stage_seen, self.stage_seconds = int(state["stage_seen"]), float(state["stage_seconds"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise TrainingError("The saved training is damaged.") from error
        if not 0 <= stage < len(self._sides):
            raise TrainingError("The saved training has other stages.")
        self.stage = stage

    def _works(self) -> list[float]:
        """Of one image, in this stage and in the later ones."""
        drawing = [regression_work(self.settings, side) for side in self._sides[:-2]]
        after = [sharpening_work(self.settings), judging_work(self.settings)]
        return [*drawing, *after][self.stage :]

    def _images_left(self) -> list[int]:
        """Of this stage and of the later ones, where they last images."""
        left = [round(length * UNITS["kimg"]) for length in self._lengths]
        left[self.stage] = max(0, left[self.stage] - self.stage_seen)
        return left[self.stage :]

    @property
    def _passed(self) -> float:
        return self.stage_seen if self.settings.unit == "kimg" else self.stage_seconds
