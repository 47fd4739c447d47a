from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ddsgui.cli import main
from ddsgui.commands import options
from ddsgui.images import read_grey, read_image, write_png
from ddsgui.mask_tint import TINT, tinted
from ddsgui.synthesis import segmenter_training

SIDE = 16


@pytest.fixture
def work(tmp_path, library, monkeypatch):
    """A folder with mask.png (left half) and low.png (lower right quarter); trainings are short."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(segmenter_training, "ITERATIONS", 20)
    left, low = np.zeros((2, SIDE, SIDE), np.uint8)
    left[:, :8] = 255
    low[8:, 8:] = 255
    write_png(tmp_path / "mask.png", left)
    write_png(tmp_path / "low.png", low)
    return tmp_path


def segment(*options: str) -> int:
    return main(["segment", *options])


TRAIN = ("train", "--domain", "one", "--seed", "3", "--size", "S")


def test_a_painted_mask_becomes_a_part_which_makes_masks(work, capsys):
    assert segment(*TRAIN, "--mask", "mask.png", "--name", "left", "--out", "left.safetensors", "--json") == 0
    assert json.loads(capsys.readouterr().out)["classes"] == ["left"]
    apply = ("apply", "--part", "left.safetensors", "--domain", "two", "--seeds", "0,-3", "--out", "masks")
    assert segment(*apply, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer["files"]) == {p.name for p in (work / "masks").iterdir()}
    mask = read_grey(work / "masks/-3-left-mask.png")
    assert set(np.unique(mask)) <= {0, 255}
    picture, overlay = (read_image(work / f"masks/-3{end}.png") for end in ("", "-left-overlay"))
    np.testing.assert_array_equal(overlay, tinted(picture, mask))


def test_the_painted_area_is_found_again(work):
    segment(*TRAIN, "--mask", "mask.png", "--name", "left", "--out", "left.safetensors")
    segment("apply", "--part", "left.safetensors", "--domain", "one", "--seeds", "3", "--out", "masks")
    predicted, painted = read_grey(work / "masks/3-left-mask.png"), read_grey(work / "mask.png")
    assert (predicted == painted).mean() > 0.8


def test_a_padded_domain_is_painted_and_masked_without_its_bars(work, library):
    from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, save_generator

    generator = load_generator(library / "domains/one.safetensors")
    generator.config = replace(generator.config, unpadded_size=(SIDE, 12))
    save_generator(generator, work / "wide.safetensors", DomainMetadata("wide"))
    write_png(work / "wide.png", np.full((12, SIDE), 255, np.uint8))
    wide = ("--domain", "wide.safetensors")
    assert segment("train", *wide, "--seed", "3", "--size", "S", "--mask", "wide.png", "--name", "w") == 0
    assert segment("apply", *wide, "--part", "w", "--seeds", "3", "--out", "masks") == 0
    for name in ("3.png", "3-w-mask.png", "3-w-overlay.png"):
        assert read_image(work / "masks" / name).shape[:2] == (12, SIDE)


def test_several_masks_are_classes_of_one_part(work, capsys):
    masks = ("--mask", "mask.png", "--class", "left", "--mask", "low.png", "--class", "low")
    assert segment(*TRAIN, *masks, "--name", "both", "--out", "both.safetensors") == 0
    segment("apply", "--part", "both.safetensors", "--domain", "one", "--seeds", "3", "--out", "masks")
    assert {"3-left-mask.png", "3-low-mask.png"} <= {p.name for p in (work / "masks").iterdir()}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--name a --mask gone.png", "There is no file gone.png"),
        ("--name a --mask notes.txt", "is a text file"),
        ("--name a --mask small.png", "is 4 × 4 pixels; these pictures are 16 × 16"),
        ("--name a --mask empty.png", "empty"),
        ("--name a --mask mask.png --mask low.png", "2 masks"),
        ("--name a --mask mask.png --class x --mask low.png --class x", "the same class"),
        ("--name ../a --mask mask.png", "cannot be called"),
        ("--name a --mask mask.png --domain nosuch", "There is no domain nosuch"),
        ("--name a --mask mask.png --out notes.txt/a.safetensors", "cannot be written"),
    ],
)
def test_wrong_options_get_one_sentence(work, capsys, options, sentence):
    (work / "notes.txt").write_text("hello")
    write_png(work / "small.png", np.full((4, 4), 255, np.uint8))
    write_png(work / "empty.png", np.zeros((SIDE, SIDE), np.uint8))
    assert segment(*TRAIN, *options.split()) == 1
    printed = capsys.readouterr().err
    assert sentence in printed
    assert printed.count("\n") == 1


def test_a_part_of_another_domain_is_refused(work, capsys):
    apply = ("apply", "--part", "spot", "--domain", "large", "--seeds", "0", "--out", "masks")
    assert segment(*apply) == 1
    assert "16 px" in capsys.readouterr().err
    assert not (work / "masks").exists()


@pytest.mark.parametrize(
    ("words", "task"),
    [
        (("apply", "--part", "spot", "--domain", "one", "--seeds", "0", "--out", "masks"), "Drawing"),
        ((*TRAIN, "--mask", "mask.png", "--name", "left", "--out", "left.safetensors"), "Training a part"),
    ],
)
def test_a_task_that_cannot_fit_is_refused_unless_forced(work, monkeypatch, capsys, words, task):
    monkeypatch.setattr(options, "free_memory", lambda device: 1_000_000)
    assert segment(*words) == 1
    assert capsys.readouterr().err.startswith(f"{task} at 16 px")
    assert segment(*words, "--force", "--json") == 0
    assert json.loads(capsys.readouterr().out)["memory"]["free"] == 1_000_000


def test_seeds_are_whole_numbers(work, capsys):
    with pytest.raises(SystemExit) as exit:
        segment("apply", "--part", "spot", "--domain", "one", "--seeds", "1,x", "--out", "masks")
    assert exit.value.code == 2
    assert "such as 0,1,2" in capsys.readouterr().err


def test_an_overlay_tints_the_mask_by_half_and_leaves_the_rest():
    picture = np.full((1, 2, 3), 100, np.uint8)
    overlay = tinted(picture, np.array([[0, 255]], np.uint8))
    assert overlay[0, 0].tolist() == [100] * 3
    assert overlay[0, 1].tolist() == [round((100 + tint) / 2) for tint in TINT]
