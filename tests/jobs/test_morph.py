"""A morph goes through the latent space of one family, and there is none between strangers."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
from ddsgui.editing.recipe import Recipe
from ddsgui.jobs.morph import morph_steps
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.steps import result_of
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.latents import Seed, StoredLatent
from ddsgui.synthesis.sampling import sample_pair
from ddsgui.synthesis.settings import OptimizerSettings

FAMILY = "0" * 64


@pytest.fixture
def models(tmp_path: Path) -> ModelCache:
    """Two related domains of 16 pixels, one that says nothing of its origin, and one of 32 pixels."""
    (tmp_path / "domains").mkdir()
    for number, (name, side) in enumerate({"one": 16, "two": 16, "stranger": 16, "large": 32}.items()):
        torch.manual_seed(number)
        generator = Generator(GeneratorConfig(side, 8, 8, 2, (8,) * (side.bit_length() - 2)))
        generator.estimate_w_mean()
        parent = None if name == "stranger" else FAMILY
        metadata = DomainMetadata(name, name, parent=parent)
        save_generator(generator, tmp_path / f"domains/{name}.safetensors", metadata)
    return ModelCache(Library(tmp_path))


def morph(models: ModelCache, target: str, count: int = 7) -> list[np.ndarray] | None:
    recipe = Recipe("one", target, "", Seed(3), None, OptimizerSettings.from_preset().as_dict())
    generator = models.generator(target)
    zhat = StoredLatent(np.full((1, generator.config.num_ws, 8), 0.5, np.float32), "w+")
    return result_of(morph_steps(models, recipe, zhat, count, (16, 12)))


def test_the_way_leads_from_the_source_over_the_result_to_the_target(models: ModelCache) -> None:
    images = morph(models, "two")
    assert images is not None and len(images) == 7
    source, target = models.generator("one"), models.generator("two")
    pair = sample_pair(source, target, None, 3)
    ws = torch.full((1, target.config.num_ws, 8), 0.5)
    from ddsgui.images import to_uint8

    result = to_uint8(target.synthesis(ws))[0]
    for image, expected in ((images[0], pair.source), (images[3], result), (images[6], pair.target)):
        assert np.abs(image.astype(int) - expected[2:14]).max() <= 1
    ways = [np.abs(a.astype(int) - b).mean() for a, b in pairwise(images)]
    assert max(ways) < np.abs(images[0].astype(int) - images[6]).mean(), "no step is a jump"


def test_the_generators_stay_as_they_are(models: ModelCache) -> None:
    before = [
        value.clone() for name in ("one", "two") for value in models.generator(name).state_dict().values()
    ]
    assert morph(models, "two", 3) is not None
    after = [value for name in ("one", "two") for value in models.generator(name).state_dict().values()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("target", ["stranger", "large"])
def test_there_is_no_way_between_generators_that_differ(models: ModelCache, target: str) -> None:
    assert morph(models, target) is None
