"""The training of a base domain as a verb runs it: what it reads, what it shows, what it saves beside the domain."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from ddsgui.checkpoints.checkpoint import (
    DomainMetadata,
    discriminator_path,
    load_discriminator,
    save_generator,
)
from ddsgui.checkpoints.native import save_discriminator
from ddsgui.commands.graceful_interrupt import GracefulInterrupt
from ddsgui.errors import DdsError, TrainingError
from ddsgui.evaluation.frechet import sample_images
from ddsgui.evaluation.sheet import contact_sheet
from ddsgui.images import to_uint8, write_png
from ddsgui.jobs.base_metrics import Metrics
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.paths import reason_of
from ddsgui.text import duration_text
from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.adversarial.training import AdversarialTraining
from ddsgui.training.morphs.landmarks import read_landmarks
from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.morphs.training import MORPHS_KIND as MORPHS
from ddsgui.training.morphs.training import MorphTraining
from ddsgui.training.pictures import hold_out, picture_names, read_pictures
from ddsgui.training.run_state import BaseTrainingStep
from ddsgui.training.state import load_state, save_state
from ddsgui.training.throughput import Throughput
from ddsgui.version import __version__

SHEET, COLUMNS, PSI = 64, 8, 0.8  # pictures on the sheet
Settings = AdversarialSettings | MorphSettings
Training = AdversarialTraining | MorphTraining
_BAR = "training {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} images{postfix}"


@dataclass
class TrainingSource:
    """What a training is of; goes into the saved training."""

    images: str  # path of the pictures
    held_out: int
    start: str | None  # domain it went on from
    landmarks: str | None = None  # path of the points on the pictures
    seconds: float = 0.0  # spent so far, in all sittings

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data, good in any folder."""
        landmarks = None if self.landmarks is None else str(Path(self.landmarks).absolute())
        return {**asdict(self), "images": str(Path(self.images).absolute()), "landmarks": landmarks}


class BaseTrainingRun:
    """A training with its files."""

    def __init__(self, out: Path, training: Training, origin: TrainingSource) -> None:
        self.out, self.training, self.origin = out, training, origin
        self.saved, self.sheet = state_path(out), out.with_suffix(".sheet.png")
        self.metrics = Metrics(out.with_suffix(".metrics.csv"), training.pictures, training.LOSSES)
        self._last: BaseTrainingStep | None = None

    @classmethod
    def begun(
        cls, out: Path, device: torch.device, settings: Settings, origin: TrainingSource
    ) -> BaseTrainingRun:
        """A new training. DdsError if it cannot begin."""
        run = cls(out, _made(settings, origin, device, fresh=True), origin)
        try:
            run.metrics.path.unlink(missing_ok=True)  # of a training that is gone
        except OSError as error:
            raise DdsError(f"{run.metrics.path} cannot be replaced: {reason_of(error)}.") from error
        return run

    @classmethod
    def resumed(
        cls,
        out: Path,
        device: torch.device,
        change: Callable[[Settings], Settings],
        images: Path | None = None,
        landmarks: Path | None = None,
    ) -> BaseTrainingRun:
        """The training saved beside `out`, with changed settings, and `images` and `landmarks` if they have moved.

        DdsError if it cannot go on.
        """
        saved = state_path(out)
        tensors, document = load_state(saved)
        try:
            kind = MorphSettings if document["training"] == MORPHS else AdversarialSettings
            settings: Settings = kind.from_dict(document["settings"])
            origin = TrainingSource(**document["origin"])
        except (KeyError, TypeError) as error:
            raise TrainingError(f"{saved} is not the training of a base domain.") from error
        settings = change(settings)
        if images is not None:
            origin.images = str(images)
        if landmarks is not None:
            origin.landmarks = str(landmarks)
        training = _made(settings, origin, device, fresh=False)
        training.load(tensors, document)
        return cls(out, training, origin)

    def train(self, every: float | None = None) -> bool:
        """All that is left; saves each `every` seconds and at the end. Whether it was interrupted."""
        training = self.training
        every = training.SAVE_EVERY if every is None else every
        pace = Throughput()
        before, began = self.origin.seconds, time.perf_counter()
        saved = began
        with (
            GracefulInterrupt() as interrupt,
            tqdm(
                total=training.images, initial=training.seen, disable=None, leave=False, bar_format=_BAR
            ) as bar,
        ):
            for step in training.steps():
                self._last = step
                self.metrics.record(step)
                now = time.perf_counter()
                self.origin.seconds = before + now - began
                if now - saved >= every:
                    self.save(measure=self.metrics.is_due)
                    saved = time.perf_counter()
                pace.step(training.cost, training.batch)
                left = duration_text(training.seconds_left(pace))
                told = f"{step.resolution} px, {pace.speed:.1f} images/s, {left} left"
                bar.set_postfix_str(told, refresh=False)
                bar.total = step.images
                bar.update(step.seen - bar.n)
                if interrupt.is_requested:
                    break
            self.origin.seconds = before + time.perf_counter() - began
            self.save(measure=not interrupt.is_requested)
        return interrupt.is_requested

    def save(self, measure: bool) -> None:
        """The training as it is, and the sheet; with `measure` a line of metrics as well. DdsError on a full disk."""
        tensors, document = self.training.state()
        save_state(self.saved, tensors, {**document, "origin": self.origin.as_dict()})
        generator = self.training.generator()
        pictures = np.concatenate([to_uint8(batch) for batch in sample_images(generator, SHEET, PSI)])
        write_png(self.sheet, contact_sheet(pictures, COLUMNS))
        if measure:
            self.metrics.write(generator, self.origin.seconds)

    def write_domain(self, name: str, title: str, licence: str) -> None:
        """The domain and its discriminator, if it has one, in half precision."""
        discriminator = self.training.discriminator()
        if discriminator is not None:
            save_discriminator(discriminator, discriminator_path(self.out), half=True)
        metadata = DomainMetadata(name, title, {**self._card(), "licence": licence})
        save_generator(self.training.generator(), self.out, metadata, half=True)

    def report(self) -> dict[str, Any]:
        """What was done so far, as JSON data."""
        training = self.training
        beside = (self.saved, self.sheet, self.metrics.path, discriminator_path(self.out))
        return {
            "seen": training.seen,
            "images": training.images,
            "resolution": training.side,
            "pictures": len(training.pictures),
            "seconds": round(self.origin.seconds, 1),
            "losses": self._last.losses if self._last else {},
            "files": [path.name for path in beside if path.exists()],
        }

    def _card(self) -> dict[str, Any]:
        settings, origin = self.training.settings, self.origin
        images = Path(origin.images).name
        held = f", {origin.held_out} more held out" if origin.held_out else ""
        how, mirrored = "", " and their mirror images"
        if isinstance(settings, MorphSettings):
            how = ", by regression on them and on their morphs"
        elif not settings.mirror:
            mirrored = ""
        words = ["ddsgui train --images", images, "--resolution", settings.resolution, *settings.words]
        words += ["--landmarks", Path(origin.landmarks).name] if origin.landmarks else []
        words += ["--seed", settings.seed, "--hold-out", origin.held_out]
        words += ["--from", origin.start] if origin.start else []
        return {
            "origin": f"trained on {len(self.training.pictures):,} pictures of {images}{mirrored}{how}{held}",
            "images_seen": self.training.seen,
            "seconds": round(origin.seconds),
            "settings": settings.as_dict(),
            "reproduce": " ".join(str(word) for word in [*words, "--out", self.out.name]),
            "ddsgui": __version__,
        }


