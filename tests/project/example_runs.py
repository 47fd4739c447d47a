"""Small runs that tests put into projects."""

from __future__ import annotations

import numpy as np

from ddsgui.editing.recipe import Recipe
from ddsgui.export.bundle import Picture, bundle_documents, bundle_pictures
from ddsgui.project.model_use import ModelUse
from ddsgui.project.project_run import ProjectRun
from ddsgui.project.run import Run
from ddsgui.project.run_encoding import encode_run
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.loss_terms import LOSSES
from ddsgui.synthesis.settings import AdamMoments, OptimizerResult, OptimizerSettings, OptimizerStep

SIDE = 16
MODELS = (ModelUse("domain", "one", "0" * 64), ModelUse("part", "spot", "1" * 64))


def picture(value: int, side: int = SIDE) -> np.ndarray:
    return np.random.default_rng(value).integers(0, 256, (side, side, 3), dtype=np.uint8)


def latent(value: float) -> np.ndarray:
    return np.full((1, 4, 8), value, np.float32)


def search(iterations: int = 6, best: int = 4, side: int = SIDE) -> Run:
    """Return a finished run with a frame at every iteration."""
    settings = OptimizerSettings.from_preset("fast", iterations=iterations)
    run = Run(Recipe("one", "two", "spot", Seed(5), None, settings.as_dict()), "w+")
    for i in range(1, iterations + 1):
        moments = None if i == 1 else AdamMoments(i - 1, latent(i / 3), latent(i / 7))
        losses = dict.fromkeys(LOSSES, 1 / i)
        run.add(OptimizerStep(i, iterations, losses, picture(i, side), 0, 0.1, i == best, latent(i), moments))
    run.finish("done", OptimizerResult(picture(best, side), latent(best), best, 0.25))
    return run


def bundle(run: Run) -> dict[str, bytes]:
    """Return the files of a mix with the run's result, but without losses.csv."""
    assert run.best is not None
    side = len(run.best.image)
    mask = np.zeros((side, side), np.uint8)
    mask[4:9, 5:12] = 255
    crossover = Crossover(picture(100, side), picture(101, side), mask, mask.T.copy())
    result = Picture(run.best.image, run.recipe, run.latent)
    files = {name: p.encode() for name, p in bundle_pictures(crossover, (side, side), result).items()}
    return files | bundle_documents(run.recipe, run.latent)


def project_run(run: Run | None = None, **options) -> ProjectRun:
    run = run or search()
    return encode_run(run, bundle(run), MODELS, **options)
