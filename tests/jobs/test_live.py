from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
from ddsgui.errors import OptimizerError
from ddsgui.jobs.mix import run_steps
from ddsgui.jobs.runs import RunOutcome, RunRequest
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.sampling import sample_pair
from ddsgui.synthesis.settings import OptimizerSettings, OptimizerStep


@pytest.fixture
def models(tmp_path: Path) -> ModelCache:
    (tmp_path / "domains").mkdir()
    for seed, name in enumerate(("a", "b")):
        torch.manual_seed(seed)
        generator = Generator(GeneratorConfig(16, 8, 8, 1, (4, 4, 4)))
        generator.estimate_w_mean()
        save_generator(generator, tmp_path / f"domains/{name}.safetensors", DomainMetadata(name))
    return ModelCache(Library(tmp_path))


@pytest.fixture
def request_of_a_blend(models: ModelCache) -> RunRequest:
    sample = sample_pair(models.generator("a"), models.generator("b"), None, 3)
    mask = np.zeros((16, 16), np.uint8)
    mask[4:12, 4:12] = 255
    crossover = Crossover(sample.source, sample.target, mask, mask, revision=7)
    settings = OptimizerSettings.from_preset("live")
    return RunRequest("a", "b", crossover, settings, pair_latents=(Seed(3), None))


def run(models: ModelCache, request: RunRequest) -> tuple[list[OptimizerStep], RunOutcome]:
    steps, run = [], run_steps(models, request)
    while True:
        try:
            step = next(run)
        except StopIteration as end:
            return steps, end.value
        if isinstance(step, OptimizerStep):
            steps.append(step)


def test_a_blend_is_a_run_of_one_step_without_a_latent(
    models: ModelCache, request_of_a_blend: RunRequest
) -> None:
    (step,), outcome = run(models, request_of_a_blend)
    assert (step.iteration, step.iterations, step.losses, step.revision) == (1, 1, {}, 7)
    assert outcome.best is not None and outcome.latent is None
    np.testing.assert_array_equal(outcome.best.image, step.image)
    assert not np.array_equal(outcome.best.image, request_of_a_blend.crossover.target)


def test_masks_of_parts_replace_those_of_the_crossover(
    models: ModelCache, request_of_a_blend: RunRequest
) -> None:
    full = np.full((16, 16), 255, np.uint8)
    part = BlendPart(full, full, BlendSettings(last_layers="source"))
    _, outcome = run(models, replace(request_of_a_blend, parts=(part,)))
    assert outcome.best is not None
    np.testing.assert_array_equal(outcome.best.image, request_of_a_blend.crossover.source)


def test_a_blend_without_latents_is_refused(models: ModelCache, request_of_a_blend: RunRequest) -> None:
    with pytest.raises(OptimizerError, match="latents"):
        run(models, replace(request_of_a_blend, pair_latents=None))


def test_a_blend_needs_no_feature_network(
    models: ModelCache, request_of_a_blend: RunRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ddsgui.synthesis.backbones.download_backbone", lambda name: pytest.fail("a backbone is downloaded")
    )
    assert run(models, request_of_a_blend)[1].error is None
