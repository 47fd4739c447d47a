from __future__ import annotations

import csv
import json
import shutil
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ddsgui import paths
from ddsgui.cli import main
from ddsgui.device import device_label
from ddsgui.errors import OptimizerError
from ddsgui.images import read_grey, read_image, read_recipe, write_png
from ddsgui.jobs.forecast import ForecastStore
from ddsgui.library.library import Library
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.crossover import compose
from ddsgui.synthesis.latents import SEED_RANGE
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.settings import artists_preset

FILES = {
    "source.png",
    "target.png",
    "source_mask.png",
    "target_mask.png",
    "crossover.png",
    "result.png",
    "losses.csv",
    "latent.safetensors",
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
    """Make the search raise `error` after an iteration (0: before the first)."""
    steps = DualDomainOptimizer.steps

    def stopped(self, *arguments, **options):
        if iteration == 0:
            raise error
        for step in steps(self, *arguments, **options):
            yield step
            if step.iteration == iteration:
                raise error

    monkeypatch.setattr(DualDomainOptimizer, "steps", stopped)


# ---- what is written


def test_everything_is_written_and_listed(out, capsys):
    assert mix(*DOMAINS, "--part", "spot", "--seed", 5, "--iterations", 3, "--out", out, "--json") == 0
    assert names(out) == FILES
    answer = json.loads(capsys.readouterr().out)
    assert set(answer["files"]) == FILES
    assert (answer["iterations"], answer["interrupted"]) == (3, False)
    with (out / "losses.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["iteration"] for row in rows] == ["1", "2", "3"]
    assert min(float(row["total"]) for row in rows) == pytest.approx(answer["loss"], rel=1e-4)
    recipe = read_recipe(out / "result.png")
    assert recipe == json.loads((out / "recipe.json").read_text("utf-8"))
    assert recipe is not None
    assert (recipe["source"], recipe["part"], recipe["seed"], recipe["masks"]) == ("one", "spot", 5, None)


def test_the_crossover_is_composed_of_the_written_pictures_and_masks(out):
    mix(*DOMAINS, "--part", "spot", "--iterations", 1, "--out", out)
    pictures = [read_image(out / f"{name}.png") for name in ("source", "target")]
    masks = [read_grey(out / f"{name}_mask.png") for name in ("source", "target")]
    np.testing.assert_array_equal(read_image(out / "crossover.png"), compose(*pictures, *masks))


def test_an_animation_shows_the_frames_and_ends_with_the_result(out):
    options = ("--iterations", 6, "--every", 2, "--export", "apng", "--scale", 1)
    assert mix(*DOMAINS, "--part", "spot", *options, "--out", out) == 0
    with Image.open(out / "optimisation.png") as film:
        assert getattr(film, "n_frames", 1) == 5  # iterations 1, 2, 4 and 6, and the best of all
        film.seek(4)
        np.testing.assert_array_equal(np.array(film.convert("RGB")), read_image(out / "result.png"))


def test_a_target_seed_changes_the_target_alone(out, tmp_path):
    mix(*DOMAINS, "--part", "spot", "--iterations", 1, "--out", out)
    mix(*DOMAINS, "--part", "spot", "--target-seed", 9, "--iterations", 1, "--out", tmp_path / "other")
    same = {name: (out / name).read_bytes() == (tmp_path / "other" / name).read_bytes() for name in FILES}
    assert (same["source.png"], same["target.png"]) == (True, False)


# ---- masks


def test_a_mask_picture_is_used_for_both_and_travels_in_the_recipe(out, library, tmp_path):
    mask = tmp_path / "mask.png"
    shutil.copy(library / "mask.png", mask)
    assert mix(*DOMAINS, "--part", mask, "--iterations", 2, "--out", out) == 0
    painted = read_grey(mask)
    for name in ("source_mask.png", "target_mask.png"):
        np.testing.assert_array_equal(read_grey(out / name), painted)
    mask.unlink()
    assert mix("--recipe", out / "recipe.json", "--out", tmp_path / "again") == 0
    assert (tmp_path / "again/result.png").read_bytes() == (out / "result.png").read_bytes()


def test_a_mask_of_another_size_is_refused_with_both_sizes(out, tmp_path, capsys):
    write_png(tmp_path / "mask.png", np.full((8, 10), 255, np.uint8))
    assert mix(*DOMAINS, "--part", "mask.png", "--out", out) == 1
    assert "is 10 × 8 pixels; these pictures are 16 × 16" in capsys.readouterr().err
    assert not out.exists()


def test_classes_of_a_label_picture_are_masks_and_an_empty_mask_is_refused_first(
    out, tmp_path, capsys, caplog
):
    labels = np.zeros((16, 16), np.uint8)
    labels[:4], labels[8:] = 1, 3
    write_png(tmp_path / "label", labels)  # without an ending
    assert mix(*DOMAINS, "--part", f"{tmp_path / 'label'}#3", "--preset", "live", "--out", out) == 0
    assert (read_grey(out / "source_mask.png") > 0).sum() == 8 * 16
    assert mix(*DOMAINS, "--part", tmp_path / "label", "--preset", "live", "--out", out) == 0
    assert (read_grey(out / "target_mask.png") > 0).sum() == 12 * 16
    assert "classes" in caplog.text
    write_png(tmp_path / "label", labels * 0)
    assert (
        mix("--source", "one", "--target", tmp_path / "label", "--part", tmp_path / "label", "--out", out)
        == 1
    )
    assert "empty" in capsys.readouterr().err


def test_a_cropped_domain_writes_cropped_pictures_whose_masks_fit_again(out, library, tmp_path):
    from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, save_generator

    generator = load_generator(library / "domains/one.safetensors")
    generator.config = replace(generator.config, unpadded_size=(16, 12))
    wide = tmp_path / "wide.safetensors"
    save_generator(generator, wide, DomainMetadata("wide"))
    write_png(tmp_path / "mask.png", np.tri(12, 16, dtype=np.uint8) * np.uint8(255))
    domains = ("--source", wide, "--target", wide, "--iterations", 2)
    assert mix(*domains, "--part", "mask.png", "--gif", "--upscale", 4, "--out", out) == 0
    for picture in FILES - {"losses.csv", "recipe.json", "latent.safetensors"}:
        with Image.open(out / picture) as opened:
            assert opened.size == (16, 12), picture
    with Image.open(out / "result_x4.png") as larger, Image.open(out / "optimisation.gif") as film:
        assert larger.size == (64, 48)
        assert film.width * 3 == film.height * 4
    assert mix(*domains, "--part", out / "source_mask.png", "--out", tmp_path / "again") == 0
    assert (tmp_path / "again/result.png").exists()
    assert mix("--recipe", out / "result.png", "--out", tmp_path / "repeated") == 0
    assert (tmp_path / "repeated/result.png").read_bytes() == (out / "result.png").read_bytes()


def test_two_cropped_domains_write_the_area_that_both_draw(out, library, tmp_path):
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
    for name in FILES - {"losses.csv"}:  # it has the seconds
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


def test_masks_that_do_not_fit_another_domain_are_refused(out, library, capsys):
    mix(*DOMAINS, "--part", library / "mask.png", "--iterations", 1, "--out", out)
    large = ("--source", "large", "--target", "large")
    assert mix("--recipe", out / "recipe.json", *large, "--out", out) == 1
    assert "masks are 16 × 16 pixels; these pictures are 32 × 32" in capsys.readouterr().err


def test_a_file_that_is_not_a_recipe_is_refused(out, tmp_path, capsys):
    write_png(tmp_path / "plain.png", np.zeros((4, 4), np.uint8))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "foreign.json").write_text('{"a": 1}')
    sentences = {
        "plain.png": "no recipe",
        "broken.json": "is not a ddsgui recipe",
        "foreign.json": "not a ddsgui recipe",
        "gone.json": "There is no file",
        "gone.png": "There is no file",
    }
    for name, sentence in sentences.items():
        assert mix("--recipe", name, "--out", out) == 1
        assert sentence in capsys.readouterr().err
    assert not out.exists()


# ---- errors


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--iterations 0", "Iterations must be between 1 and"),
        ("--iterations 99999999999", "Iterations must be"),
        ("--lr nan", "learning rate must be between 0 and 10"),
        ("--alpha -1", "alpha must be"),
        ("--gamma inf", "gamma must be"),
        (f"--seed {10**30}", SEED_RANGE),
        (f"--target-seed {-(10**30)}", SEED_RANGE),
        ("--truncation 99", "Truncation must be"),
        ("--every 0 --gif", "makes no sense"),
        ("--preset nosuch", "There is no preset nosuch"),
        ("--space q", "latent space is one of"),
        ("--backbone nosuch", "There is no backbone nosuch"),
        ("--source on", "Did you mean one?"),
        ("--part spo", "Did you mean spot?"),
        ("--target gone.pt", "There is no file gone.pt"),
        ("--target large --preset paper", "16 and 32 px"),
        ("--part gone.png", "There is no file gone.png"),
        ("--part gone.JPG", "There is no file gone.JPG"),
    ],
)
def test_nonsense_gets_one_sentence_and_leaves_nothing(out, capsys, options, sentence):
    assert mix(*DOMAINS, "--part", "spot", "--out", out, *options.split()) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert sentence in printed.err
    assert printed.err.count("\n") == 1
    assert not out.exists()


