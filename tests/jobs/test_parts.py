"""A part is trained on paintings, tried on other seeds and saved, without a window."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
from ddsgui.errors import SegmenterError
from ddsgui.jobs.mix import Jobs
from ddsgui.jobs.painting import Painting, paintings_in
from ddsgui.jobs.parts import TEST_SEEDS, PartJobs, PartProgress, PartRequest
from ddsgui.library.library import Library, read_entry
from ddsgui.steps import result_of
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis import segmenter_training
from ddsgui.synthesis.latents import LatentSource, Seed, StoredLatent
from ddsgui.synthesis.segmenter import PartMetadata, Segmenter, load_segmenter, save_segmenter

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


def test_the_paintings_are_saved_in_the_part_and_opened_again(jobs: PartJobs) -> None:
    stored = StoredLatent(np.ones((1, 8), np.float32), "z", "mine.npy")
    on_target = replace(painting(Seed(5)), domain="two")
    paintings = (painting(Seed(3)), painting(stored), on_target)
    result_of(jobs.train(PartRequest("spot", "one", "two", paintings)))
    result_of(jobs.save("spot"))
    part = result_of(jobs.edit("spot", "one", "two"))
    assert (part.request.source, part.request.target) == ("one", "two")
    opened = part.request.paintings
    assert [(p.domain, p.latent) for p in opened] == [("one", Seed(3)), ("one", stored), ("two", Seed(5))]
    assert all(np.array_equal(p.mask, on_target.mask) and p.picture is not None for p in opened)
    assert len(part.tried) == TEST_SEEDS
    assert result_of(jobs.save("copy")) == "copy", "an opened part can be saved without training"


def test_a_part_that_was_saved_without_paintings_gets_what_it_finds(jobs: PartJobs, tmp_path: Path) -> None:
    result_of(jobs.train(request(Seed(4))))
    result_of(jobs.save("spot"))
    path = Library(tmp_path).part("spot")
    save_segmenter(load_segmenter(path), path, PartMetadata("spot", card={"painted_seeds": [4]}))
    part = result_of(jobs.edit("spot", "nowhere", "two"))
    assert [(p.domain, p.latent) for p in part.request.paintings] == [("two", Seed(4))]
    assert part.request.source == part.request.target == "two"


def test_damaged_paintings_are_left_out() -> None:
    whole = painting(Seed(1)).as_dict()
    assert paintings_in({"paintings": [whole]})[0].latent == Seed(1)
    for key, value in {"seed": "1", "mask": "no", "truncation": None, "domain": 3}.items():
        assert paintings_in({"paintings": [{**whole, key: value}]}) == ()
    for value in (None, {}, [3], "x"):
        assert paintings_in({"paintings": value}) == ()


def test_a_part_that_no_domain_fits_or_with_several_classes_is_refused(
    jobs: PartJobs, tmp_path: Path
) -> None:
    library = Library(tmp_path)
    for name, classes, channels in (("wide", ("a",), [4] * 5), ("several", ("a", "b"), [8] * 5)):
        save_segmenter(Segmenter(channels, SIDE, classes), library.part_path(name), PartMetadata(name))
        with pytest.raises(SegmenterError):
            result_of(jobs.edit(name, "one", "two"))
