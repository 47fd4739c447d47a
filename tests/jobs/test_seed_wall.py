"""The pictures of a seed wall are those that the window would draw, one seed after another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
from ddsgui.errors import LibraryError
from ddsgui.jobs import seed_wall
from ddsgui.jobs.job import SteppedJob
from ddsgui.jobs.mix import Jobs
from ddsgui.jobs.pairs import PairRequest, draw_pair_steps
from ddsgui.jobs.seed_wall import WallPicture, WallSettings, wall_steps
from ddsgui.library.library import Library
from ddsgui.steps import result_of
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis import sampling
from ddsgui.synthesis.blend_settings import BlendSettings, split_parts
from ddsgui.synthesis.blending.live_blend import LiveBlend
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.pair_measures import mask_overlap, mean_difference
from ddsgui.synthesis.segmenter import PartMetadata, Segmenter, save_segmenter

SIDE = 32
PAIR = PairRequest("one", "two", "spot,dot", truncation=0.7)
BLENDS = (BlendSettings(depth=16), BlendSettings(depth=8, last_layers="target"))
SETTINGS = WallSettings.of(PAIR, BLENDS)


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    """Jobs on a library of two domains and two parts that find something."""
    for folder in ("domains", "parts"):
        (tmp_path / folder).mkdir()
    config = GeneratorConfig(SIDE, 8, 8, 2, (8, 8, 8, 8))
    for seed, name in enumerate(("one", "two")):
        torch.manual_seed(seed)
        generator = Generator(config)
        generator.estimate_w_mean()
        save_generator(generator, tmp_path / f"domains/{name}.safetensors", DomainMetadata(name, name))
    for seed, name in enumerate(("spot", "dot")):
        torch.manual_seed(seed)
        segmenter = Segmenter(config.layer_channels(), SIDE, ("a",), "S")
        for parameter in segmenter.parameters():
            torch.nn.init.normal_(parameter)
        save_segmenter(segmenter, tmp_path / f"parts/{name}.safetensors", PartMetadata(name))
    return Jobs(Library(tmp_path), "cpu")


def draw(jobs: Jobs, settings: WallSettings, *seeds: int) -> tuple[WallPicture, ...]:
    """Return the pictures that the last step has."""
    values = [v for v in wall_steps(jobs, settings, seeds) if isinstance(v, tuple)]
    assert [len(value) for value in values] == list(range(1, len(seeds) + 1))
    return values[-1]


def test_a_wall_has_the_pictures_of_the_window(jobs: Jobs) -> None:
    (picture,) = draw(jobs, SETTINGS, 7)
    pair = replace(PAIR, latent=Seed(7))
    sample = result_of(draw_pair_steps(jobs.models, pair))
    assert sample.source_mask.any() and sample.owners is not None
    blend = LiveBlend(jobs.models.generator("one"), jobs.models.generator("two"), sample)
    live = blend.blend(split_parts(sample.source_mask, sample.target_mask, BLENDS, sample.owners)).image
    assert np.array_equal(picture.source, sample.source) and np.array_equal(picture.target, sample.target)
    assert np.array_equal(picture.live, live)
    assert picture.difference == mean_difference(sample.source, sample.target)
    assert picture.overlap == mask_overlap(sample.source_mask, sample.target_mask)


@pytest.mark.parametrize("locked", ["source", "target"])
def test_a_locked_side_stays_and_is_drawn_once(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, locked: str
) -> None:
    drawn: list[object] = []
    draw_side = sampling.draw_side

    def noted(*args):
        drawn.append(args[2])
        return draw_side(*args)

    monkeypatch.setattr(sampling, "draw_side", noted)
    pair = replace(PAIR, latent=Seed(41), target_latent=Seed(42))
    settings = WallSettings.of(pair, BLENDS, locked)  # type: ignore[arg-type]
    fixed = Seed(41) if locked == "source" else Seed(42)
    first, second = draw(jobs, settings, 7, 8)
    assert settings.locked_latent == fixed
    assert sorted(map(str, drawn)) == sorted(map(str, (fixed, Seed(7), Seed(8))))
    varied = "target" if locked == "source" else "source"
    assert np.array_equal(getattr(first, locked), getattr(second, locked))
    assert not np.array_equal(getattr(first, varied), getattr(second, varied))
    latent, target_latent = settings.latents(8)
    sample = result_of(
        draw_pair_steps(jobs.models, replace(PAIR, latent=latent, target_latent=target_latent))
    )
    assert np.array_equal(second.source, sample.source) and np.array_equal(second.target, sample.target)


def test_only_the_latent_of_a_locked_side_is_a_setting() -> None:
    unpaired = replace(PAIR, latent=Seed(3), target_latent=Seed(4))
    assert WallSettings.of(unpaired, BLENDS) == SETTINGS
    assert WallSettings.of(unpaired, BLENDS, "source") != WallSettings.of(PAIR, BLENDS, "source")
    assert WallSettings.of(replace(PAIR, truncation=1.0), BLENDS) != SETTINGS
    assert WallSettings.of(PAIR, BLENDS[:1]) != SETTINGS
    paired = replace(unpaired, target_latent=None)
    assert WallSettings.of(paired, BLENDS, "target").locked_latent == Seed(3)


def test_a_large_picture_is_kept_small(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    (large,) = draw(jobs, SETTINGS, 1)
    monkeypatch.setattr(seed_wall, "THUMBNAIL_PX", SIDE // 2)
    (small,) = draw(jobs, SETTINGS, 1)
    assert {image.shape for image in (small.source, small.target, small.live)} == {(SIDE // 2, SIDE // 2, 3)}
    assert small.difference == large.difference


def test_a_cancelled_wall_draws_nothing_more(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    draw_side = sampling.draw_side
    monkeypatch.setattr(sampling, "draw_side", lambda *args: drawn.append(1) or draw_side(*args))
    work = SteppedJob(lambda: wall_steps(jobs, SETTINGS, range(24)), idle=True)
    while len(drawn) < 3:
        work.step()
    work.cancelled = True
    work.step()
    assert len(drawn) == 3 and work.outcome is not None and work.outcome.error is None


def test_a_domain_that_was_removed_is_one_sentence(jobs: Jobs) -> None:
    (jobs.library.folder / "domains/two.safetensors").unlink()
    with pytest.raises(LibraryError, match="two"):
        draw(jobs, SETTINGS, 1)


def test_a_part_that_does_not_fit_is_left_out(jobs: Jobs) -> None:
    segmenter = Segmenter([4, 4, 4], 8, ("a",), "S")
    save_segmenter(segmenter, jobs.library.folder / "parts/odd.safetensors", PartMetadata("odd"))
    (picture,) = draw(jobs, WallSettings.of(replace(PAIR, part="odd"), BLENDS), 1)
    assert np.array_equal(picture.live, picture.target) and picture.overlap == 0