def test_a_text_file_is_not_a_checkpoint(out, tmp_path, capsys):
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


def test_a_full_disk_leaves_the_last_result_intact(out, monkeypatch, capsys):
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


def test_an_interrupted_mix_writes_the_best_so_far(out, monkeypatch, capsys):
    stop_after(monkeypatch, 3, KeyboardInterrupt())
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 50, "--gif", "--out", out, "--json") == 130
    answer = json.loads(capsys.readouterr().out)
    assert answer["interrupted"] is True
    assert answer["iteration"] <= 3
    assert names(out) == FILES | {"optimisation.gif"}
    assert len((out / "losses.csv").read_text().splitlines()) == 4


def test_a_mix_interrupted_before_the_first_iteration_writes_nothing(out, monkeypatch, capsys):
    stop_after(monkeypatch, 0, KeyboardInterrupt())
    assert mix(*DOMAINS, "--part", "spot", "--out", out) == 130
    assert capsys.readouterr() == ("", "Interrupted.\n")
    assert not out.exists()


def test_memory_that_ran_out_is_reported(out, monkeypatch, capsys):
    stop_after(monkeypatch, 0, torch.OutOfMemoryError("CUDA out of memory"))
    assert mix(*DOMAINS, "--part", "spot", "--out", out) == 1
    assert "Memory ran out" in capsys.readouterr().err


