"""The table of metrics that grows beside a base domain while it is trained."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from torch import Tensor
from tqdm import tqdm

from ddsgui.errors import DdsError
from ddsgui.evaluation.frechet import Statistics, batches, frechet_distance, sample_images, vgg_statistics
from ddsgui.paths import reason_of
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.backbones import Backbone, load_backbone
from ddsgui.text import duration_text
from ddsgui.training.pictures import halved
from ddsgui.training.run_state import BaseTrainingStep

SAMPLES = 256  # generated pictures, at ψ = 1
MAX_REFERENCE = 1024  # pictures of the training set that they are compared with, at most
COST_FACTOR = 20  # a line is due after this many times what the last one took
HEADINGS = ("kimg", "seconds", "resolution", "frechet", "samples", "strength")  # and the training's losses


class Metrics:
    """Writes a line now and then: what was seen, the Fréchet distance to the training set, means of the losses."""

    def __init__(self, path: Path, pictures: Tensor, losses: Sequence[str]) -> None:
        """pictures: the training set, uint8 [N, 3, R, R]; losses: the names of all that a step may tell."""
        self.path, self.pictures = path, pictures
        self._headings = (*HEADINGS, *losses)
        self._vgg: Backbone | None = None
        self._known: tuple[int, Statistics] | None = None  # of the training set, at a side
        self._losses: dict[str, list[float]] = {}  # since the last line
        self._last: BaseTrainingStep | None = None
        self._cost = self._written = 0.0  # seconds that the last line took, and when that was

    @property
    def is_due(self) -> bool:
        """Whether a line would cost no more than a twentieth of the time."""
        return time.perf_counter() - self._written >= COST_FACTOR * self._cost

    def record(self, step: BaseTrainingStep) -> None:
        """Keep a step's losses for the next line."""
        self._last = step
        for name, value in step.losses.items():
            self._losses.setdefault(name, []).append(value)

    def write(self, generator: Generator, seconds: float) -> None:
        """A line about `generator` after `seconds` of training; none if there was no step since the last one.

        DdsError if it cannot be written.
        """
        if self._last is None or not self._losses:
            return
        began = time.perf_counter()
        line = self._line(self._last, generator, seconds)
        self._append(line)
        self._losses = {}
        self._written = time.perf_counter()
        self._cost = self._written - began
        what = f"{line['kimg']} kimg, {line['resolution']} px, Fréchet {line['frechet']} of {SAMPLES}"
        tqdm.write(f"{what}, {duration_text(seconds)}", file=sys.stderr)

    def _line(self, step: BaseTrainingStep, generator: Generator, seconds: float) -> dict[str, str]:
        side = step.resolution
        if self._vgg is None:
            self._vgg = load_backbone("vgg16").to(generator.device)
        if self._known is None or self._known[0] != side:
            at_side = halved(self.pictures[:MAX_REFERENCE], side)
            self._known = side, vgg_statistics(batches(at_side), self._vgg)
        ours = vgg_statistics(sample_images(generator, SAMPLES, 1.0, seed=1), self._vgg)
        return {
            "kimg": f"{step.seen / 1000:.3f}",
            "seconds": f"{seconds:.0f}",
            "resolution": str(side),
            "frechet": f"{frechet_distance(ours, self._known[1]):.4f}",
            "samples": str(SAMPLES),
            "strength": f"{step.strength:.3f}",
            **{name: f"{fmean(values):.4g}" for name, values in self._losses.items()},
        }

    def _append(self, line: dict[str, str]) -> None:
        try:
            with self.path.open("a", newline="", encoding="utf-8") as file:
                rows = csv.DictWriter(file, self._headings, lineterminator="\n")
                if file.tell() == 0:
                    rows.writeheader()
                rows.writerow(line)
        except OSError as error:
            raise DdsError(f"{self.path} cannot be written: {reason_of(error)}.") from error
