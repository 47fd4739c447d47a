"""A run without a window: its pictures, and forks that continue as if there had been no break."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ddsgui.editing.recipe import Recipe
from ddsgui.project.run import Run
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import Seed, StoredLatent
from ddsgui.synthesis.loss_terms import LOSSES
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.settings import OptimizerResult, OptimizerSettings, OptimizerStep

SIDE = 16
SETTINGS = OptimizerSettings.from_preset("official", iterations=12, layers=("relu1_1",), upscale_to=None)
RECIPE = Recipe("a", "b", "", Seed(0), None, SETTINGS.as_dict())


def step(iteration: int, value: int = 0) -> OptimizerStep:
    image = np.full((SIDE, SIDE, 3), value, np.uint8)
    latent = np.full((1, 4, 8), iteration, np.float32)
    return OptimizerStep(iteration, 12, dict.fromkeys(LOSSES, 1.0), image, 1, 0.01, True, latent)


def result(iteration: int = 2) -> OptimizerResult:
    return OptimizerResult(
        np.zeros((SIDE, SIDE, 3), np.uint8), np.ones((1, 4, 8), np.float32), iteration, 0.5
    )


@pytest.fixture(scope="module")
def pair() -> tuple[Generator, Generator]:
    generators = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        generator = Generator(GeneratorConfig(SIDE, 8, 8, 2, (8, 8, 8)))
        generator.estimate_w_mean()
        generators.append(generator.eval().requires_grad_(False))
    return generators[0], generators[1]


def test_a_run_shows_the_newest_frame_and_finally_the_best_result() -> None:
    run = Run(RECIPE, "w+")
    assert run.is_running and run.picture() is None
    for iteration in (1, 2, 3):
        run.add(step(iteration, iteration))
    picture = run.picture()
    assert picture is not None and picture.image[0, 0, 0] == 3 and "3 of 12" in picture.caption
    run.pause(True)
    assert run.state == "paused" and run.is_running
    run.finish("done", result(), replace(RECIPE, part="hair"))
    picture = run.picture()
    assert picture is not None and picture.image[0, 0, 0] == 0 and "2" in picture.caption
    assert not run.exported and not run.is_running and run.recipe.part == "hair"
    assert len(run.losses) == 3 and len(run.frames) == 3


def test_a_run_without_a_result_has_nothing_to_export() -> None:
    run = Run(RECIPE, "w+")
    run.add(step(1))
    run.finish("failed")
    assert run.exported and run.best is None and run.fork() is None
    picture = run.picture()
    assert picture is not None and "1" in picture.caption


def test_an_opened_result_counts_as_exported_and_continues_if_its_latent_is_known() -> None:
    image = np.full((SIDE, SIDE, 3), 9, np.uint8)
    run = Run.opened(RECIPE, image, StoredLatent(np.ones((1, 4, 8), np.float32), "w+"), "first.png")
    picture, start = run.picture(), run.fork()
    assert picture is not None and picture.image is image and "first.png" in picture.caption
    assert run.exported and start is not None and start.space == "w+" and start.moments is None
    assert Run.opened(RECIPE, image).fork() is None


def test_a_fork_continues_with_the_iterations_of_the_unbroken_run(pair: tuple[Generator, Generator]) -> None:
    source, target = pair
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[4:10, 5:12] = 255
    crossover = Crossover(images[0], images[1], mask, mask)

    def optimizer(**start: object) -> DualDomainOptimizer:
        return DualDomainOptimizer(source, target, crossover, SETTINGS, **start)  # type: ignore[arg-type]

    run = Run(RECIPE, "w+")
    unbroken = list(optimizer().steps(with_moments=True))
    for unbroken_step in unbroken:
        run.add(unbroken_step)
    start = run.fork(5)
    assert start is not None and start.moments is not None and start.moments.steps == 4
    forked = list(optimizer(latent=start.latent, moments=start.moments).steps())
    for again, before in zip(forked, unbroken[4:], strict=False):
        assert again.losses["total"] == pytest.approx(before.losses["total"], rel=1e-6)
        np.testing.assert_array_equal(again.image, before.image)
    without = list(optimizer(latent=start.latent).steps())
    assert without[3].losses["total"] != pytest.approx(unbroken[7].losses["total"], rel=1e-6)