def test_memory_that_runs_out_during_a_run_leaves_the_best_so_far(out, monkeypatch, capsys):
    stop_after(monkeypatch, 2, RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to …"))
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 50, "--out", out) == 1
    assert "iteration 2 of 50" in capsys.readouterr().err
    assert names(out) == FILES


def test_a_task_that_cannot_fit_is_refused_unless_forced(out, monkeypatch, capsys):
    monkeypatch.setattr("ddsgui.memory.free_memory", lambda device: 50_000_000)
    monkeypatch.setattr("ddsgui.memory.memory_limit", lambda device: nullcontext())
    short = (*DOMAINS, "--part", "spot", "--iterations", 1, "--out", out)
    assert mix(*short, "--preset", "paper") == 1
    message = capsys.readouterr().err
    assert "0.4 GB" in message and "0.1 GB" in message and "--force" in message
    monkeypatch.setattr(
        "ddsgui.jobs.mix.lighter_settings", lambda settings, config, free: "choose the preset fast"
    )
    assert mix(*short, "--preset", "paper") == 1
    message = capsys.readouterr().err
    assert "choose the preset fast" in message
    assert not out.exists()
    assert mix(*short, "--force", "--json") == 0
    assert json.loads(capsys.readouterr().out)["memory"]["free"] == 50_000_000


def test_a_mix_that_needs_much_memory_says_so_first(out, monkeypatch, caplog):
    monkeypatch.setattr("ddsgui.stylegan.memory_estimate.WARN_FROM_BYTES", 0)
    monkeypatch.setattr("ddsgui.memory.free_memory", lambda device: 20_000_000_000)
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 1, "--out", out) == 0
    (message,) = caplog.messages
    assert "0.4 GB" in message and "20 GB" in message


def test_a_loss_that_diverges_is_reported_and_the_best_is_kept(out, monkeypatch, capsys):
    stop_after(monkeypatch, 2, OptimizerError("The loss diverged."))
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 50, "--out", out) == 1
    assert capsys.readouterr().err == "The loss diverged.\n"
    assert names(out) == FILES


