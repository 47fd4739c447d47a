"""Options, recipe and defaults become one plan, without any model."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from ddsgui.commands import mix
from ddsgui.commands.mix import plan
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import DEFAULT_PRESET, PRESETS


def options(line: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    mix.add(parser.add_subparsers())
    return parser.parse_args(["mix", *line.split()])


def test_without_options_the_bundled_pair_is_mixed_quickly():
    args = options("")
    recipe, settings = plan(args)
    assert (recipe.source, recipe.target, recipe.part) == ("portrait", "caricature", "eyes-nose-mouth")
    assert settings == PRESETS[DEFAULT_PRESET]
    assert args.out == Path("ddsgui-out")
    assert recipe.settings == settings.as_dict()


@pytest.mark.parametrize(
    ("line", "iterations"),
    [
        ("--preset paper", PRESETS["paper"].iterations),
        ("--preset official", PRESETS["official"].iterations),
        ("--iterations 7", 7),
        ("--preset paper --iterations 7", 7),
    ],
)
def test_iterations_are_the_presets_unless_given(line, iterations):
    assert plan(options(line))[1].iterations == iterations


def test_a_preset_is_changed_by_options():
    settings = plan(options("--preset official --space w --beta 2 --backbone alexnet --truncation 0.5"))[1]
    assert (settings.preset, settings.space, settings.backbone) == ("official", "w", "alexnet")
    assert (settings.weights.beta, settings.weights.gamma) == (2, PRESETS["official"].weights.gamma)
    assert settings.truncation == 0.5


def test_a_preset_given_with_a_recipe_keeps_its_pictures(tmp_path):
    recipe, _ = plan(options("--source a --seed 5 --truncation 0.4 --iterations 9"))
    (tmp_path / "recipe.json").write_text(json.dumps(recipe.as_dict()))
    again, settings = plan(options(f"--recipe {tmp_path / 'recipe.json'} --preset official"))
    assert (again.source, again.latent) == ("a", Seed(5))
    assert (settings.preset, settings.truncation) == ("official", 0.4)
    assert settings.iterations == PRESETS["official"].iterations