def state_path(out: Path) -> Path:
    """Where the training of the domain `out` is saved."""
    return out.with_suffix(".training.safetensors")


def _made(settings: Settings, origin: TrainingSource, device: torch.device, fresh: bool) -> Training:
    """The training itself; a fresh one begins with the networks of the domain it goes on from, if any."""
    if isinstance(settings, MorphSettings):
        return _by_morphs(settings, origin, device)
    if origin.start is None or not fresh:
        return AdversarialTraining(_pictures(origin, settings.resolution), settings, device)
    library = Library()
    discriminator = load_discriminator(library.domain(origin.start), device)
    if discriminator is None:
        raise TrainingError(
            f"{origin.start} has no discriminator beside it, so that a training cannot go on from it."
        )
    own = discriminator.config.channels
    widths = (*own, *settings.discriminator_channels[len(own) :])
    settings = replace(settings, discriminator_channels=widths)
    networks = (ModelCache(library, device).generator(origin.start), discriminator)
    return AdversarialTraining(_pictures(origin, settings.resolution), settings, device, networks)


def _by_morphs(settings: MorphSettings, origin: TrainingSource, device: torch.device) -> MorphTraining:
    points = None
    if origin.landmarks is not None:
        names = picture_names(Path(origin.images))
        points = read_landmarks(Path(origin.landmarks), names)[hold_out(len(names), origin.held_out)[0]]
    pictures = _pictures(origin, settings.resolution)
    with _counting("bending") as show:
        return MorphTraining(pictures, settings, device, points, show)


def _pictures(origin: TrainingSource, resolution: int) -> Tensor:
    """Those that are trained on, uint8 [N, 3, R, R]."""
    with _counting("reading") as show:
        pictures = read_pictures(Path(origin.images), resolution, show)
    kept, _ = hold_out(len(pictures), origin.held_out)
    return pictures[kept]


@contextmanager
def _counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback (pictures done, pictures in all) that moves a bar."""
    with tqdm(desc=what, unit="picture", leave=False, disable=None, delay=0.5) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show
