"""Many mixes of one pair: seeds × parts × methods."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import UsageError
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import OptimizerSettings

MAX_SEEDS = 1_000_000
Parts = tuple[str, str | None]  # of the source, and of the target: see Recipe

_RANGE = re.compile(r"\s*(-?\d{1,20})(?:\s*-\s*(-?\d{1,20}))?\s*", re.ASCII)


def parse_seeds(text: str) -> list[int]:
    """Return the seeds of a text such as "3, 7, 18-20". Raises UsageError if it is something else."""
    seeds: list[int] = []
    for word in text.split(","):
        match = _RANGE.fullmatch(word)
        if match is None:
            raise UsageError("Give whole numbers and ranges, such as 0-99 or 3,7,18-20.")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last - first >= MAX_SEEDS:
            raise UsageError(f"A range has 1 to {MAX_SEEDS:,} seeds, the smaller one first.")
        seeds += range(first, last + 1)
    return seeds


def grid_recipes(methods: Sequence[Recipe], seeds: Iterable[int], parts: Iterable[Parts]) -> list[Recipe]:
    """Return a recipe for each combination. Raises OptimizerError if a number is not a seed.

    methods: the same people and masks with the settings of each method. Masks painted by hand belong to these people
    and this part; other people and parts get those that the parts find.
    """
    recipes = []
    for part, method, seed in itertools.product(parts, methods, seeds):
        if part == (method.part, method.target_part) and method.latent == Seed(seed):
            recipes.append(method)
            continue
        settings = OptimizerSettings.from_dict(method.settings)
        if part != (method.part, method.target_part):
            settings = replace(settings, live=settings.live[:1])
        recipes.append(
            replace(
                method,
                part=part[0],
                target_part=part[1],
                latent=Seed(seed),
                target_latent=None,
                masks=None,
                part_masks=(),
                settings=settings.as_dict(),
            )
        )
    return recipes
