"""What trainings of a base domain have in common, whichever way they learn: enough pictures, steps, saved states."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.stylegan.generator import Generator

MIN_PICTURES = 32  # pictures; fewer are for adapting a domain, not for making one


@dataclass(frozen=True)
class BaseTrainingStep:
    """One batch, as seen from outside."""

    seen: int  # images so far, in all stages
    images: int  # of the whole training
    resolution: int  # of this stage
    fade: float  # 0..1, share of the picture at this resolution that the discriminator sees
    strength: float  # of the augmentation, 0..1
    losses: dict[str, float]
    seconds: float  # that this step took


@dataclass(frozen=True)
class RunState:
    """Which training a saved state is of: it goes on as that one only."""

    kind: str  # in the file
    label: str  # in a sentence, as in "not one of a base domain"
    pictures: int  # that it learns from

    def document(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """What every state says: JSON data. settings: as_dict() of the training's own."""
        return {"training": self.kind, "settings": settings, "pictures": self.pictures}

    def check(self, document: Mapping[str, Any]) -> None:
        """TrainingError if a state is of another training."""
        if document.get("training") != self.kind:
            raise TrainingError(f"The saved training is not one {self.label}.")
        if document.get("pictures") != self.pictures:
            raise TrainingError(
                f"The saved training is of {document.get('pictures')} pictures, these are {self.pictures}."
            )


def check_pictures(pictures: Tensor, resolution: int) -> None:
    """TrainingError if there are too few; ValueError if they are not [N, 3, R, R] of this resolution R."""
    if len(pictures) < MIN_PICTURES:
        raise TrainingError(
            f"{len(pictures)} pictures are too few to make a domain; give {MIN_PICTURES} or more, better a "
            "thousand, or adapt a domain that there is."
        )
    if pictures.shape[2:] != (resolution, resolution):
        raise ValueError("the pictures are not of the settings' resolution")


def snapshot(average: Generator) -> Generator:
    """The averaged generator as it is now: a frozen copy with its mean w."""
    copied = copy.deepcopy(average)
    copied.estimate_w_mean()
    return copied.freeze()
