"""The mixes of an evaluation: requested by its stages, made by a batch, and read back from its folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ddsgui.editing.recipe import Recipe
from ddsgui.export.bundle import INPUTS, RESULT
from ddsgui.images import read_grey, read_image
from ddsgui.jobs.batch.mix_job import MixJob, make_job
from ddsgui.jobs.batch.results import FRAME_PREFIX, Entry, ResultFolder, frame_name
from ddsgui.jobs.evaluation.plan import UNPAIRED_STEP, Group
from ddsgui.library.checksums import sha256_of
from ddsgui.library.library import Library
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import OptimizerSettings


class Requests:
    """The jobs that stages ask for; each is made once, however many stages ask for it."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._jobs: dict[str, MixJob] = {}

    @property
    def jobs(self) -> list[MixJob]:
        """All jobs, in the order in which they were first requested."""
        return list(self._jobs.values())

    def mixes(
        self, group: Group, settings: OptimizerSettings, seeds: Iterable[int], unpaired: bool = False
    ) -> list[MixJob]:
        """Return the job of each seed. unpaired: the target's picture comes from another seed.

        Raises DdsError if a domain or a part is missing.
        """
        return [
            self._request(group, settings, seed, seed + UNPAIRED_STEP if unpaired else None) for seed in seeds
        ]

    def _request(
        self, group: Group, settings: OptimizerSettings, seed: int, target_seed: int | None
    ) -> MixJob:
        recipe = Recipe(
            group.source,
            group.target,
            group.part,
            Seed(seed),
            None if target_seed is None else Seed(target_seed),
            settings.as_dict(),
            target_part=group.target_part,
        )
        job = make_job(len(self._jobs) + 1, recipe, self._library, sha256_of)
        options = {"source": group.source, "target": group.target, "part": group.part}
        options |= {"preset": settings.preset, "seed": str(seed)}
        return self._jobs.setdefault(job.key, replace(job, options=options))


@dataclass(frozen=True, eq=False)
class Mix:
    """The files of a mix that was made."""

    job: MixJob
    folder: Path
    entry: Entry

    @property
    def crossover(self) -> Crossover:
        """The pair and its masks, without padding."""
        source, target, source_mask, target_mask = (self.folder / name for name in INPUTS[:4])
        return Crossover(
            read_image(source), read_image(target), read_grey(source_mask), read_grey(target_mask)
        )

    @property
    def result(self) -> np.ndarray:
        """x̂, uint8 [H, W, 3]."""
        return read_image(self.folder / RESULT)

    @property
    def iterations(self) -> list[int]:
        """The iterations whose pictures were saved, in order; [] of a live blend."""
        return sorted(
            int(path.stem.removeprefix(FRAME_PREFIX)) for path in self.folder.glob(f"{FRAME_PREFIX}*.png")
        )

    def frame(self, iteration: int) -> np.ndarray:
        """Return the picture of an iteration, uint8 [H, W, 3]."""
        return read_image(self.folder / frame_name(iteration))


class Mixes:
    """Mixes that were made, by their jobs."""

    def __init__(self, folder: ResultFolder, entries: Iterable[Entry]) -> None:
        self._folder = folder
        self._entries = {entry.job.key: entry for entry in entries}

    def of(self, *series: Sequence[MixJob]) -> list[list[Mix]]:
        """Return the mixes of several series of jobs of the same people, without people of which one failed."""
        whole = [jobs for jobs in zip(*series, strict=True) if all(map(self._is_done, jobs))]
        return [[self._mix(jobs[number]) for jobs in whole] for number in range(len(series))]

    @property
    def failures(self) -> list[Entry]:
        """The lines of mixes that failed."""
        return [entry for entry in self._entries.values() if entry.state != "done"]

    def _is_done(self, job: MixJob) -> bool:
        return self._entries[job.key].state == "done"

    def _mix(self, job: MixJob) -> Mix:
        return Mix(job, self._folder.folder(job), self._entries[job.key])
