"""The table of metrics that grows next to a base domain while it is trained. Free of torch until it is written."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from ddsgui.errors import DdsError
from ddsgui.paths import reason_of

if TYPE_CHECKING:
    from torch import Tensor

    from ddsgui.evaluation.frechet import Statistics
    from ddsgui.stylegan.generator import Generator
    from ddsgui.synthesis.backbones import Backbone
    from ddsgui.training.run_state import BaseTrainingStep

SAMPLES = 256  # generated images, at ψ = 1
MAX_REFERENCE = 1024  # real images that they are compared with
ROW_INTERVAL_FACTOR = 20  # a row of t seconds waits 20 t after the last one: 5 % of the time
# The Fréchet distance is computed from VGG-16's activations: compare its figures with each other, not with a
# published FID. The columns of the training's losses follow these.
HEADINGS = ("kimg", "seconds", "resolution", "frechet", "samples", "strength")


@dataclass(frozen=True)
class MetricsRow:
    """A row of the table."""

    values: dict[str, str]  # by heading
    seconds: float  # of training

    def __str__(self) -> str:
        values = self.values
        return (
            f"{values['kimg']} kimg, {values['resolution']} px, Fréchet distance {values['frechet']} "
            f"({values['samples']} images, VGG-16, not a published FID)"
        )


class Metrics:
    """A CSV of images seen, the Fréchet distance to the training set, and mean losses; a row now and then."""

    def __init__(self, path: Path, pictures: Tensor, losses: Sequence[str]) -> None:
        """pictures: the training set, uint8 [N, 3, R, R]. losses: names of all losses that a step may report."""
        self.path, self.pictures = path, pictures
        self._headings = (*HEADINGS, *losses)
        self._vgg: Backbone | None = None
        self._reference: tuple[int, Statistics] | None = None  # of the training set, at a side
        self._losses: dict[str, list[float]] = {}  # since the last row
        self._last: BaseTrainingStep | None = None
        self._cost = self._written = 0.0  # seconds that the last row took, and the time when it was written

    @property
    def is_due(self) -> bool:
        """True if a row would cost at most a twentieth of the time."""
        return time.perf_counter() - self._written >= ROW_INTERVAL_FACTOR * self._cost

    def record(self, step: BaseTrainingStep) -> None:
        """Keep a step's losses for the next row."""
        self._last = step
        for name, value in step.losses.items():
            self._losses.setdefault(name, []).append(value)

    def write(self, generator: Generator, seconds: float) -> MetricsRow | None:
        """Append a row about `generator` after `seconds` of training; None if there was no step since the last one.

        Raises DdsError if it cannot be written.
        """
        if self._last is None or not self._losses:
            return None
        began = time.perf_counter()
        row = MetricsRow(self._values(self._last, generator, seconds), seconds)
        self._append(row.values)
        self._losses = {}
        self._written = time.perf_counter()
        self._cost = self._written - began
        return row

    def _values(self, step: BaseTrainingStep, generator: Generator, seconds: float) -> dict[str, str]:
        from ddsgui.evaluation.frechet import batches, frechet_distance, sample_images, vgg_statistics
        from ddsgui.images import downscale
        from ddsgui.synthesis.backbones import load_backbone

        side = step.resolution
        if self._vgg is None:
            self._vgg = load_backbone("vgg16").to(generator.device)
        if self._reference is None or self._reference[0] != side:
            reference = downscale(self.pictures[:MAX_REFERENCE], side)
            self._reference = side, vgg_statistics(batches(reference), self._vgg)
        drawn = vgg_statistics(sample_images(generator, SAMPLES, 1.0, seed=1), self._vgg)
        return {
            "kimg": f"{step.seen / 1000:.3f}",
            "seconds": f"{seconds:.0f}",
            "resolution": str(side),
            "frechet": f"{frechet_distance(drawn, self._reference[1]):.4f}",
            "samples": str(SAMPLES),
            "strength": f"{step.strength:.3f}",
            **{name: f"{fmean(values):.4g}" for name, values in self._losses.items()},
        }

    def _append(self, values: dict[str, str]) -> None:
        try:
            with self.path.open("a+", newline="", encoding="utf-8") as file:
                file.seek(0)
                # A table that another version started keeps its columns.
                headings = next(csv.reader(file), None)
                file.seek(0, 2)
                rows = csv.DictWriter(
                    file, headings or self._headings, extrasaction="ignore", lineterminator="\n"
                )
                if headings is None:
                    rows.writeheader()
                rows.writerow(values)
        except OSError as error:
            raise DdsError(f"{self.path} cannot be written: {reason_of(error, self.path.parent)}.") from error
