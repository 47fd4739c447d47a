"""The live blend as a job: a run of a single step, without a search."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import DdsError, OptimizerError
from ddsgui.jobs.runs import RunOutcome, RunRequest
from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import MixResult, OptimizerSettings, OptimizerStep

if TYPE_CHECKING:
    from ddsgui.library.model_cache import ModelCache
    from ddsgui.synthesis.blending.live_blend import LiveBlend


def load_blend(models: ModelCache, source: str, target: str, sample: Sample) -> LiveBlend:
    """Return the live blend of a sample of two domains."""
    from ddsgui.synthesis.blending.live_blend import LiveBlend

    return LiveBlend(models.generator(source), models.generator(target), sample)


def prepare_blend(models: ModelCache, request: RunRequest) -> LiveBlend:
    """Return the live blend of a request's pair. Raises OptimizerError without the latents of its pictures."""
    if request.pair_latents is None:
        raise OptimizerError("A live blend needs the latents of its two pictures.")
    crossover, (latent, target_latent) = request.crossover, request.pair_latents
    pictures = (crossover.source, crossover.target, crossover.source_mask, crossover.target_mask)
    sample = Sample(*pictures, latent, target_latent, request.settings.truncation)
    return load_blend(models, request.source, request.target, sample)


def live_steps(
    models: ModelCache, request: RunRequest, memory: dict[str, int | None]
) -> Generator[str | OptimizerStep, None, RunOutcome]:
    """Blend the parts of a request; yield sentences for the user, then the only step.

    Raises DdsError if the parts cannot be blended.
    """
    from ddsgui.device import memory_guard

    began = time.perf_counter()
    crossover, settings = request.crossover, request.settings
    parts = request.parts or (BlendPart(crossover.source_mask, crossover.target_mask, settings.live[0]),)
    with memory_guard():
        blend = prepare_blend(models, request)
        if blend.notice is not None:
            yield blend.notice
        image = blend.blend(parts).image
    yield OptimizerStep(
        iteration=1,
        iterations=1,
        losses={},
        image=image,
        revision=crossover.revision,
        seconds=time.perf_counter() - began,
        best=True,
    )
    return RunOutcome(MixResult(image), settings.space, memory=memory)


def usual_blend(models: ModelCache, recipe: Recipe, crossover: Crossover) -> np.ndarray | None:
    """Return the live blend of a search's pair with the usual settings, uint8 [R, R, 3].

    None if the recipe is that of a live blend, or if its domains are missing or cannot be blended.
    """
    from ddsgui.device import memory_guard

    settings = OptimizerSettings.from_dict(recipe.settings)
    if settings.live:
        return None
    latents = recipe.latent, recipe.target_latent
    request = RunRequest(recipe.source, recipe.target, crossover, settings, pair_latents=latents)
    part = BlendPart(crossover.source_mask, crossover.target_mask, BlendSettings())
    try:
        with memory_guard():
            return prepare_blend(models, request).blend([part]).image
    except (DdsError, ValueError):  # ValueError: pictures of another size than the domain's
        return None
