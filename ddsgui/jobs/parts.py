"""Jobs for a new part: train it on paintings, test it on other seeds, save it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.errors import SegmenterError
from ddsgui.jobs.mix import Jobs
from ddsgui.synthesis.latents import LatentSource, Seed
from ddsgui.synthesis.sample import Sample

if TYPE_CHECKING:
    from ddsgui.synthesis.segmenter import Segmenter

TEST_SEEDS = 8  # number of seeds that a part is tested on


@dataclass(frozen=True, eq=False)
class Painting:
    """One painted picture of a domain."""

    latent: LatentSource
    truncation: float
    mask: np.ndarray  # uint8 [H, W]


@dataclass(frozen=True, eq=False)
class PartRequest:
    """The paintings to train a part on, and the two domains to test it on."""

    name: str
    source: str  # the domain that was painted on
    target: str
    paintings: tuple[Painting, ...]


@dataclass(frozen=True)
class PartProgress:
    """One iteration of a training."""

    iteration: int  # 1-based
    iterations: int
    loss: float


class PartJobs:
    """Jobs that keep the last trained part in the engine thread until it is saved."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._trained: tuple[PartRequest, Segmenter] | None = None

    def train(
        self, request: PartRequest
    ) -> Generator[PartProgress | tuple[Sample, ...], None, tuple[Sample, ...]]:
        """Train a part. Yields the progress, then all test pairs so far; returns all of them.

        Raises SegmenterError if it cannot be trained.
        """
        source = self._jobs.models.generator(request.source)
        target = self._jobs.models.generator(request.target)
        from ddsgui.synthesis.sampling import sample_pair
        from ddsgui.synthesis.segmenter_training import PaintedExample, train_segmenter

        examples = [
            PaintedExample(p.latent, p.truncation, (p.mask > 127).astype(np.uint8)) for p in request.paintings
        ]
        segmenter = None
        for step in train_segmenter(source, examples, (request.name,)):
            segmenter = step.segmenter
            yield PartProgress(step.iteration, step.iterations, step.loss)
        if segmenter is None:
            raise SegmenterError("The part could not be trained.")
        self._trained = request, segmenter
        tried: tuple[Sample, ...] = ()
        truncation = request.paintings[0].truncation
        for seed in _other_seeds(request):
            tried = (*tried, sample_pair(source, target, segmenter, seed, truncation=truncation))
            yield tried
        return tried

    def save(self, name: str) -> Generator[None, None, str]:
        """Save the last trained part to the user's folder and return its name.

        Raises SegmenterError if there is none.
        """
        yield
        if self._trained is None:
            raise SegmenterError("Train the part first.")
        request, segmenter = self._trained
        from ddsgui.synthesis.segmenter import PartMetadata, save_segmenter

        latents = [painting.latent for painting in request.paintings]
        seeds = [latent.value for latent in latents if isinstance(latent, Seed)]
        card = {"origin": f"Painted by hand on {request.source}", "painted_seeds": seeds}
        save_segmenter(segmenter, self._jobs.library.part_path(name), PartMetadata(name, name, card))
        return name


def _other_seeds(request: PartRequest) -> list[int]:
    """Return the first unpainted seeds: always the same ones, so that the artist gets to know them."""
    painted = {painting.latent for painting in request.paintings}
    return [seed for seed in range(TEST_SEEDS + len(painted)) if Seed(seed) not in painted][:TEST_SEEDS]
