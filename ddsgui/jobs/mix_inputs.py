"""The pictures and masks of a mix from its recipe."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from ddsgui.editing.recipe import MaskPair, Recipe
from ddsgui.errors import ProjectError
from ddsgui.jobs.pairs import Notice, PairRequest, draw_pair_steps, names_mask_image
from ddsgui.library.model_cache import ModelCache
from ddsgui.library.part_choice import part_choices
from ddsgui.synthesis.blend_settings import BlendPart
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import OptimizerSettings


def pair_steps(
    recipe: Recipe, settings: OptimizerSettings, models: ModelCache
) -> Generator[str, None, tuple[Recipe, Crossover, tuple[int, int]]]:
    """Return the recipe with masks that no part can find again, the crossover, and the size of its visible part."""
    carried = recipe.mask_arrays()
    request = _request(
        recipe, settings, "" if carried else recipe.part, None if carried else recipe.target_part
    )
    sample = yield from _draw(request, models)
    masks = carried or (sample.source_mask, sample.target_mask)
    _check_size(masks[0], sample)
    if carried is None and names_mask_image(request) and len(settings.live) < 2:
        recipe = replace(recipe, masks=MaskPair.encode(*masks))
    size = sample.crop or sample.target_mask.shape[::-1]
    return recipe, Crossover(sample.source, sample.target, *masks), (size[0], size[1])


def part_steps(
    recipe: Recipe, settings: OptimizerSettings, models: ModelCache
) -> Generator[str, None, tuple[Recipe, tuple[BlendPart, ...]]]:
    """Return the parts of a live blend with settings of their own, and the recipe with masks that come from images."""
    if recipe.part_masks:
        pairs = [pair.decode() for pair in recipe.part_masks]
    else:
        sources = part_choices(recipe.part)
        targets = sources if recipe.target_part is None else part_choices(recipe.target_part)
        requests = [
            _request(recipe, settings, source.text, None if target == source else target.text)
            for source, target in zip(sources, targets, strict=True)
        ]
        pairs = []
        for request in requests:
            sample = yield from _draw(request, models, notices=False)
            pairs.append((sample.source_mask, sample.target_mask))
        if any(map(names_mask_image, requests)):
            recipe = replace(recipe, part_masks=tuple(MaskPair.encode(*pair) for pair in pairs))
    parts = (BlendPart(*pair, blend) for pair, blend in zip(pairs, settings.live, strict=True))
    return recipe, tuple(parts)


def _request(recipe: Recipe, settings: OptimizerSettings, part: str, target_part: str | None) -> PairRequest:
    return PairRequest(
        recipe.source,
        recipe.target,
        part,
        recipe.latent,
        recipe.target_latent,
        settings.truncation,
        target_part,
    )


def _draw(request: PairRequest, models: ModelCache, notices: bool = True) -> Generator[str, None, Sample]:
    steps = draw_pair_steps(models, request, strict=True, notices=notices)
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value
        yield step.text if isinstance(step, Notice) else step


def _check_size(mask: np.ndarray, sample: Sample) -> None:
    """Raise ProjectError unless a recipe's mask is as large as the pictures."""
    if mask.shape != sample.target_mask.shape:
        (height, width), side = mask.shape, len(sample.target)
        raise ProjectError(
            f"The recipe's masks are {width} × {height} pixels; these pictures are {side} × {side}."
        )
