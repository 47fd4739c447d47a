"""The common part of all trainings of a base domain: pictures, steps, saved states."""

from __future__ import annotations

import copy
import time
from abc import ABC, abstractmethod
from collections import abc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from ddsgui.device import bfloat16_is_faster
from ddsgui.errors import TrainingError
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.backbones import Backbone, load_backbone
from ddsgui.training.losses import TrainingLoss
from ddsgui.training.schedule import Schedule
from ddsgui.training.state import all_finite

MIN_PICTURES = 32  # with fewer pictures, adapt a domain


@dataclass(frozen=True)
class BaseTrainingStep:
    """One batch of a training."""

    seen: int  # images so far, in all stages
    images: int  # of the whole training
    resolution: int  # of this stage
    fade: float  # 0..1, share of the image at this resolution that the discriminator sees
    strength: float  # of the augmentation, 0..1
    losses: dict[str, float]
    seconds: float  # that this step took


@dataclass(frozen=True)
class RunState:
    """The identity of a training: a saved state continues only in a training with the same identity."""

    kind: str  # in the file
    label: str  # in a sentence, as in "not one of a base domain"
    pictures: int  # number of training pictures

    def document(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON data at the start of every state. settings: the training's as_dict()."""
        return {"training": self.kind, "settings": settings, "pictures": self.pictures}

    def check(self, document: Mapping[str, Any]) -> None:
        """Raise TrainingError if a state is of another training."""
        if document.get("training") != self.kind:
            raise TrainingError(f"The saved training is not one {self.label}.")
        if document.get("pictures") != self.pictures:
            raise TrainingError(
                f"The saved training has {document.get('pictures')} pictures, but these are {self.pictures}."
            )


class BaseTraining(ABC):
    """A training that can stop after any step and continue elsewhere with exactly the same result."""

    LOSSES: ClassVar[tuple[TrainingLoss, ...]]  # all losses that a step may report
    SAVE_SECONDS: ClassVar[float]  # between two saves
    REMEDY: ClassVar[str]  # the advice after a divergence

    def __init__(
        self,
        identity: RunState,
        pictures: Tensor,
        settings: Any,
        schedule: Schedule,
        device: torch.device | str,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """pictures: uint8 [N, 3, R, R], at the settings' resolution. Raises TrainingError if there are too few."""
        check_pictures(pictures, settings.resolution)
        self.settings, self.schedule = settings, schedule
        self.pictures, self.device = pictures, torch.device(device)
        self.half = bfloat16_is_faster(self.device)
        self.rng = torch.Generator().manual_seed(settings.seed)
        self._identity, self._clock = identity, clock
        self._vgg: Backbone | None = None

    @property
    def side(self) -> int:
        """The side of the images in this stage, in pixels."""
        return self.schedule.side

    @property
    def seen(self) -> int:
        """The number of images so far."""
        return self.schedule.seen

    @property
    def images(self) -> int:
        """The number of images of the whole training; an estimate if the stages last minutes."""
        return self.schedule.images

    @property
    def done(self) -> bool:
        """True once all stages have ended."""
        return self.schedule.done

    @property
    def fade(self) -> float:
        """The share of the stage's own resolution that a discriminator sees, 0..1."""
        return 1.0

    @property
    def strength(self) -> float:
        """The strength of the augmentation, 0..1."""
        return 0.0

    def steps(self) -> abc.Generator[BaseTrainingStep, None, None]:
        """Train to the end. Raises TrainingError if the training diverges."""
        schedule, last = self.schedule, self._clock()
        while not schedule.done:
            if schedule.progress >= 1:
                schedule.begin_next()
                self._begin_stage()
                continue
            began, side, fade = time.perf_counter(), schedule.side, self.fade
            losses = {name: float(value.detach()) for name, value in self._step().items()}
            now = self._clock()
            schedule.advance(now - last)  # the time between two steps counts too
            last = now
            if not all_finite(losses):
                raise TrainingError(
                    f"The training diverged after {self.seen:,} images. Resume from the last save with "
                    f"{self.REMEDY}."
                )
            seconds = time.perf_counter() - began
            yield BaseTrainingStep(self.seen, self.images, side, fade, self.strength, losses, seconds)

    @abstractmethod
    def generator(self) -> Generator:
        """Return the averaged generator as it is now: a frozen copy with its mean w."""

    @abstractmethod
    def discriminator(self) -> Discriminator | None:
        """Return the discriminator as it is now, a frozen copy, or None if there is none."""

    @abstractmethod
    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return what load() needs: tensors, and JSON data."""

    @abstractmethod
    def load(self, tensors: Mapping[str, Tensor], document: Mapping[str, Any]) -> None:
        """Continue from a state, with this training's own settings.

        Raises TrainingError if the state is of another training.
        """

    @abstractmethod
    def _begin_stage(self) -> None:
        """Create the networks of the stage that has just started."""

    @abstractmethod
    def _step(self) -> dict[str, Tensor]:
        """Learn from one batch and return its losses."""

    def _backbone(self) -> Backbone:
        """Return VGG-16, loaded when it is first needed."""
        if self._vgg is None:
            self._vgg = load_backbone("vgg16").to(self.device)
        return self._vgg


def check_pictures(pictures: Tensor, resolution: int) -> None:
    """Raise TrainingError if there are too few; ValueError unless they are [N, 3, R, R] of this resolution R."""
    if len(pictures) < MIN_PICTURES:
        raise TrainingError(
            f"{len(pictures)} pictures are too few to make a domain. Give {MIN_PICTURES} or more, better a "
            "thousand, or adapt an existing domain."
        )
    if pictures.shape[2:] != (resolution, resolution):
        raise ValueError("the pictures are not of the settings' resolution")


def snapshot(average: Generator) -> Generator:
    """Return the averaged generator as it is now: a frozen copy with its mean w."""
    copied = copy.deepcopy(average)
    copied.estimate_w_mean()
    return copied.freeze()
