"""A morph from the source's picture over the result to the target's, through the latent space."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.editing.recipe import Recipe
from ddsgui.export.animation import eased
from ddsgui.export.content import Morph, Progress
from ddsgui.library.families import shares_latent_space
from ddsgui.stylegan.padding import centre_crop
from ddsgui.synthesis.latents import StoredLatent
from ddsgui.synthesis.settings import OptimizerSettings

if TYPE_CHECKING:
    from ddsgui.library.model_cache import ModelCache
    from ddsgui.stylegan.generator import Generator as Network


def latent_morph(models: ModelCache, recipe: Recipe, latent: StoredLatent | None) -> Morph | None:
    """Return a function that draws the morph of a result with the latent ẑ; None where there is no ẑ (live blends)."""
    return None if latent is None else partial(morph_steps, models, recipe, latent)


def morph_steps(
    models: ModelCache, recipe: Recipe, latent: StoredLatent, count: int, size: tuple[int, int]
) -> Generator[Progress, None, list[np.ndarray] | None]:
    """Draw an odd number of pictures, uint8 [height, width, 3]: the first the source, the middle the result.

    On the first half the weights change from the source's generator to the target's while the latent moves to ẑ; on
    the second half only the latent moves, back to that of the target. This needs two generators of one shape and
    family, of which one was adapted from the other: between others, the weights in between draw nothing. Then the
    answer is None.
    """
    import copy

    import torch

    from ddsgui.images import to_uint8
    from ddsgui.synthesis.sampling import ws_of

    source, target = models.generator(recipe.source), models.generator(recipe.target)
    is_family = shares_latent_space(models.library, recipe.source, recipe.target)
    if not is_family or not _same_shape(source, target):
        return None
    truncation = OptimizerSettings.from_dict(recipe.settings).truncation
    target_latent = recipe.latent if recipe.target_latent is None else recipe.target_latent
    with torch.no_grad():
        ways = ws_of(source, recipe.latent, truncation), ws_of(target, latent, truncation)
        end = ws_of(target, target_latent, truncation)
        between = copy.deepcopy(source)
    images: list[np.ndarray] = []
    middle = count // 2
    for number in range(count):
        with torch.no_grad():
            if number <= middle:
                share = eased(number / middle)
                _interpolate(between, source, target, share)
                ws = torch.lerp(*ways, share)
            else:
                ws = torch.lerp(ways[1], end, eased((number - middle) / middle))
            images.append(np.ascontiguousarray(centre_crop(to_uint8(between.synthesis(ws))[0], size)))
        yield number + 1, count
    return images


def _same_shape(a: Network, b: Network) -> bool:
    return replace(a.config, unpadded_size=None) == replace(b.config, unpadded_size=None)


def _interpolate(between: Network, source: Network, target: Network, share: float) -> None:
    """Set the weights of `between` to those of source, 0, or target, 1, or in between."""
    import torch

    for mixed, first, second in zip(
        between.state_dict().values(), source.state_dict().values(), target.state_dict().values(), strict=True
    ):
        if mixed.is_floating_point():
            torch.lerp(first, second, share, out=mixed)
