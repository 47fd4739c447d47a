"""The position of a training within its stages, and its remaining time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ddsgui.training.stages import UNITS
from ddsgui.training.throughput import Throughput


@dataclass(frozen=True)
class ScheduledStage:
    """One stage of a schedule."""

    side: int  # of the images, in pixels
    length: float  # in the schedule's unit
    batch: int  # images per step
    image_cost: float  # of throughput.py


class Schedule:
    """Consecutive stages, whose lengths are minutes or numbers of images."""

    def __init__(self, stages: Sequence[ScheduledStage], unit: str) -> None:
        """unit: of the lengths, "kimg" or "minutes"."""
        self.stages, self.unit = tuple(stages), unit
        self.stage = 0  # index into the stages
        self.seen = 0  # images, in all stages
        self.stage_seen = 0  # images, in this one
        self.stage_seconds = 0.0  # in this one

    @property
    def here(self) -> ScheduledStage:
        """The current stage."""
        return self.stages[self.stage]

    @property
    def side(self) -> int:
        """The side of the images in this stage, in pixels."""
        return self.here.side

    @property
    def batch(self) -> int:
        """The number of images per step in this stage."""
        return self.here.batch

    @property
    def step(self) -> int:
        """The number of the next step in this stage, from 0."""
        return self.stage_seen // self.batch

    @property
    def progress(self) -> float:
        """The progress of this stage, 0..1."""
        length = self.here.length * UNITS[self.unit]
        if self.unit == "minutes":
            return min(1.0, self.stage_seconds / length) if length else 1.0
        return min(1.0, self.stage_seen / round(length)) if round(length) else 1.0

    @property
    def done(self) -> bool:
        """True once all stages have ended."""
        return self.stage == len(self.stages) - 1 and self.progress >= 1

    @property
    def images(self) -> int:
        """The number of images of the whole training; an estimate if the stages last minutes."""
        if self.unit == "kimg":
            return self.seen + sum(self._images_left())
        lengths = [stage.length for stage in self.stages]
        passed = sum(lengths[: self.stage]) + self.progress * lengths[self.stage]
        return max(self.seen, round(self.seen * sum(lengths) / passed)) if passed else self.seen

    @property
    def cost_left(self) -> float:
        """The cost of this stage and the later ones, if their lengths are images."""
        later = self.stages[self.stage :]
        return sum(
            stage.image_cost * images for stage, images in zip(later, self._images_left(), strict=True)
        )

    def seconds_left(self, throughput: Throughput) -> float:
        """Return the seconds for this stage and the later ones, at the measured speed if their lengths are images."""
        if self.unit == "kimg":
            return throughput.seconds_for(self.cost_left)
        now, *later = self.stages[self.stage :]
        minutes = now.length * (1 - self.progress) + sum(stage.length for stage in later)
        return minutes * UNITS["minutes"]

    def advance(self, seconds: float) -> None:
        """Count a step. seconds: since the step before, including everything in between."""
        batch = self.batch
        self.seen += batch
        self.stage_seen += batch
        self.stage_seconds += seconds

    def begin_next(self) -> None:
        """Start the next stage."""
        self.stage += 1
        self.stage_seen, self.stage_seconds = 0, 0.0

    def _images_left(self) -> list[int]:
        """Return the numbers of images of this stage and the later ones, if their lengths are images."""
        left = [round(stage.length * UNITS["kimg"]) for stage in self.stages]
        left[self.stage] = max(0, left[self.stage] - self.stage_seen)
        return left[self.stage :]
