from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ddsgui.cli import main
from ddsgui.commands import mixing, options
from ddsgui.errors import OptimizerError
from ddsgui.images import read_image, read_mask, read_recipe, write_png
from ddsgui.synthesis.crossover import compose
from ddsgui.synthesis.optimizer import DualDomainOptimizer

FILES = {
    "source.png",
    "target.png",
    "source_mask.png",
    "target_mask.png",
    "crossover.png",
    "result.png",
    "losses.csv",
    "recipe.json",
}
DOMAINS = ("--source", "one", "--target", "two")


@pytest.fixture
def out(tmp_path, library, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "out"


def mix(*options: object) -> int:
    return main(["mix", *map(str, options)])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def stop_after(monkeypatch, iteration: int, error: BaseException) -> None:
    """Let the search end with `error` once an iteration is done (0: before the first)."""
    steps = DualDomainOptimizer.steps

    def stopped(self, edits=None):
        if iteration == 0:
            raise error
        for step in steps(self, edits):
            yield step
            if step.iteration == iteration:
                raise error

    monkeypatch.setattr(DualDomainOptimizer, "steps", stopped)


# ---- what is written


def test_everything_is_written_and_told(out, capsys):
    assert mix(*DOMAINS, "--part", "spot", "--seed", 5, "--iterations", 3, "--out", out, "--json") == 0
    assert names(out) == FILES
    told = json.loads(capsys.readouterr().out)
    assert set(told["files"]) == FILES
    assert (told["iterations"], told["interrupted"]) == (3, False)
    with (out / "losses.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["iteration"] for row in rows] == ["1", "2", "3"]
    assert min(float(row["total"]) for row in rows) == pytest.approx(told["loss"], rel=1e-4)
    recipe = read_recipe(out / "result.png")
    assert recipe == json.loads((out / "recipe.json").read_text("utf-8"))
    assert recipe is not None
    assert (recipe["source"], recipe["part"], recipe["seed"], recipe["masks"]) == ("one", "spot", 5, None)


def test_the_crossover_is_made_of_what_lies_beside_it(out):
    mix(*DOMAINS, "--part", "spot", "--iterations", 1, "--out", out)
    pictures = [read_image(out / f"{name}.png") for name in ("source", "target")]
    masks = [read_mask(out / f"{name}_mask.png", (16, 16)) for name in ("source", "target")]
    np.testing.assert_array_equal(read_image(out / "crossover.png"), compose(*pictures, *masks))


def test_a_gif_shows_the_way_and_ends_with_the_result(out, monkeypatch):
    shown: list[np.ndarray] = []

    def encode(frames: list[np.ndarray]) -> bytes:
        shown.extend(frames)
        return b"GIF"

    monkeypatch.setattr(mixing, "encode_gif", encode)
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 6, "--every", 2, "--gif", "--out", out) == 0
    assert (out / "optimisation.gif").read_bytes() == b"GIF"
    assert len(shown) == 5  # iterations 1, 2, 4 and 6, and the best of all
    np.testing.assert_array_equal(shown[-1], read_image(out / "result.png"))


def test_a_target_seed_changes_the_target_alone(out, tmp_path):
    mix(*DOMAINS, "--part", "spot", "--iterations", 1, "--out", out)
    mix(*DOMAINS, "--part", "spot", "--target-seed", 9, "--iterations", 1, "--out", tmp_path / "other")
    same = {name: (out / name).read_bytes() == (tmp_path / "other" / name).read_bytes() for name in FILES}
    assert (same["source.png"], same["target.png"]) == (True, False)


# ---- masks


def test_a_mask_picture_serves_both_and_travels_in_the_recipe(out, library, tmp_path):
    mask = tmp_path / "mask.png"
    shutil.copy(library / "mask.png", mask)
    assert mix(*DOMAINS, "--part", mask, "--iterations", 2, "--out", out) == 0
    painted = read_mask(mask)
    for name in ("source_mask.png", "target_mask.png"):
        np.testing.assert_array_equal(read_mask(out / name), painted)
    mask.unlink()
    assert mix("--recipe", out / "recipe.json", "--out", tmp_path / "again") == 0
    assert (tmp_path / "again/result.png").read_bytes() == (out / "result.png").read_bytes()


def test_a_mask_of_another_size_is_refused_with_both_sizes(out, tmp_path, capsys):
    write_png(tmp_path / "mask.png", np.zeros((8, 10), np.uint8))
    assert mix(*DOMAINS, "--part", "mask.png", "--out", out) == 1
    assert "is 10 × 8 pixels; these pictures are 16 × 16" in capsys.readouterr().err
    assert not out.exists()


def test_what_a_domain_crops_is_cropped_and_such_a_mask_fits_again(out, library, tmp_path):
    from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, save_generator

    generator = load_generator(library / "domains/one.safetensors")
    generator.config = replace(generator.config, unpadded_size=(16, 12))
    wide = tmp_path / "wide.safetensors"
    save_generator(generator, wide, DomainMetadata("wide"))
    write_png(tmp_path / "mask.png", np.tri(12, 16, dtype=np.uint8) * np.uint8(255))
    domains = ("--source", wide, "--target", wide, "--iterations", 2)
    assert mix(*domains, "--part", "mask.png", "--gif", "--upscale", 4, "--out", out) == 0
    for picture in FILES - {"losses.csv", "recipe.json"}:
        with Image.open(out / picture) as opened:
            assert opened.size == (16, 12), picture
    with Image.open(out / "result_x4.png") as larger, Image.open(out / "optimisation.gif") as film:
        assert larger.size == (64, 48)
        assert film.width * 3 == film.height * 4
    assert mix(*domains, "--part", out / "source_mask.png", "--out", tmp_path / "again") == 0
    assert (tmp_path / "again/result.png").exists()
    assert mix("--recipe", out / "result.png", "--out", tmp_path / "repeated") == 0
    assert (tmp_path / "repeated/result.png").read_bytes() == (out / "result.png").read_bytes()


def test_of_two_domains_the_part_that_both_draw_is_written(out, library, tmp_path):
    from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, save_generator

    files = {}
    for name, crop in (("wide", (16, 12)), ("tall", (12, 16))):
        generator = load_generator(library / "domains/one.safetensors")
        generator.config = replace(generator.config, unpadded_size=crop)
        files[name] = tmp_path / f"{name}.safetensors"
        save_generator(generator, files[name], DomainMetadata(name))
    write_png(tmp_path / "mask.png", np.full((12, 12), 255, np.uint8))
    domains = ("--source", files["wide"], "--target", files["tall"], "--iterations", 1)
    assert mix(*domains, "--part", "mask.png", "--out", out) == 0
    for picture in ("source.png", "target_mask.png", "result.png"):
        with Image.open(out / picture) as opened:
            assert opened.size == (12, 12), picture


# ---- recipes


def test_a_result_is_repeated_from_its_picture(out, tmp_path):
    mix(*DOMAINS, "--part", "spot", "--seed", 3, "--iterations", 3, "--lr", 0.05, "--out", out)
    assert mix("--recipe", out / "result.png", "--out", tmp_path / "again") == 0
    for name in FILES - {"losses.csv"}:  # it tells the seconds
        assert (tmp_path / "again" / name).read_bytes() == (out / name).read_bytes()


def test_options_override_the_recipe(out, tmp_path):
    mix(*DOMAINS, "--part", "spot", "--seed", 3, "--iterations", 2, "--lr", 0.05, "--out", out)
    again = tmp_path / "again"
    assert (
        mix("--recipe", out / "result.png", "--seed", 4, "--alpha", 0.5, "--iterations", 1, "--out", again)
        == 0
    )
    recipe = json.loads((again / "recipe.json").read_text("utf-8"))
    settings = recipe["settings"]
    assert (recipe["seed"], recipe["source"], settings["iterations"]) == (4, "one", 1)
    assert (settings["dials"]["alpha"], settings["dials"]["lr"]) == (0.5, 0.05)


def test_a_part_overrides_the_masks_of_a_recipe(out, library, tmp_path):
    mix(*DOMAINS, "--part", library / "mask.png", "--iterations", 1, "--out", out)
    mix("--recipe", out / "recipe.json", "--part", "spot", "--out", tmp_path / "again")
    assert json.loads((tmp_path / "again/recipe.json").read_text("utf-8"))["masks"] is None


def test_masks_that_do_not_fit_another_domain_are_told(out, library, capsys):
    mix(*DOMAINS, "--part", library / "mask.png", "--iterations", 1, "--out", out)
    large = ("--source", "large", "--target", "large")
    assert mix("--recipe", out / "recipe.json", *large, "--out", out) == 1
    assert "masks are 16 × 16 pixels; these pictures are 32 × 32" in capsys.readouterr().err


def test_what_is_no_recipe_is_told(out, tmp_path, capsys):
    write_png(tmp_path / "plain.png", np.zeros((4, 4), np.uint8))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "foreign.json").write_text('{"a": 1}')
    sentences = {
        "plain.png": "carries no recipe",
        "broken.json": "is not a recipe",
        "foreign.json": "not a recipe",
        "gone.json": "cannot be read",
        "gone.png": "There is no file",
    }
    for name, sentence in sentences.items():
        assert mix("--recipe", name, "--out", out) == 1
        assert sentence in capsys.readouterr().err
    assert not out.exists()


