"""Seeds × parts × methods × pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ddsgui.editing.recipe import MaskPair, Recipe
from ddsgui.errors import UsageError
from ddsgui.jobs.batch.grid import grid_recipes, paired, parse_seeds, seeds_text
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import OptimizerSettings

MASKS = MaskPair.encode(np.zeros((4, 4), np.uint8), np.full((4, 4), 255, np.uint8))


def recipe(preset: str = "fast") -> Recipe:
    settings = OptimizerSettings.from_preset(preset).as_dict()
    return Recipe("one", "two", "spot", Seed(5), Seed(9), settings, masks=MASKS)


@pytest.mark.parametrize(
    ("text", "seeds"), [("7", [7]), (" 3, 7,18 - 20", [3, 7, 18, 19, 20]), ("-2--1", [-2, -1])]
)
def test_seeds_are_numbers_and_ranges(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    ("seeds", "text"),
    [([7], "7"), ([3, 7, 18, 19, 20], "3, 7, 18-20"), ([-2, -1], "-2--1"), ([5, 4], "5, 4")],
)
def test_a_text_of_seeds_names_them_in_their_order(seeds, text):
    assert seeds_text(seeds) == text and parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "a", "3,", "5-3", "0-9999999", "1.5", "1-"])
def test_other_texts_are_no_seeds(text):
    with pytest.raises(UsageError):
        parse_seeds(text)


def test_every_combination_is_there_once():
    grid = grid_recipes([recipe(), recipe("paper")], paired([5, 6]), [("spot", None), ("hair", None)])
    keys = {(r.part, r.settings["preset"], r.latent) for r in grid}
    assert len(grid) == len(keys) == 8


def test_painted_masks_stay_with_their_people_and_part():
    grid = grid_recipes([recipe()], paired([5, 6]), [("spot", None), ("hair", None)])
    with_masks = [r for r in grid if r.masks is not None]
    assert with_masks == [recipe()]
    assert all(r.target_latent is None for r in grid if r.masks is None)


def test_the_other_direction_exchanges_everything():
    forth = replace(recipe(), target_part="dot")
    back = forth.swapped
    assert (back.source, back.target, back.part, back.target_part) == ("two", "one", "dot", "spot")
    assert (back.latent, back.target_latent) == (Seed(9), Seed(5))
    assert back.masks == MaskPair(MASKS.target, MASKS.source)
    assert back.swapped == forth
    paired = replace(recipe(), target_latent=None)
    assert paired.swapped.latent == Seed(5) and paired.swapped.target_latent is None
    assert paired.swapped.part == "spot" and paired.swapped.target_part is None


def test_pairs_that_a_part_does_not_fit_are_left_out():
    pairs = [("one", "two"), ("one", "three")]
    parts = [("spot", None), ("hair", None)]
    every = grid_recipes([recipe()], paired([5, 6]), parts, pairs)
    assert len(every) == 8 and [r.target for r in every if r.masks is not None] == ["two"]
    fitting = grid_recipes(
        [recipe()], paired([5, 6]), parts, pairs, lambda part, pair: (part[0], pair[1]) != ("hair", "three")
    )
    assert [r for r in every if (r.part, r.target) != ("hair", "three")] == fitting


def test_people_may_come_from_two_latents():
    people = [(Seed(5), Seed(9)), (Seed(5), Seed(8))]
    present, others = grid_recipes([recipe()], people, [("spot", None)])
    assert present == recipe() and (others.latent, others.target_latent) == people[1]
    assert others.masks is None
