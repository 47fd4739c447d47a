"""`ddsgui mix --preset live` blends without a search, with settings for each part."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ddsgui.cli import main
from ddsgui.images import read_grey, read_image, read_recipe, write_png
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.settings import PRESETS

FILES = {
    "source.png",
    "target.png",
    "source_mask.png",
    "target_mask.png",
    "crossover.png",
    "result.png",
    "recipe.json",
}
LIVE = ("--source", "one", "--target", "two", "--preset", "live")


@pytest.fixture
def out(tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "out"


@pytest.fixture
def masks(tmp_path: Path) -> tuple[Path, Path]:
    """Two mask images that do not overlap."""
    paths = tmp_path / "left.png", tmp_path / "right.png"
    for path, columns in zip(paths, (slice(1, 6), slice(10, 15)), strict=True):
        mask = np.zeros((16, 16), np.uint8)
        mask[3:12, columns] = 255
        write_png(path, mask)
    return paths


def mix(*options: object) -> int:
    return main(["mix", *map(str, options)])


def result(folder: Path) -> np.ndarray:
    return read_image(folder / "result.png").astype(int)


def test_a_blend_is_saved_without_a_search(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(DualDomainOptimizer, "__init__", lambda *args: pytest.fail("it searches"))
    assert mix(*LIVE, "--part", "spot", "--seed", 5, "--out", out, "--json") == 0
    assert {path.name for path in out.iterdir()} == FILES
    data = json.loads(capsys.readouterr().out)
    assert set(data["files"]) == FILES
    assert data["loss"] is None
    recipe = read_recipe(out / "result.png")
    assert recipe == json.loads((out / "recipe.json").read_text("utf-8"))
    assert recipe is not None and recipe["version"] == 3


def test_the_text_for_people_names_the_folder_and_no_loss(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mix(*LIVE, "--part", "spot", "--out", out) == 0
    printed = capsys.readouterr().out
    assert "7 files" in printed and "loss" not in printed


@pytest.mark.parametrize(
    "options",
    [
        ("--depth", 8, "--last-layers", "target", "--strength", 0.5, "--feather", 3, "--match-colour"),
        ("--last-layers", "source", "--feather", 2),
        ("--target-seed", 9),
    ],
)
def test_a_blend_is_repeated_from_its_picture_byte_for_byte(
    out: Path, library: Path, tmp_path: Path, options: tuple[object, ...]
) -> None:
    assert mix(*LIVE, "--part", library / "mask.png", *options, "--out", out) == 0
    assert mix("--recipe", out / "result.png", "--out", tmp_path / "again") == 0
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (out / name).read_bytes(), name


def test_options_override_the_recipe(out: Path, library: Path, tmp_path: Path) -> None:
    assert mix(*LIVE, "--part", library / "mask.png", "--depth", 8, "--out", out) == 0
    assert mix("--recipe", out / "result.png", "--strength", 0, "--out", tmp_path / "none") == 0
    np.testing.assert_array_equal(result(tmp_path / "none"), read_image(out / "target.png"))
    recipe = read_recipe(tmp_path / "none/result.png")
    assert recipe is not None
    (live,) = recipe["settings"]["live"]
    assert (live["depth"], live["strength"]) == (8, 0)


def test_every_part_has_its_settings_which_travel_with_the_picture(
    out: Path, masks: tuple[Path, Path], tmp_path: Path
) -> None:
    parts = ("--part", f"{masks[0]},{masks[1]}")
    options = ("--strength", "1,0", "--last-layers", "source", "--feather", 0)
    assert mix(*LIVE, *parts, *options, "--out", out) == 0
    left, right = (read_grey(path) > 0 for path in masks)
    np.testing.assert_array_equal(result(out)[left], read_image(out / "source.png")[left])
    np.testing.assert_array_equal(result(out)[right], read_image(out / "target.png")[right])
    np.testing.assert_array_equal(read_grey(out / "source_mask.png") > 0, left | right)
    for path in masks:
        path.unlink()
    assert mix("--recipe", out / "result.png", "--out", tmp_path / "again") == 0
    assert (tmp_path / "again/result.png").read_bytes() == (out / "result.png").read_bytes()


def test_parts_that_are_found_have_their_settings(out: Path, library: Path, tmp_path: Path) -> None:
    both = ("--part", f"spot,{library / 'mask.png'}")
    assert (
        mix(*LIVE, *both, "--strength", "0,1", "--feather", 0, "--last-layers", "source", "--out", out) == 0
    )
    mask = read_grey(library / "mask.png") > 0
    expected = np.where(mask[..., None], read_image(out / "source.png"), read_image(out / "target.png"))
    np.testing.assert_array_equal(result(out), expected)


def test_domains_of_another_size_are_pasted_with_a_warning(
    out: Path, library: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
    from ddsgui.stylegan.generator import Generator, GeneratorConfig

    generator = Generator(GeneratorConfig(32, 6, 6, 1, (6, 6, 6, 6)))
    save_generator(generator, tmp_path / "other.safetensors", DomainMetadata("other"))
    domains = ("--source", tmp_path / "other.safetensors", "--target", "two", "--preset", "live")
    assert mix(*domains, "--part", library / "mask.png", "--out", out) == 0
    assert any("different build" in message for message in caplog.messages)


def test_a_picture_that_is_not_square_is_blended_from_stored_latents(
    out: Path, library: Path, tmp_path: Path
) -> None:
    from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, save_generator

    for name, source in (("wide", "one"), ("broad", "two")):
        generator = load_generator(library / f"domains/{source}.safetensors")
        generator.config = replace(generator.config, unpadded_size=(16, 12))
        save_generator(generator, tmp_path / f"{name}.safetensors", DomainMetadata(name))
    rng = np.random.default_rng(0)
    np.save(tmp_path / "w.npy", rng.standard_normal((1, 8)).astype(np.float32))
    np.save(tmp_path / "w_plus.npy", rng.standard_normal((1, 6, 8)).astype(np.float32))
    write_png(tmp_path / "mask.png", np.tri(12, 16, dtype=np.uint8) * np.uint8(255))
    domains = ("--source", "wide.safetensors", "--target", "broad.safetensors", "--preset", "live")
    latents = ("--latent", "w.npy", "--latent-space", "w", "--target-latent", "w_plus.npy")
    assert mix(*domains, *latents, "--part", "mask.png", "--out", out) == 0
    assert result(out).shape == (12, 16, 3)
    assert mix("--recipe", out / "result.png", "--out", tmp_path / "again") == 0
    assert (tmp_path / "again/result.png").read_bytes() == (out / "result.png").read_bytes()


def test_a_strength_makes_the_part_of_a_search_count_more(out: Path) -> None:
    options = (*LIVE[:4], "--preset", "fast", "--part", "spot", "--iterations", 1)
    assert mix(*options, "--strength", 3, "--out", out) == 0
    dials = json.loads((out / "recipe.json").read_text())["settings"]["dials"]
    assert dials["alpha"] == 3 * PRESETS["fast"].weights.alpha
    assert dials["beta"] == PRESETS["fast"].weights.beta


@pytest.mark.parametrize("part", ["", "mask.png"])
def test_empty_and_full_masks_are_blended(out: Path, tmp_path: Path, part: str) -> None:
    write_png(tmp_path / "mask.png", np.full((16, 16), 255, np.uint8))
    assert mix(*LIVE, "--part", part, "--last-layers", "source", "--out", out) == 0
    expected = read_image(out / ("source.png" if part else "target.png"))
    np.testing.assert_array_equal(result(out), expected)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--depth 12", "12"),
        ("--depth deep", "deep"),
        ("--depth 8,,16", "nothing"),
        ("--depth 0", "8, 16, 32"),
        ("--last-layers mine", "mine"),
        ("--strength 2", "between 0 and 1"),
        ("--strength nan", "between 0 and 1"),
        ("--feather -3", "-3"),
        ("--feather 99999", "99999"),
        ("--match-colour perhaps", "yes or no"),
        ("--depth 8,16", "2 parts"),
        ("--part spot,spot --depth 8,16 --feather 1,2,3", "3 parts"),
        ("--part spot,spot --target-part spot --depth 8,16", "1 part"),
        ("--iterations 5", "--iterations"),
        ("--lr 0.1", "--lr"),
        ("--gamma 1", "--gamma"),
        ("--gif", "--gif"),
        ("--preset fast --depth 8", "--preset live"),
        ("--preset fast --strength 2,1", "2,1"),
        ("--preset fast --strength -1", "alpha"),
        ("--preset fast --strength 1e9", "alpha"),
    ],
)
def test_nonsensical_options_get_one_sentence_and_exit_code_2(
    out: Path, capsys: pytest.CaptureFixture[str], options: str, word: str
) -> None:
    assert mix(*LIVE, "--part", "spot", "--out", out, *options.split()) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert word in printed.err
    assert printed.err.count("\n") == 1
    assert not out.exists()


def test_a_level_that_the_domains_lack_is_refused(
    out: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--part", library / "mask.png", "--last-layers", "target", "--depth", 1024)
    assert mix(*LIVE, *options, "--out", out) == 1
    assert "choose a depth of 8, 16 px" in capsys.readouterr().err
    assert not out.exists()