# ---- what goes wrong


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--iterations 0", "Iterations must lie between 1 and"),
        ("--iterations 99999999999", "Iterations must lie"),
        ("--lr nan", "learning rate must lie between 0 and 10"),
        ("--alpha -1", "alpha must lie"),
        ("--gamma inf", "gamma must lie"),
        (f"--seed {10**30}", "must fit into 64 bits"),
        (f"--target-seed {-(10**30)}", "must fit into 64 bits"),
        ("--truncation 99", "Truncation must lie"),
        ("--every 0 --gif", "makes no sense"),
        ("--preset nosuch", "There is no preset nosuch"),
        ("--space q", "latent space is one of"),
        ("--backbone nosuch", "There is no backbone nosuch"),
        ("--source on", "Did you mean one?"),
        ("--part spo", "Did you mean spot?"),
        ("--target gone.pt", "There is no file gone.pt"),
        ("--target large", "16 pixels and the target 32"),
        ("--part gone.png", "There is no file gone.png"),
        ("--part gone.JPG", "There is no file gone.JPG"),
    ],
)
def test_nonsense_is_told_in_a_sentence_and_leaves_nothing(out, capsys, options, sentence):
    assert mix(*DOMAINS, "--part", "spot", "--out", out, *options.split()) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert sentence in printed.err
    assert printed.err.count("\n") == 1
    assert not out.exists()


