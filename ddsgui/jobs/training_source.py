"""The inputs of a base domain's training: pictures, landmarks and the domain to start from. Free of torch."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.errors import TrainingError
from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.morphs.settings import MorphSettings

if TYPE_CHECKING:
    import torch

    from ddsgui.training.adversarial.training import AdversarialTraining
    from ddsgui.training.morphs.training import MorphTraining
    from ddsgui.training.pictures import SquarePictures
    from ddsgui.training.run_state import BaseTraining

Settings = AdversarialSettings | MorphSettings


@dataclass
class TrainingSource:
    """The inputs of a training, which are saved with it."""

    images: str  # path of the pictures
    held_out: int
    start: str | None  # the domain to continue from
    landmarks: str | None = None  # path of the points on the pictures
    seconds: float = 0.0  # spent so far

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data, valid in any working folder."""
        landmarks = None if self.landmarks is None else str(Path(self.landmarks).absolute())
        return {**asdict(self), "images": str(Path(self.images).absolute()), "landmarks": landmarks}


@dataclass(frozen=True)
class Loading:
    """The progress of reading or aligning pictures before a training starts."""

    what: str  # "reading" or "aligning"
    done: int
    total: int


def load_steps(
    settings: Settings, source: TrainingSource, device: torch.device, fresh: bool
) -> Generator[Loading, None, BaseTraining]:
    """Create the training; a new one starts with the networks of the domain to continue from, if there is one.

    Raises DdsError if it cannot start.
    """
    if isinstance(settings, MorphSettings):
        return (yield from _morphs_steps(settings, source, device))
    return (yield from _adversarial_steps(settings, source, device, fresh))


def _adversarial_steps(
    settings: AdversarialSettings, source: TrainingSource, device: torch.device, fresh: bool
) -> Generator[Loading, None, AdversarialTraining]:
    from ddsgui.training.adversarial.training import AdversarialTraining

    if source.start is None or not fresh:
        pictures = yield from _picture_steps(source, settings.resolution)
        return AdversarialTraining(pictures.images, settings, device)
    from ddsgui.checkpoints.checkpoint import load_discriminator
    from ddsgui.library.library import Library
    from ddsgui.library.model_cache import ModelCache

    library = Library()
    discriminator = load_discriminator(library.domain(source.start), device)
    if discriminator is None:
        raise TrainingError(
            f"{source.start} has no discriminator next to it, so a training cannot continue from it."
        )
    own = discriminator.config.channels
    widths = (*own, *settings.discriminator_channels[len(own) :])
    settings = replace(settings, discriminator_channels=widths)
    networks = (ModelCache(library, device).generator(source.start), discriminator)
    pictures = yield from _picture_steps(source, settings.resolution)
    return AdversarialTraining(pictures.images, settings, device, networks)


def _morphs_steps(
    settings: MorphSettings, source: TrainingSource, device: torch.device
) -> Generator[Loading, None, MorphTraining]:
    from ddsgui.training.morphs.landmarks import points_known, read_landmarks
    from ddsgui.training.morphs.training import MorphTraining, with_points
    from ddsgui.training.morphs.warp import align_steps

    if source.landmarks is None:
        pictures = yield from _picture_steps(source, settings.resolution)
        return MorphTraining(pictures.images, settings, device, sides=pictures.sides)
    pictures = yield from _picture_steps(source, settings.resolution)
    points = read_landmarks(Path(source.landmarks), pictures.names)
    aligned = yield from _counted("aligning", align_steps(*with_points(pictures.images, points)))
    return MorphTraining(aligned, settings, device, sides=pictures.sides[points_known(points)])


def _picture_steps(source: TrainingSource, resolution: int) -> Generator[Loading, None, SquarePictures]:
    """Read the pictures to train on."""
    from ddsgui.training.pictures import hold_out, read_pictures_steps

    steps = read_pictures_steps(Path(source.images), resolution)
    pictures = yield from _counted("reading", steps)
    chosen, _ = hold_out(len(pictures.images), source.held_out)
    return pictures.at(chosen)


def _counted(what: str, steps: Generator[tuple[int, int], None, Any]) -> Generator[Loading, None, Any]:
    """Yield each count of `steps` as a Loading, and return their result."""
    while True:
        try:
            done, total = next(steps)
        except StopIteration as end:
            return end.value
        yield Loading(what, done, total)
