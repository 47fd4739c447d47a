"""The work of a batch's process: mixes one after another, with the domains of the last ones kept in memory."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import DdsError
from ddsgui.jobs.batch.mix_job import JobResult, MixJob
from ddsgui.steps import result_of
from ddsgui.synthesis.settings import OptimizerResult, OptimizerSettings

if TYPE_CHECKING:
    from ddsgui.library.model_cache import ModelCache


def run_job(job: MixJob, library: Path, device: str, threads: int | None = None) -> JobResult:
    """Mix and return the files. What goes wrong is in the result, and ends no other job.

    library: the user's folder of domains and parts. threads: that torch computes with; None leaves its choice.
    """
    from ddsgui.device import memory_guard
    from ddsgui.jobs.mixture import mix_steps

    began = time.perf_counter()
    try:
        recipe = Recipe.from_dict(job.recipe)
        settings = OptimizerSettings.from_dict(recipe.settings)
        with memory_guard():
            mixture = result_of(mix_steps(recipe, settings, _models(library, device, threads)))
            files = mixture.files()
    except DdsError as error:
        return JobResult(job, error=str(error), seconds=time.perf_counter() - began)
    if mixture.outcome.interrupted:
        raise KeyboardInterrupt
    result = mixture.result
    searched = isinstance(result, OptimizerResult)
    return JobResult(
        job,
        files if mixture.outcome.error is None else {},
        mixture.outcome.error or "",
        result.loss if searched else None,
        result.iteration if searched else None,
        time.perf_counter() - began,
    )


@cache
def _models(library: Path, device: str, threads: int | None) -> ModelCache:
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