def test_a_text_file_is_no_checkpoint(out, tmp_path, capsys):
    (tmp_path / "notes.pt").write_text("not a model")
    assert mix("--source", "notes.pt", "--target", "two", "--out", out, "--json") == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"error": printed.err.strip()}
    assert "notes.pt" in printed.err


def test_an_unwritable_folder_is_found_before_the_run(out, monkeypatch, capsys):
    out.touch()
    monkeypatch.setattr(DualDomainOptimizer, "__init__", lambda *args: pytest.fail("the run began"))
    assert mix(*DOMAINS, "--part", "spot", "--out", out) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_full_disk_leaves_the_last_result_whole(out, monkeypatch, capsys):
    mix(*DOMAINS, "--part", "spot", "--iterations", 1, "--out", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    write = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        if ".recipe." in self.name:
            raise OSError(28, "No space left on device")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert mix(*DOMAINS, "--part", "spot", "--seed", 8, "--iterations", 1, "--out", out) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_interrupted_it_writes_the_best_so_far(out, monkeypatch, capsys):
    stop_after(monkeypatch, 3, KeyboardInterrupt())
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 50, "--gif", "--out", out, "--json") == 130
    told = json.loads(capsys.readouterr().out)
    assert told["interrupted"] is True
    assert told["iteration"] <= 3
    assert names(out) == FILES | {"optimisation.gif"}
    assert len((out / "losses.csv").read_text().splitlines()) == 4


