"""The training of a base domain with its files, as a generator that a command or a window drives. Free of torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.errors import DdsError, TrainingError
from ddsgui.jobs.base_metrics import Metrics, MetricsRow
from ddsgui.jobs.training_source import Loading, Settings, TrainingSource, load_steps
from ddsgui.paths import reason_of
from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.throughput import Throughput
from ddsgui.version import __version__

if TYPE_CHECKING:
    import torch

    from ddsgui.training.run_state import BaseTraining, BaseTrainingStep

SHEET_IMAGES, SHEET_COLUMNS, SHEET_PSI = 64, 8, 0.8


@dataclass(frozen=True)
class Trained:
    """A step of a training that has ended."""

    step: BaseTrainingStep
    images_per_second: float
    seconds_left: float


class BaseTrainingRun:
    """A training with its files."""

    def __init__(self, out: Path, training: BaseTraining, source: TrainingSource) -> None:
        """out: the file of the domain; the other files are next to it."""
        self.out, self.training, self.source = out, training, source
        self.saved, self.sheet = state_path(out), out.with_suffix(".sheet.png")
        columns = dict.fromkeys(term.name for term in training.LOSSES)
        self.metrics = Metrics(out.with_suffix(".metrics.csv"), training.pictures, tuple(columns))
        self._last: BaseTrainingStep | None = None

    @classmethod
    def begin_steps(
        cls, out: Path, device: torch.device, settings: Settings, source: TrainingSource
    ) -> Generator[Loading, None, BaseTrainingRun]:
        """Start a new training. Raises DdsError if it cannot start."""
        run = cls(out, (yield from load_steps(settings, source, device, fresh=True)), source)
        try:
            run.metrics.path.unlink(missing_ok=True)  # left by an earlier training
        except OSError as error:
            raise DdsError(f"{run.metrics.path} cannot be replaced: {reason_of(error)}.") from error
        return run

    @classmethod
    def resume_steps(
        cls,
        out: Path,
        device: torch.device,
        change: Callable[[Settings], Settings],
        images: Path | None = None,
        landmarks: Path | None = None,
    ) -> Generator[Loading, None, BaseTrainingRun]:
        """Resume the training saved next to `out`, with changed settings.

        images, landmarks: the new paths, if they have moved. Raises DdsError if it cannot be resumed.
        """
        from ddsgui.training.morphs.training import MORPHS_KIND
        from ddsgui.training.state import load_state

        saved = state_path(out)
        tensors, document = load_state(saved)
        try:
            kind = MorphSettings if document["training"] == MORPHS_KIND else AdversarialSettings
            settings: Settings = kind.from_dict(document["settings"])
            source = TrainingSource(**document["origin"])
        except (KeyError, TypeError) as error:
            raise TrainingError(f"{saved} is not the training of a base domain.") from error
        settings = change(settings)
        if images is not None:
            source.images = str(images)
        if landmarks is not None:
            source.landmarks = str(landmarks)
        training = yield from load_steps(settings, source, device, fresh=False)
        training.load(tensors, document)
        return cls(out, training, source)

    def train_steps(
        self, stop: Callable[[], bool], every: float | None = None
    ) -> Generator[Trained | MetricsRow, None, bool]:
        """Train to the end, or until stop() is true after a step; return whether it was stopped.

        Saves every `every` seconds and at the end.
        """
        training = self.training
        every = training.SAVE_SECONDS if every is None else every
        throughput = Throughput()
        before, began = self.source.seconds, time.perf_counter()
        saved, stopped = began, False
        for step in training.steps():
            self._last = step
            self.metrics.record(step)
            now = time.perf_counter()
            self.source.seconds = before + now - began
            if now - saved >= every:
                yield from self.save_steps(measure=self.metrics.is_due)
                saved = time.perf_counter()
            throughput.step(training.schedule.here.image_cost, training.schedule.batch)
            yield Trained(step, throughput.speed, training.schedule.seconds_left(throughput))
            if stop():
                stopped = True
                break
        self.source.seconds = before + time.perf_counter() - began
        yield from self.save_steps(measure=not stopped)
        return stopped

    def save_steps(self, measure: bool) -> Generator[MetricsRow, None, None]:
        """Save the training as it is, and the sheet; with `measure` a row of metrics as well.

        Raises DdsError if the disk is full.
        """
        import numpy as np

        from ddsgui.evaluation.frechet import sample_images
        from ddsgui.evaluation.sheet import contact_sheet
        from ddsgui.images import to_uint8, write_png
        from ddsgui.training.state import save_state

        tensors, document = self.training.state()
        save_state(self.saved, tensors, {**document, "origin": self.source.as_dict()})
        generator = self.training.generator()
        batches = sample_images(generator, SHEET_IMAGES, SHEET_PSI)
        write_png(self.sheet, contact_sheet(np.concatenate([to_uint8(b) for b in batches]), SHEET_COLUMNS))
        row = self.metrics.write(generator, self.source.seconds) if measure else None
        if row is not None:
            yield row

    def write_domain(self, name: str, title: str, licence: str) -> None:
        """Write the domain, and its discriminator if it has one, in half precision."""
        from ddsgui.checkpoints.checkpoint import DomainMetadata, discriminator_path, save_generator
        from ddsgui.checkpoints.native import save_discriminator

        discriminator = self.training.discriminator()
        if discriminator is not None:
            save_discriminator(discriminator, discriminator_path(self.out), half=True)
        metadata = DomainMetadata(name, title, {**self._card(), "licence": licence})
        save_generator(self.training.generator(), self.out, metadata, half=True)

    def report(self) -> dict[str, Any]:
        """Return the progress and the files as JSON data."""
        from ddsgui.checkpoints.checkpoint import discriminator_path

        training = self.training
        files = (self.saved, self.sheet, self.metrics.path, discriminator_path(self.out))
        return {
            "seen": training.seen,
            "images": training.images,
            "resolution": training.side,
            "pictures": len(training.pictures),
            "seconds": round(self.source.seconds, 1),
            "losses": self._last.losses if self._last else {},
            "files": [path.name for path in files if path.exists()],
        }

    def _card(self) -> dict[str, Any]:
        settings, source = self.training.settings, self.source
        images = Path(source.images).name
        held_out = f", {source.held_out} more held out" if source.held_out else ""
        how, mirrored = "", " and their mirror images"
        if isinstance(settings, MorphSettings):
            how = ", by regression on them and on their morphs"
        elif not settings.mirror:
            mirrored = ""
        words = ["ddsgui train --images", images, "--resolution", settings.resolution, *settings.words]
        words += ["--landmarks", Path(source.landmarks).name] if source.landmarks else []
        words += ["--seed", settings.seed, "--hold-out", source.held_out]
        words += ["--from", source.start] if source.start else []
        return {
            "origin": f"trained on {len(self.training.pictures):,} pictures of {images}{mirrored}{how}{held_out}",
            "images_seen": self.training.seen,
            "seconds": round(source.seconds),
            "settings": settings.as_dict(),
            "reproduce": " ".join(str(word) for word in [*words, "--out", self.out.name]),
            "ddsgui": __version__,
        }


def state_path(out: Path) -> Path:
    """Return the path of the saved training of the domain `out`."""
    return out.with_suffix(".training.safetensors")
