"""A tiny library, and mixes of it that a batch has made."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.evaluation.features import FeatureNetwork
from ddsgui.images import encode_png
from ddsgui.jobs.batch.batch import batch_steps
from ddsgui.jobs.batch.engine import InProcess
from ddsgui.jobs.batch.mix_job import JobResult, MixJob
from ddsgui.jobs.batch.results import ResultFolder, frame_name
from ddsgui.jobs.evaluation.measures import Measures
from ddsgui.jobs.evaluation.mixes import Mixes, Requests
from ddsgui.jobs.evaluation.plan import EvaluationPlan
from ddsgui.jobs.evaluation.stage import Stage, StageResult
from ddsgui.library.library import Library
from ddsgui.steps import result_of
from tests.qt.tiny_library import make_tiny_library

SIDE = 24
LATENTS = 4
MakeStage = Callable[[EvaluationPlan, Requests], Stage]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Two domains, portrait and caricature, and the part eyes-nose-mouth."""
    folder = tmp_path_factory.mktemp("library")
    make_tiny_library(folder)
    return Library(folder)


def drawn_mix(job: MixJob, iterations: tuple[int, ...] = (1, 2, 4)) -> JobResult:
    """Return the files of a mix without any network: the person of a seed, tinted by domain, and a mask of its own."""
    recipe = job.recipe
    if recipe["seed"] == 666:
        return JobResult(job, error="The loss diverged.")
    files = {}
    for name, key in (("source", "seed"), ("target", "target_seed")):
        seed = recipe[key] if recipe[key] is not None else recipe["seed"]
        person = np.random.default_rng(seed).integers(40, 200, (SIDE, SIDE, 1))
        colour = (40, 0, 0) if recipe[name] == "portrait" else (0, 0, 40)
        files[name] = (person + np.array(colour)).astype(np.uint8)
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[4 + seed % 5 : 20, 4:20] = 255
        files[f"{name}_mask"] = mask
    inside = files["source_mask"][..., None] > 127
    files["crossover"] = np.where(inside, files["source"], files["target"])
    weight = recipe["settings"]["dials"]["beta"]
    away = np.array((0, 30, 0)) * max(0.0, 2 - weight)
    files["result"] = np.clip(files["crossover"] * 0.5 + files["target"] * 0.5 + away, 0, 255).astype(
        np.uint8
    )
    content = {f"{name}.png": encode_png(image) for name, image in files.items()}
    if "live" not in recipe["settings"]:
        content |= {frame_name(i): content["target.png"] for i in iterations}
    return JobResult(job, content, seconds=2.0)


@pytest.fixture
def measures(tmp_path: Path) -> Measures:
    """Measures in the mean colours of a picture's quarters, without LPIPS."""

    def rows(images):
        return (torch.nn.functional.adaptive_avg_pool2d(batch.float(), 2).flatten(1) for batch in images)

    return Measures(tmp_path / "measures", FeatureNetwork("colours", "colours", "Colours.", rows), None)


@pytest.fixture
def run_stage(
    library: Library, tmp_path: Path, measures: Measures
) -> Callable[[MakeStage, EvaluationPlan], StageResult]:
    """A function that makes the mixes of a stage and returns its result."""

    def run(make: MakeStage, plan: EvaluationPlan) -> StageResult:
        requests = Requests(library)
        stage = make(plan, requests)
        folder = ResultFolder(tmp_path / "mixes")
        batch = result_of(batch_steps(requests.jobs, InProcess(partial(drawn_mix)), folder))
        steps: Generator[str, None, StageResult] = stage.steps(Mixes(folder, batch.entries), measures)
        return result_of(steps)

    return run


def make_plan(**changes) -> EvaluationPlan:
    """Return a plan of the tiny library."""
    usual = {"latents": LATENTS, "parts": ("eyes-nose-mouth",), "presets": ("live", "fast"), "few_latents": 3}
    return EvaluationPlan(**{**usual, **changes})
