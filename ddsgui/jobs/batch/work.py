"""The work of a batch's process and of a window's queue: mixes one after another, with models kept in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.errors import DdsError
from ddsgui.images import encode_png
from ddsgui.jobs.batch.mix_job import JobResult, MixJob, check_input_files
from ddsgui.jobs.batch.results import frame_name
from ddsgui.jobs.job import Cancelled
from ddsgui.jobs.mix import Jobs
from ddsgui.project.model_use import model_uses
from ddsgui.project.recorder import RunRecord
from ddsgui.steps import result_of
from ddsgui.synthesis.settings import OptimizerResult, OptimizerStep

if TYPE_CHECKING:
    from ddsgui.jobs.mixture import Mixture
    from ddsgui.library.model_cache import ModelCache

OnProgress = Callable[[float], object]  # takes the share of the running jobs that is done, in jobs


def job_steps(
    job: MixJob, models: ModelCache, with_run: bool = False, frames: int = 0
) -> Generator[str | OptimizerStep, None, JobResult]:
    """Mix; yield what mix_steps() yields. Raises DdsError if there is no result.

    with_run: return the run with its frames, for a project, in place of the files. frames: the number of pictures of
    a search among the files, denser at its beginning.
    """
    from ddsgui.jobs.mixture import MixOptions, mix_steps

    began = time.perf_counter()
    recipe, settings = job.mix
    mixture = yield from mix_steps(recipe, settings, models, MixOptions(frames > 0, with_run))
    return replace(job_result(job, mixture, frames), seconds=time.perf_counter() - began)


def job_result(job: MixJob, mixture: Mixture, frames: int) -> JobResult:
    """Return the result of a job, without its seconds. frames: the number of pictures of a search among the files."""
    result, outcome, record = mixture.result, mixture.outcome, None
    if mixture.run is not None:
        uses = model_uses(mixture.models.library, mixture.recipe)
        record = RunRecord(mixture.run, mixture.crossover, mixture.size, uses)
    has_files = record is None and outcome.error is None
    searched = isinstance(result, OptimizerResult)
    return JobResult(
        job,
        mixture.files() | _frame_files(mixture, frames) if has_files else {},
        outcome.error or "",
        result.loss if searched else None,
        result.iteration if searched else None,
        interrupted=outcome.interrupted,
        record=record,
    )


def queued_steps(jobs: Jobs, job: MixJob) -> Generator[str | OptimizerStep, None, JobResult]:
    """Mix with the models of a window, and return the run: see job_steps()."""
    try:
        return (yield from job_steps(job, jobs.models, with_run=True))
    except KeyboardInterrupt as interrupt:  # it was cancelled before it had a result
        raise Cancelled from interrupt


def run_job(
    job: MixJob,
    library: Path,
    device: str,
    threads: int | None = None,
    frames: int = 0,
    on_progress: OnProgress | None = None,
) -> JobResult:
    """Mix and return the files. What goes wrong is in the result, and ends no other job.

    library: the user's folder of domains and parts. threads: that torch computes with; None leaves its choice. frames:
    see job_steps().
    """
    from ddsgui.device import memory_guard

    def report(step: str | OptimizerStep) -> None:
        if on_progress is not None and isinstance(step, OptimizerStep):
            on_progress(step.iteration / step.iterations)

    began = time.perf_counter()
    try:
        with memory_guard():
            models = models_of(library, device, threads)
            check_input_files(job, models.library)
            result = result_of(job_steps(job, models, frames=frames), report)
    except DdsError as error:
        return JobResult(job, error=str(error), seconds=time.perf_counter() - began)
    if result.interrupted:
        raise KeyboardInterrupt
    return result


def _frame_files(mixture: Mixture, count: int) -> dict[str, bytes]:
    """Return pictures of the search by file name: the first, the last, and others between at equal ratios."""
    pictures = mixture.frames() if count > 1 else {}
    if not pictures:
        return {}
    first, last = min(pictures), max(pictures)
    wanted = [first * (last / first) ** (i / (count - 1)) for i in range(count)]
    chosen = {min(pictures, key=lambda iteration: abs(iteration - number)) for number in wanted}
    return {frame_name(number): encode_png(pictures[number]) for number in sorted(chosen)}


@cache
def models_of(library: Path, device: str, threads: int | None) -> ModelCache:
    """Return the models of this process, which are loaded once."""
    import torch

    from ddsgui import paths
    from ddsgui.device import choose
    from ddsgui.library.library import Library
    from ddsgui.library.model_cache import ModelCache

    if threads is not None:
        torch.set_num_threads(threads)
    paths.set_user_data(library)
    return ModelCache(Library(library), choose(device))
