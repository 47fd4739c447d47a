"""A part is trained on paintings, tried on other seeds and saved, without a window."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
from ddsgui.errors import SegmenterError
from ddsgui.jobs.mix import Jobs
from ddsgui.jobs.parts import TEST_SEEDS, Painting, PartJobs, PartProgress, PartRequest
from ddsgui.library.library import Library, read_entry
from ddsgui.steps import result_of
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis import segmenter_training
from ddsgui.synthesis.latents import LatentSource, Seed, StoredLatent
from ddsgui.synthesis.segmenter import load_segmenter

SIDE = 16
ITERATIONS = 4


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PartJobs:
    """The jobs of a library with two random domains of 16 pixels; a training takes four iterations."""
    short = partial(segmenter_training.train_segmenter, iterations=ITERATIONS)
    monkeypatch.setattr(segmenter_training, "train_segmenter", short)
    library = Library(tmp_path)
    (tmp_path / "domains").mkdir()
    for seed, name in enumerate(("one", "two")):
        torch.manual_seed(seed)
        generator = Generator(GeneratorConfig(SIDE, 8, 8, 2, (8, 8, 8)))
        generator.estimate_w_mean()
        save_generator(generator, library.domain_path(name), DomainMetadata(name))
    return PartJobs(Jobs(library, "cpu"))


def painting(latent: LatentSource) -> Painting:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[4:10, 5:12] = 255
    return Painting(latent, 0.8, mask)


def request(*latents: LatentSource) -> PartRequest:
    return PartRequest("spot", "one", "two", tuple(painting(latent) for latent in latents))


def test_training_reports_every_iteration_and_then_all_pairs_so_far(jobs: PartJobs) -> None:
    reports: list[object] = []
    pairs = result_of(jobs.train(request(Seed(2), Seed(-7))), reports.append)
    progress = [report for report in reports if isinstance(report, PartProgress)]
    assert [(p.iteration, p.iterations) for p in progress] == [
        (i, ITERATIONS) for i in range(1, ITERATIONS + 1)
    ]
    assert [len(report) for report in reports if isinstance(report, tuple)] == list(range(1, TEST_SEEDS + 1))
    assert pairs == reports[-1]
    # The first seeds except those that were painted.
    assert [pair.latent for pair in pairs] == [Seed(seed) for seed in (0, 1, 3, 4, 5, 6, 7, 8)]
    assert all(pair.source_mask.shape == pair.target_mask.shape == (SIDE, SIDE) for pair in pairs)


def test_a_part_can_be_saved_once_it_is_trained(jobs: PartJobs, tmp_path: Path) -> None:
    with pytest.raises(SegmenterError):
        result_of(jobs.save("spot"))
    stored = StoredLatent(np.ones((1, 8), np.float32), "z", "mine.npy")
    result_of(jobs.train(request(Seed(-(2**63)), stored)))
    assert result_of(jobs.save("left spot")) == "left spot"
    path = Library(tmp_path).part("left spot")
    assert load_segmenter(path).classes == ("spot",)
    card = read_entry(path, "part").metadata["card"]
    assert card["painted_seeds"] == [-(2**63)]  # a stored latent has no seed


def test_importing_the_jobs_does_not_import_torch_or_qt() -> None:
    code = "import sys, ddsgui.jobs.parts; print(*{'torch', 'PySide6'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.strip()
