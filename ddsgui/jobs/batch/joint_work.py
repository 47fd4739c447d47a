"""Mixes of a batch whose searches are evaluated in one graph: one small picture does not fill a graphics card."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.device import memory_guard
from ddsgui.errors import DdsError
from ddsgui.jobs.batch.mix_job import JobResult, MixJob, check_input_files
from ddsgui.jobs.batch.work import OnProgress, job_result, models_of, run_job
from ddsgui.steps import result_of
from ddsgui.synthesis.settings import OptimizerSettings

if TYPE_CHECKING:
    from ddsgui.jobs.mix import Search
    from ddsgui.jobs.mixture import PreparedMix
    from ddsgui.library.model_cache import ModelCache

MAX_TOGETHER = 64  # where the free memory is not known


@dataclass(frozen=True)
class JointSearches:
    """An engine: this process, with up to `count` jobs at once, of one pair of domains and with the same settings."""

    count: int
    library: Path  # the user's folder of domains and parts
    device: str
    threads: int | None = None  # that torch computes with; None leaves its choice
    frames: int = 0  # see job_steps()
    on_progress: OnProgress | None = None

    def run(self, jobs: Iterable[MixJob]) -> Generator[JobResult, None, None]:
        for group in groups(jobs, self.count):
            if len(group) == 1:
                yield run_job(
                    group[0], self.library, self.device, self.threads, self.frames, self.on_progress
                )
            else:
                yield from self._run_group(group)

    def _run_group(self, jobs: list[MixJob]) -> Generator[JobResult, None, None]:
        try:
            models = models_of(self.library, self.device, self.threads)
        except DdsError as error:
            yield from (JobResult(job, error=str(error)) for job in jobs)
            return
        while jobs:
            count = _fitting(jobs[0], models)
            results = run_jointly(jobs[:count], models, self.frames, self.on_progress)
            jobs = jobs[count:]
            if any(result.interrupted for result in results):
                raise KeyboardInterrupt
            yield from results


def groups(jobs: Iterable[MixJob], count: int) -> Iterator[list[MixJob]]:
    """Yield up to `count` searches at a time that follow each other and share domains and settings.

    A live blend is a group of its own.
    """

    def key(job: MixJob) -> tuple[str, str, OptimizerSettings]:
        recipe, settings = job.mix
        return recipe.source, recipe.target, replace(settings, seed=0)

    for (_, _, settings), same in groupby(jobs, key):
        most = 1 if settings.live else count
        while group := [*islice(same, most)]:
            yield group


def run_jointly(
    jobs: Sequence[MixJob], models: ModelCache, frames: int = 0, on_progress: OnProgress | None = None
) -> list[JobResult]:
    """Mix several jobs, whose searches are evaluated in one graph. Each has an equal share of the seconds.

    What goes wrong with a job is in its result, and ends no other job. frames: see job_steps().
    """
    from ddsgui.jobs.joint_runs import Step, joint_run_steps
    from ddsgui.jobs.mix import prepare_search
    from ddsgui.jobs.mixture import MixOptions, prepare_mix

    began = time.perf_counter()
    results: dict[str, JobResult] = {}
    prepared: list[tuple[MixJob, PreparedMix, Search]] = []
    for job in jobs:
        try:
            with memory_guard():
                check_input_files(job, models.library)
                mix = result_of(prepare_mix(*job.mix, models, MixOptions(animated=frames > 0)))
                search = result_of(prepare_search(models, mix.request))
        except DdsError as error:
            results[job.key] = JobResult(job, error=str(error))
        else:
            prepared.append((job, mix, search))

    shares = [0.0] * len(prepared)

    def record(step: Step) -> None:
        number, step_of_search = step
        prepared[number][1].record(step_of_search)
        shares[number] = step_of_search.iteration / step_of_search.iterations
        if on_progress is not None:
            on_progress(sum(shares))

    outcomes = result_of(joint_run_steps([search for _, _, search in prepared]), record)
    for (job, mix, _), outcome in zip(prepared, outcomes, strict=True):
        try:
            with memory_guard():
                results[job.key] = job_result(job, mix.finish(outcome), frames)
        except DdsError as error:
            results[job.key] = JobResult(job, error=str(error))
    share = (time.perf_counter() - began) / len(jobs)
    return [replace(results[job.key], seconds=share) for job in jobs]


def _fitting(job: MixJob, models: ModelCache) -> int:
    """Return how many searches like that of a job fit into the free memory: 1 or more.

    Raises no error where even one does not fit: prepare_search() says so.
    """
    from ddsgui.memory import free_memory

    recipe, settings = job.mix
    try:
        target = models.generator(recipe.target)
    except DdsError:
        return 1
    free = free_memory(target.device)
    estimate = settings.memory_estimate(target.config.as_dict())
    return MAX_TOGETHER if free is None else max(1, free // estimate.bytes)