def test_unrelated_domains_are_mixed_with_a_warning(out, library, caplog):
    from ddsgui.checkpoints.checkpoint import DomainMetadata, load_generator, save_generator

    for name in ("cats", "faces"):
        generator = load_generator(library / "domains/one.safetensors")
        generator.w_mean.fill_(len(name))  # two files that differ
        save_generator(generator, out.parent / f"{name}.safetensors", DomainMetadata(name))
    domains = ("--source", out.parent / "cats.safetensors", "--target", out.parent / "faces.safetensors")
    assert mix(*domains, "--part", library / "mask.png", "--iterations", 1, "--out", out) == 0
    (message,) = caplog.messages
    assert "not related" in message
    caplog.clear()
    assert (
        mix(*DOMAINS, "--part", library / "mask.png", "--iterations", 1, "--out", out.parent / "again") == 0
    )
    assert not caplog.messages


# ---- domains that do not match, and a part for each


def test_a_source_of_another_size_is_resized_with_a_warning(out, library, caplog):
    domains = ("--source", "large", "--target", "two", "--seed", 4, "--iterations", 2)
    assert mix(*domains, "--target-part", "spot", "--source-part", library / "large.png", "--out", out) == 0
    (message,) = caplog.messages
    assert "large draws 32 px and two 16 px" in message
    assert read_image(out / "source.png").shape == (16, 16, 3)
    assert read_grey(out / "source_mask.png")[4:10, 5:12].min() > 127
    recipe = json.loads((out / "recipe.json").read_text("utf-8"))
    assert (recipe["target_part"], recipe["version"]) == ("spot", 3)
    again = out.parent / "again"
    assert mix("--recipe", out / "result.png", "--out", again) == 0
    assert (again / "result.png").read_bytes() == (out / "result.png").read_bytes()


def test_domains_of_other_latent_sizes_mix_and_each_has_its_part(out, library, tmp_path):
    from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
    from ddsgui.synthesis.segmenter import PartMetadata, Segmenter, save_segmenter

    torch.manual_seed(7)
    generator = Generator(GeneratorConfig(32, 12, 10, 1, (4, 4, 4, 4)))
    generator.estimate_w_mean()
    save_generator(generator, tmp_path / "cats.safetensors", DomainMetadata("cats"))
    segmenter = Segmenter(generator.config.layer_channels(), 32, ("eyes", "ears"), "S")
    save_segmenter(segmenter, tmp_path / "cat.safetensors", PartMetadata("cat"))
    domains = ("--source", tmp_path / "cats.safetensors", "--target", "two", "--iterations", 1)
    part = f"{tmp_path / 'cat.safetensors'}#ears"
    assert mix(*domains, "--source-part", part, "--target-part", "spot", "--out", out) == 0
    assert read_image(out / "result.png").shape == (16, 16, 3)
    assert (
        mix(*domains, "--source-part", part, "--target-part", "spot", "--preset", "paper", "--out", out) == 1
    )


@pytest.mark.parametrize("name", ["two,parts", "plain"])
def test_several_parts_are_one_mask(out, library, tmp_path, name):
    first_mask, second_mask = np.zeros((2, 16, 16), np.uint8)
    first_mask[2:5, 2:5], second_mask[9:12, 9:12] = 255, 200
    write_png(tmp_path / f"{name}.png", first_mask)
    write_png(tmp_path / "other.png", second_mask)
    part = f"{tmp_path / name}.png"
    assert mix(*DOMAINS, "--part", part, "--iterations", 1, "--out", out) == 0
    np.testing.assert_array_equal(read_grey(out / "target_mask.png"), first_mask)
    if "," not in name:
        assert (
            mix(*DOMAINS, "--part", f"{part}, {tmp_path / 'other.png'}", "--iterations", 1, "--out", out) == 0
        )
        np.testing.assert_array_equal(read_grey(out / "source_mask.png"), np.maximum(first_mask, second_mask))


@pytest.mark.parametrize(("part", "words"), [("spot#2", "spot (#1)"), ("spot#nose", "no class nose")])
def test_a_class_that_the_part_does_not_have_is_refused(out, capsys, part, words):
    assert mix(*DOMAINS, "--part", part, "--out", out) == 1
    assert words in capsys.readouterr().err


# ---- latents


