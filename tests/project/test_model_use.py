from __future__ import annotations

from dataclasses import replace

import pytest

from ddsgui.editing.recipe import Recipe
from ddsgui.library.library import Library
from ddsgui.project.model_use import ModelUse, missing_models, model_uses
from ddsgui.synthesis.latents import Seed


def recipe(**changes) -> Recipe:
    return replace(Recipe("portrait", "caricature", "hair", Seed(0), None, {}), **changes)


def test_domains_and_parts_are_named_with_their_hash():
    uses = model_uses(Library(), recipe(target_part="hair#1,background,mask.png"))
    assert [(use.kind, use.name) for use in uses] == [
        ("domain", "portrait"),
        ("domain", "caricature"),
        ("part", "hair"),
        ("part", "background"),
    ]
    assert len({use.sha256 for use in uses}) == 4
    assert missing_models(Library(), uses) is None


def test_a_part_that_is_not_in_the_library_is_left_out():
    assert [use.kind for use in model_uses(Library(), recipe(part="nowhere"))] == ["domain", "domain"]


def test_missing_and_differing_models_are_named_with_their_hash():
    clause = missing_models(
        Library(), [ModelUse("domain", "gone", "a" * 64), ModelUse("part", "hair", "b" * 64)]
    )
    assert clause is not None
    assert all(word in clause for word in ("gone", "a" * 64, "hair", "b" * 64))


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"kind": "virus", "name": "x", "sha256": "0" * 64},
        {"kind": "part", "name": "x", "sha256": ""},
    ],
)
def test_anything_else_is_not_a_use(data):
    assert ModelUse.from_dict(data) is None
