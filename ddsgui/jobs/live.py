"""The live blend as a job: a run of a single step, without a search."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING

from ddsgui.errors import OptimizerError
from ddsgui.jobs.runs import RunOutcome, RunRequest
from ddsgui.synthesis.blend_settings import BlendPart
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import MixResult, OptimizerStep

if TYPE_CHECKING:
    from ddsgui.library.model_cache import ModelCache


def live_steps(
    models: ModelCache, request: RunRequest, memory: dict[str, int | None]
) -> Generator[str | OptimizerStep, None, RunOutcome]:
    """Blend the parts of a request; yield sentences for the user, then the only step.

    Raises DdsError if the parts cannot be blended.
    """
    from ddsgui.device import memory_guard
    from ddsgui.synthesis.blending.live_blend import LiveBlend

    began = time.perf_counter()
    crossover, settings = request.crossover, request.settings
    if request.pair_latents is None:
        raise OptimizerError("A live blend needs the latents of its two pictures.")
    latent, target_latent = request.pair_latents
    pictures = (crossover.source, crossover.target, crossover.source_mask, crossover.target_mask)
    sample = Sample(*pictures, latent, target_latent, settings.truncation)
    parts = request.parts or (BlendPart(crossover.source_mask, crossover.target_mask, settings.live[0]),)
    with memory_guard():
        blend = LiveBlend(models.generator(request.source), models.generator(request.target), sample)
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
