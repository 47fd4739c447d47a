"""Many mixes: seeds × parts × methods × pairs of domains."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import UsageError
from ddsgui.jobs.pairs import Latents
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import OptimizerSettings

MAX_SEEDS = 1_000_000
Parts = tuple[str, str | None]  # of the source, and of the target: see Recipe
Pair = tuple[str, str]  # the domains of source and target

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


def seeds_text(seeds: Iterable[int]) -> str:
    """Return the text that parse_seeds() reads, with ranges where seeds follow one another."""
    ranges: list[tuple[int, int]] = []
    for seed in seeds:
        if ranges and seed == ranges[-1][1] + 1:
            ranges[-1] = ranges[-1][0], seed
        else:
            ranges.append((seed, seed))
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def paired(seeds: Sequence[int]) -> list[Latents]:
    """Return the latents of pairs of one seed each. Raises OptimizerError if a number is not a seed."""
    return [(Seed(seed), None) for seed in seeds]


def grid_recipes(
    methods: Sequence[Recipe],
    people: Iterable[Latents],
    parts: Iterable[Parts],
    pairs: Iterable[Pair] | None = None,
    fits: Callable[[Parts, Pair], bool] = lambda parts, pair: True,
) -> list[Recipe]:
    """Return a recipe for each combination whose parts fit its domains.

    methods: the same people and masks with the settings of each method. Masks painted by hand belong to these people,
    this part and these domains; others get those that the parts find. pairs: by default those domains alone.
    """
    recipes: list[Recipe] = []
    present = methods[0]
    own_pair, own_parts = (present.source, present.target), (present.part, present.target_part)
    chosen = [own_pair] if pairs is None else pairs
    for pair, part, method, latents in itertools.product(chosen, parts, methods, people):
        if not fits(part, pair):
            continue
        # The seed of the source alone stands for the people that are shown, even if they are not paired.
        own_people = latents[0] == present.latent and latents[1] in (None, present.target_latent)
        if pair == own_pair and part == own_parts and own_people:
            recipes.append(method)
            continue
        settings = OptimizerSettings.from_dict(method.settings)
        if pair != own_pair or part != own_parts:
            settings = replace(settings, live=settings.live[:1])
        recipes.append(
            replace(
                method,
                source=pair[0],
                target=pair[1],
                part=part[0],
                target_part=part[1],
                latent=latents[0],
                target_latent=latents[1],
                masks=None,
                part_masks=(),
                settings=settings.as_dict(),
            )
        )
    return recipes
