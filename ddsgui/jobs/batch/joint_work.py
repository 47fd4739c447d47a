"""Mixes of a batch that are searched for in one graph: many small pictures fill a graphics card better than one."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.errors import DdsError
from ddsgui.jobs.batch.mix_job import JobResult, MixJob
from ddsgui.jobs.batch.work import job_result, models_of, run_job
from ddsgui.steps import result_of

if TYPE_CHECKING:
    from ddsgui.jobs.joint_runs import Step
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

    def run(self, jobs: Iterable[MixJob]) -> Generator[JobResult, None, None]:
        for bundle in bundles(jobs, self.count):
            yield from self._run_bundle(bundle)

    def _run_bundle(self, jobs: list[MixJob]) -> list[JobResult]:
        if len(jobs) == 1 or jobs[0].mix[1].live:
            return [run_job(job, self.library, self.device, self.threads, self.frames) for job in jobs]
        models = models_of(self.library, self.device, self.threads)
        results: list[JobResult] = []
        while len(results) < len(jobs):
            start = len(results)
            count = _fitting(jobs[start], models)
            results += result_of(joint_steps(jobs[start : start + count], models, self.frames))
        if any(result.interrupted for result in results):
            raise KeyboardInterrupt
        return results


def bundles(jobs: Iterable[MixJob], count: int) -> Iterator[list[MixJob]]:
    """Yield up to `count` jobs at a time that follow each other and share their domains and settings."""

    def key(job: MixJob) -> tuple[object, ...]:
        recipe, settings = job.mix
        return recipe.source, recipe.target, replace(settings, seed=0)

    for _, group in groupby(jobs, key):
        bundle: list[MixJob] = []
        for job in group:
            bundle.append(job)
            if len(bundle) == count:
                yield bundle
                bundle = []
        if bundle:
            yield bundle


def joint_steps(
    jobs: Sequence[MixJob], models: ModelCache, frames: int = 0
) -> Generator[str | Step, None, list[JobResult]]:
    """Mix several jobs, with their searches side by side; yield sentences, and the steps of each search.

    What goes wrong with a job is in its result and ends no other. Each has an equal share of the seconds.
    """
    from ddsgui.jobs.joint_runs import joint_run_steps
    from ddsgui.jobs.mix import prepare_search
    from ddsgui.jobs.mixture import prepare_mix

    began = time.perf_counter()
    errors: dict[str, str] = {}
    prepared: list[tuple[MixJob, PreparedMix, Search]] = []
    for job in jobs:
        try:
            mix = yield from prepare_mix(*job.mix, models, animated=frames > 0)
            prepared.append((job, mix, (yield from prepare_search(models, mix.request))))
        except DdsError as error:
            errors[job.key] = str(error)
    run = joint_run_steps([search for _, _, search in prepared])
    while True:
        try:
            number, step = next(run)
        except StopIteration as end:
            outcomes = end.value
            break
        prepared[number][1].record(step)
        yield number, step
    results: dict[str, JobResult] = {}
    for (job, mix, _), outcome in zip(prepared, outcomes, strict=True):
        try:
            results[job.key] = job_result(job, mix.finish(outcome), frames, 0.0)
        except DdsError as error:
            errors[job.key] = str(error)
    results |= {job.key: JobResult(job, error=errors[job.key]) for job in jobs if job.key in errors}
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