def test_interrupted_before_the_first_iteration_it_writes_nothing(out, monkeypatch, capsys):
    stop_after(monkeypatch, 0, KeyboardInterrupt())
    assert mix(*DOMAINS, "--part", "spot", "--out", out) == 130
    assert capsys.readouterr() == ("", "Interrupted.\n")
    assert not out.exists()


def test_memory_that_ran_out_is_told(out, monkeypatch, capsys):
    stop_after(monkeypatch, 0, torch.OutOfMemoryError("CUDA out of memory"))
    assert mix(*DOMAINS, "--part", "spot", "--out", out) == 1
    assert "memory ran out" in capsys.readouterr().err


def test_memory_that_runs_out_in_mid_run_leaves_the_best_so_far(out, monkeypatch, capsys):
    stop_after(monkeypatch, 2, RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to …"))
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 50, "--out", out) == 1
    assert capsys.readouterr().err == (
        "The memory ran out after iteration 2 of 50; the best result until then is written. "
        "Close other programs, choose domains of a lower resolution, or compute on another device.\n"
    )
    assert names(out) == FILES


def test_what_cannot_fit_is_refused_unless_forced(out, monkeypatch, capsys):
    monkeypatch.setattr(options, "free_memory", lambda device: 50_000_000)
    short = (*DOMAINS, "--part", "spot", "--iterations", 1, "--out", out)
    assert mix(*short, "--preset", "paper") == 1
    told = capsys.readouterr().err
    assert told.startswith("Mixing at 16 px needs about 0.4 GB of memory, and only 0.1 GB are free; ")
    assert told.endswith("free; close other programs, or try anyway with --force.\n")
    monkeypatch.setattr(mixing, "lighter_settings", lambda settings, config, free: "choose the preset fast")
    assert mix(*short, "--preset", "paper") == 1
    told = capsys.readouterr().err
    assert told.endswith("; close other programs, choose the preset fast, or try anyway with --force.\n")
    assert not out.exists()
    assert mix(*short, "--force", "--json") == 0
    assert json.loads(capsys.readouterr().out)["memory"]["free"] == 50_000_000


def test_much_memory_is_said_before_it_is_used(out, monkeypatch, caplog):
    monkeypatch.setattr(options, "WARN_FROM_BYTES", 0)
    monkeypatch.setattr(options, "free_memory", lambda device: 20_000_000_000)
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 1, "--out", out) == 0
    assert caplog.messages == ["Mixing at 16 px needs about 0.4 GB of memory; 20 GB are free."]


def test_a_loss_that_runs_off_is_told_and_the_best_is_kept(out, monkeypatch, capsys):
    stop_after(monkeypatch, 2, OptimizerError("The loss ran off."))
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 50, "--out", out) == 1
    assert capsys.readouterr().err == "The loss ran off.\n"
    assert names(out) == FILES


def test_strangers_are_mixed_with_a_warning(out, library, caplog):
    from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, save_generator

    for name in ("cats", "faces"):
        generator = load_generator(library / "domains/one.safetensors")
        generator.w_mean.fill_(len(name))  # two files that differ
        save_generator(generator, out.parent / f"{name}.safetensors", DomainMetadata(name))
    domains = ("--source", out.parent / "cats.safetensors", "--target", out.parent / "faces.safetensors")
    assert mix(*domains, "--part", library / "mask.png", "--iterations", 1, "--out", out) == 0
    assert caplog.messages == [
        "cats and faces do not come from one domain: "
        "a seed gives two unrelated pictures, which may not fit together."
    ]
    caplog.clear()
    assert mix(*DOMAINS, "--part", library / "mask.png", "--iterations", 1, "--out", out) == 0
    assert not caplog.messages
