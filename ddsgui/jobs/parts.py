"""Jobs for a new part: train it on paintings, test it on other seeds, save it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.errors import SegmenterError
from ddsgui.jobs.mix import Jobs
from ddsgui.jobs.painting import Painting, paintings_in
from ddsgui.library.library import Entry
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.sample import Sample

if TYPE_CHECKING:
    from ddsgui.stylegan.generator import Generator as Network
    from ddsgui.synthesis.segmenter import Segmenter

TEST_SEEDS = 8  # number of seeds that a part is tested on
# Of a part that was saved without its paintings: faces whose predicted masks stand for them.
MAX_STAND_INS, STAND_IN_SEEDS = 8, (0, 1, 2)
USUAL_TRUNCATION = 0.8


@dataclass(frozen=True, eq=False)
class PartRequest:
    """The paintings to train a part on, and the two domains to test it on."""

    name: str
    source: str  # the domain that was painted on
    target: str
    paintings: tuple[Painting, ...]


@dataclass(frozen=True, eq=False)
class SavedPart:
    """A part of the library as it is edited: its paintings, and the pairs that show what it finds."""

    request: PartRequest
    tried: tuple[Sample, ...]


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
        from ddsgui.synthesis.segmenter_training import PaintedExample, train_segmenter

        examples = [
            PaintedExample(
                painting.latent,
                painting.truncation,
                (painting.mask > 127).astype(np.uint8),
                None if painting.domain is None else self._jobs.models.generator(painting.domain),
            )
            for painting in request.paintings
        ]
        segmenter = None
        for step in train_segmenter(source, examples, (request.name,)):
            segmenter = step.segmenter
            yield PartProgress(step.iteration, step.iterations, step.loss)
        if segmenter is None:
            raise SegmenterError("The part could not be trained.")
        self._trained = request, segmenter
        return (yield from self._try(request, segmenter))

    def edit(self, name: str, source: str, target: str) -> Generator[tuple[Sample, ...], None, SavedPart]:
        """Open a part of the library to be corrected. Yields all test pairs so far.

        `source` and `target` are the domains to show it on, as far as it fits them. A part that was saved without its
        paintings gets what it finds on a few faces in their place. Raises SegmenterError if no domain fits it.
        """
        library = self._jobs.library
        entry = library.entry(name, "part")
        if len(entry.class_names) > 1:
            raise SegmenterError(
                f"{entry.title} has several classes. Only a part of one class can be edited here."
            )
        segmenter = self._jobs.models.segmenter(name)
        paintings = paintings_in(entry.metadata)
        wanted = [painting.domain for painting in paintings if painting.domain is not None]
        fitting = _fitting_domains(entry, library.domains(), [*wanted, source, target])
        if not fitting:
            raise SegmenterError(f"No domain in the library fits {entry.title}.")
        paintings = tuple(p for p in paintings if p.domain is None or p.domain in fitting)
        first = source if source in fitting else fitting[0]
        second = target if target in fitting else first
        generators = {domain: self._jobs.models.generator(domain) for domain in (first, second)}
        if paintings:
            paintings = tuple(self._drawn(painting, first) for painting in paintings)
        else:
            paintings = _stand_ins(entry, segmenter, generators[first], first)
        request = PartRequest(segmenter.classes[0], first, second, paintings)
        self._trained = request, segmenter
        tried = yield from self._try(request, segmenter)
        return SavedPart(request, tried)

    def _drawn(self, painting: Painting, usual_domain: str) -> Painting:
        """Return a painting with its domain and picture."""
        from ddsgui.images import to_uint8
        from ddsgui.synthesis.sampling import picture

        domain = painting.domain or usual_domain
        image = picture(self._jobs.models.generator(domain), painting.latent, painting.truncation)
        return replace(painting, domain=domain, picture=to_uint8(image[0]))

    def _try(
        self, request: PartRequest, segmenter: Segmenter
    ) -> Generator[tuple[Sample, ...], None, tuple[Sample, ...]]:
        """Test a part on faces that were not painted. Yields all pairs so far; returns all of them."""
        from ddsgui.synthesis.sampling import sample_pair

        source = self._jobs.models.generator(request.source)
        target = self._jobs.models.generator(request.target)
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
        documents = [replace(p, domain=p.domain or request.source).as_dict() for p in request.paintings]
        path = self._jobs.library.part_path(name)
        save_segmenter(segmenter, path, PartMetadata(name, name, card, documents))
        return name


def _fitting_domains(part: Entry, domains: list[Entry], wanted: list[str]) -> list[str]:
    """Return the names of the domains that a part fits, the wanted ones first."""
    names = [domain.name for domain in domains if part.fits(domain)]
    return sorted(names, key=lambda name: wanted.index(name) if name in wanted else len(wanted))


def _stand_ins(entry: Entry, segmenter: Segmenter, generator: Network, domain: str) -> tuple[Painting, ...]:
    """Return what a part finds on the faces it was painted on, if its card names them, or else on the first few."""
    from ddsgui.images import to_uint8
    from ddsgui.synthesis.sampling import draw

    named = entry.card.get("painted_seeds", entry.card.get("seed"))
    seeds = [seed for seed in (named if isinstance(named, list) else [named]) if type(seed) is int]
    paintings = []
    for seed in seeds[:MAX_STAND_INS] or STAND_IN_SEEDS:
        image, features = draw(generator, Seed(seed), USUAL_TRUNCATION)
        mask, picture = segmenter.masks(features)[0, 0], to_uint8(image[0])
        paintings.append(Painting(Seed(seed), USUAL_TRUNCATION, mask, domain, picture))
    return tuple(paintings)


def _other_seeds(request: PartRequest) -> list[int]:
    """Return the first unpainted seeds: always the same ones, so that the artist gets to know them."""
    painted = {painting.latent for painting in request.paintings}
    return [seed for seed in range(TEST_SEEDS + len(painted)) if Seed(seed) not in painted][:TEST_SEEDS]
