"""The live blend is a job that draws the newest masks, and of a stroke only what it changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
from ddsgui.errors import OptimizerError
from ddsgui.jobs import live_pictures
from ddsgui.jobs.live_pictures import LiveJobs, LivePicture, LiveRequest, changed_pixels
from ddsgui.jobs.mix import Jobs
from ddsgui.library.library import Library
from ddsgui.rect import Rect
from ddsgui.steps import result_of
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings
from ddsgui.synthesis.blending.live_blend import LiveBlend
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.sampling import sample_pair

SIDE = 64
NAMES = "one", "two"


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    """Jobs on a library of two domains."""
    (tmp_path / "domains").mkdir()
    for seed, name in enumerate(NAMES):
        torch.manual_seed(seed)
        generator = Generator(GeneratorConfig(SIDE, 8, 8, 2, (8, 8, 8, 8, 8)))
        generator.estimate_w_mean()
        save_generator(generator, tmp_path / f"domains/{name}.safetensors", DomainMetadata(name, name))
    return Jobs(Library(tmp_path), "cpu")


@pytest.fixture
def sample(jobs: Jobs) -> Sample:
    return sample_pair(jobs.models.generator(NAMES[0]), jobs.models.generator(NAMES[1]), None, latent=3)


def disc(x: int, y: int, radius: int = 6) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return (((columns - x) ** 2 + (rows - y) ** 2 < radius**2) * 255).astype(np.uint8)


def request(sample: Sample, mask: np.ndarray, **settings) -> LiveRequest:
    return LiveRequest(*NAMES, sample, (BlendPart(mask, mask, BlendSettings(**settings)),))


def draw(live: LiveJobs, wanted: LiveRequest) -> LivePicture:
    if not live.is_prepared(wanted.sample):
        result_of(live.prepare(wanted))
    picture = result_of(live.draw(wanted))
    assert picture is not None
    return picture


def test_a_stroke_redraws_its_surroundings_and_gives_the_whole_picture(jobs: Jobs, sample: Sample) -> None:
    live, settings = LiveJobs(jobs), {"depth": SIDE, "feather": 2, "last_layers": "target"}
    first = draw(live, request(sample, disc(16, 16), **settings))
    assert first.changed == Rect(0, 0, SIDE, SIDE) and SIDE in first.depths
    stroke = np.maximum(disc(16, 16), disc(44, 44))
    second = draw(live, request(sample, stroke, **settings))
    assert 0 < second.changed.w < SIDE
    alone = draw(LiveJobs(jobs), request(sample, stroke, **settings))
    assert np.abs(second.image.astype(int) - alone.image).max() <= 1
    assert not np.array_equal(first.image, second.image)


def test_the_picture_before_is_not_painted_on(jobs: Jobs, sample: Sample) -> None:
    live = LiveJobs(jobs)
    first = draw(live, request(sample, disc(16, 16), depth=SIDE))
    before = first.image.copy()
    draw(live, request(sample, disc(40, 40), depth=SIDE))
    assert np.array_equal(first.image, before)


def test_activations_are_kept_for_a_pair_and_drawn_again_for_another(
    jobs: Jobs, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[Sample] = []
    prepare = LiveBlend.__init__

    def count(self: LiveBlend, source: Generator, target: Generator, pair: Sample) -> None:
        prepared.append(pair)
        prepare(self, source, target, pair)

    monkeypatch.setattr(LiveBlend, "__init__", count)
    live = LiveJobs(jobs)
    for mask in (disc(10, 10), disc(20, 20)):
        draw(live, request(sample, mask))
    assert prepared == [sample]
    swapped = replace(sample, source=sample.target, target=sample.source)
    again = draw(live, LiveRequest(NAMES[1], NAMES[0], swapped, ()))
    assert prepared == [sample, swapped]
    assert np.array_equal(again.image, swapped.target)


def test_a_sample_is_prepared_before_it_is_drawn(jobs: Jobs, sample: Sample) -> None:
    live = LiveJobs(jobs)
    draw(live, request(sample, disc(16, 16)))
    assert live.is_prepared(sample)
    with pytest.raises(ValueError, match="prepared"):
        result_of(live.draw(request(replace(sample), disc(16, 16))))


def test_a_level_that_does_not_exist_fails_and_the_next_request_is_drawn(jobs: Jobs, sample: Sample) -> None:
    live = LiveJobs(jobs)
    with pytest.raises(OptimizerError, match="128"):
        draw(live, request(sample, disc(16, 16), depth=128, last_layers="target"))
    assert draw(live, request(sample, disc(16, 16))).image.shape == (SIDE, SIDE, 3)


def test_a_large_picture_is_preceded_by_a_coarse_one(
    jobs: Jobs, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_pictures, "COARSE_FROM_PX", SIDE)
    monkeypatch.setattr(live_pictures, "COARSE_SIDE_PX", SIDE // 2)
    live, mask = LiveJobs(jobs), disc(16, 16)
    result_of(live.prepare(request(sample, mask)))
    coarse: list[LivePicture | None] = []
    fine = result_of(live.draw(request(sample, mask, depth=32)), coarse.append)
    pictures = [picture for picture in coarse if picture is not None]
    assert [picture.image.shape for picture in pictures] == [fine.image.shape]
    error = np.abs(pictures[0].image.astype(int) - fine.image).mean()
    assert 0 < error < 40
    coarse.clear()
    stroke = np.maximum(mask, disc(40, 40))
    result_of(live.draw(request(sample, stroke, depth=32)), coarse.append)
    assert coarse == [None]  # a stroke is drawn at once


def test_only_differing_masks_are_a_section_to_draw() -> None:
    part = BlendPart(disc(16, 16), disc(16, 16))
    painted = BlendPart(disc(16, 16), np.maximum(disc(16, 16), disc(50, 50, 3)))
    assert changed_pixels([part], [painted]) == Rect(48, 48, 5, 5)
    assert changed_pixels([part], [part]) is None
    assert changed_pixels([part], [replace(part, settings=BlendSettings(strength=0.5))]) is None
    assert changed_pixels([part], [part, part]) is None