def test_a_seed_and_its_stored_latent_give_the_same_picture(out, library, tmp_path):
    mix(*DOMAINS, "--part", "spot", "--seed", 5, "--iterations", 1, "--out", out)
    z = torch.randn(1, 8, generator=torch.Generator().manual_seed(5))
    torch.save(z, tmp_path / "sample_z.pt")
    np.save(tmp_path / "z.npy", z[0].numpy())
    np.savez(tmp_path / "many.npz", z=np.concatenate([np.zeros((1, 8), np.float32), z.numpy()]))
    for name in ("sample_z.pt", "z.npy", "many.npz#1"):
        again = tmp_path / "again"
        latent = ("--latent", tmp_path / name)
        assert mix(*DOMAINS, "--part", "spot", *latent, "--iterations", 1, "--out", again) == 0
        assert (again / "target.png").read_bytes() == (out / "target.png").read_bytes()
    recipe = read_recipe(again / "result.png")
    assert recipe is not None and recipe["latent"]["space"] == "z" and recipe["seed"] is None
    repeated = tmp_path / "repeated"
    assert mix("--recipe", again / "recipe.json", "--out", repeated) == 0
    assert (repeated / "result.png").read_bytes() == (again / "result.png").read_bytes()


@pytest.mark.parametrize("name", ["result.png", "latent.safetensors"])
def test_a_result_can_start_the_next_search_or_be_drawn(out, tmp_path, name):
    mix(*DOMAINS, "--part", "spot", "--iterations", 3, "--out", out, "--json")
    continued, drawn = tmp_path / "continued", tmp_path / "drawn"
    start = ("--start-latent", out / name, "--iterations", 1)
    assert mix("--recipe", out / "result.png", *start, "--out", continued) == 0
    rows = [
        list(csv.DictReader((folder / "losses.csv").read_text().splitlines())) for folder in (out, continued)
    ]
    assert float(rows[1][0]["total"]) == pytest.approx(min(float(r["total"]) for r in rows[0]), rel=1e-4)
    assert (
        mix(*DOMAINS, "--target-latent", out / name, "--part", "spot", "--iterations", 1, "--out", drawn) == 0
    )
    assert (read_image(drawn / "target.png") == read_image(out / "result.png")).all()


def test_a_seed_and_a_latent_exclude_each_other(out, capsys):
    assert mix(*DOMAINS, "--seed", 1, "--latent", "z.npy", "--out", out) == 1
    assert "not both" in capsys.readouterr().err


# ---- a folder that was used before


def test_replaced_files_are_reported_and_nothing_of_an_earlier_mix_stays(out, caplog):
    short = (*DOMAINS, "--part", "spot", "--iterations", 1, "--out", out)
    assert mix(*short, "--gif", "--upscale", 4) == 0
    (out / "mine.png").write_bytes(b"mine")
    assert not caplog.messages
    assert mix(*short) == 0
    assert names(out) == FILES | {"mine.png"}
    (message,) = caplog.messages
    assert "11 files of an earlier mix" in message


def test_foreign_files_are_replaced_only_if_they_have_the_same_name(out, caplog):
    out.mkdir()
    for name in ("source.png", "optimisation.gif", "result_x4.png"):
        (out / name).write_bytes(b"mine")
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 1, "--out", out) == 0
    (message,) = caplog.messages
    assert "source.png" in message and "optimisation.gif" not in message
    assert (out / "optimisation.gif").read_bytes() == (out / "result_x4.png").read_bytes() == b"mine"


# ---- files of earlier versions


def test_domains_parts_and_results_of_the_first_version_still_work(tmp_path, monkeypatch):
    old = Path(__file__).parent / "fixtures/0.1.0"
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path / "home"))
    shutil.copytree(old, tmp_path / "home")
    result = Path(__file__).parents[1] / "editing/fixtures/0.1.0/result.png"
    assert mix("--recipe", result, "--out", tmp_path / "out") == 0
    difference = np.abs(read_image(tmp_path / "out/result.png").astype(int) - read_image(result))
    assert difference.mean() < 2
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 1, "--out", tmp_path / "found") == 0


# ---- forecasts


def test_a_finished_run_is_measured_for_the_forecasts_of_the_window(out, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "user_cache", lambda: tmp_path / "cache")
    label = device_label(torch.device("cpu"))
    assert mix(*DOMAINS, "--part", "spot", "--iterations", 3, "--device", "cpu", "--out", out) == 0
    assert len(ForecastStore().runs(label)) == 1
    config = Library().entry("two", "domain").config
    forecast = ForecastStore().forecast(label, replace(artists_preset(), iterations=3), config, None)
    assert forecast is not None and forecast.basis == "measured" and forecast.bytes > 0
    stop_after(monkeypatch, 2, KeyboardInterrupt())
    assert mix(*DOMAINS, "--part", "spot", "--device", "cpu", "--out", out) == 130
    assert len(ForecastStore().runs(label)) == 1, "a run that was stopped is not measured"
