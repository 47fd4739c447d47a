"""ddsgui adapt on a domain of 16 pixels, a few steps at a time."""

from __future__ import annotations

import json
import signal
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import (
    DomainMetadata,
    inspect_file,
    load_discriminator,
    load_generator,
    save_generator,
)
from ddsgui.checkpoints.hashing import file_sha256
from ddsgui.cli import main
from ddsgui.commands import options
from ddsgui.commands.adapt_options import progress_folder
from ddsgui.images import read_image, write_png
from ddsgui.library.families import shares_latent_space
from ddsgui.library.library import Library
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.stylegan.memory_estimate import estimate_adaptation
from ddsgui.training.few_shot.folder import AdaptationFolder
from ddsgui.training.few_shot.latents import AnchoredLatents

SIDE = 16


@pytest.fixture
def work(tmp_path, library, monkeypatch) -> Path:
    """A working folder with three example pictures."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drawings").mkdir()
    random = np.random.default_rng(0)
    for number in range(3):
        picture = random.integers(0, 256, (20, 24, 3), np.uint8)
        write_png(tmp_path / f"drawings/{number}.png", picture)
    return tmp_path


BEGIN = ("--from", "one", "--images", "drawings", "--out", "new/drawn.safetensors", "--set", "warm_up=1")


def adapt(*options: str) -> int:
    return main(["adapt", "--device", "cpu", *options])


def interrupt_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Interrupt as Ctrl+C does, in the middle of this step (the first is 1)."""
    whole, drawn = AnchoredLatents.draw, []

    def draw(self, anchored):
        drawn.append(anchored)
        if len(drawn) == step:
            signal.raise_signal(signal.SIGINT)
        return whole(self, anchored)

    monkeypatch.setattr(AnchoredLatents, "draw", draw)


def test_a_domain_and_a_few_pictures_become_another_domain(work, capsys):
    more = (
        "--name",
        "drawn by me",
        "--title",
        "Drawn",
        "--licence",
        "CC0",
        "--sheet",
        "sheet.png",
        "--seed",
        "4",
    )
    assert adapt(*BEGIN, "--iterations", "2", *more, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["steps"], answer["iterations"], answer["warm_up"], answer["examples"]) == (2, 2, 1, 3)
    assert answer["interrupted"] is False
    assert answer["losses"]["discriminator"] > 0
    out, source = Path("new/drawn.safetensors"), Library().domain("one")
    assert answer["files"] == [str(out), "new/drawn.discriminator.safetensors", "sheet.png"]
    assert answer["parent"] == file_sha256(source)
    report = inspect_file(out)
    assert (report.name, report.title, report.parent) == ("drawn by me", "Drawn", file_sha256(source))
    assert report.also_inside == ("its discriminator, in drawn.discriminator.safetensors",)
    card = report.card
    assert (card["licence"], card["examples"], card["steps"], card["seed"]) == ("CC0", 3, 2, 4)
    assert card["origin"].startswith("adapted from one to 3 pictures by ddsgui")
    assert card["settings"]["consistency"] == 1000
    assert load_generator(out).config == load_generator(source).config
    judge = load_discriminator(out)
    assert judge is not None
    assert judge.config.resolution == SIDE
    assert read_image(Path("sheet.png")).shape == (2 * SIDE, 8 * SIDE, 3)
    assert shares_latent_space(Library(), "one", str(out)) is True


def test_the_sheet_shows_the_source_above(work):
    sheet = ("--sheet", "sheet.png", "--set", "learning_rate=0")
    assert adapt(*BEGIN, "--iterations", "1", *sheet) == 0
    above, below = np.split(read_image(work / "sheet.png").astype(int), 2)
    assert abs(above - below).max() <= 1  # nothing was learnt at a rate of 0
    assert abs(above[:, :SIDE] - above[:, SIDE : 2 * SIDE]).max() > 1


def test_an_adapted_domain_hands_its_discriminator_on(work, capsys):
    adapt(*BEGIN, "--iterations", "1")
    capsys.readouterr()
    again = ("--from", "new/drawn.safetensors", "--images", "drawings", "--out", "again.safetensors")
    assert adapt(*again, "--iterations", "1", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["warm_up"] == 0
    assert inspect_file(Path("again.safetensors")).card["discriminator"] == "the source's"


def test_ctrl_c_saves_the_domain_so_far_and_resuming_gives_the_same_domain(work, capsys, monkeypatch):
    assert adapt(*BEGIN, "--iterations", "4", "--seed", "1") == 0
    whole = AdaptationFolder.open(Path("new/drawn.progress")).resume().state()[0]
    with monkeypatch.context() as patch:
        interrupt_at(patch, 3)
        begin = [*BEGIN, "--iterations", "4", "--seed", "1"]
        begin[begin.index("new/drawn.safetensors")] = "stopped.safetensors"
        capsys.readouterr()
        assert adapt(*begin, "--json") == 130
    answer = json.loads(capsys.readouterr().out)
    assert (answer["steps"], answer["interrupted"]) == (2, True)
    assert inspect_file(Path("stopped.safetensors")).card["steps"] == 2
    assert adapt("--resume", "--out", "stopped.safetensors") == 0
    stopped = AdaptationFolder.open(Path("stopped.progress")).resume().state()[0]
    assert stopped.keys() == whole.keys()
    assert all(stopped[key].equal(whole[key]) for key in whole)
    assert inspect_file(Path("stopped.safetensors")).card["steps"] == 4


def test_ctrl_c_while_the_discriminator_warms_up_leaves_no_domain(work, capsys, monkeypatch):
    interrupt_at(monkeypatch, 1)
    assert adapt(*BEGIN, "--set", "warm_up=3") == 130
    assert "no domain yet" in capsys.readouterr().out
    assert not Path("new/drawn.safetensors").exists()
    assert AdaptationFolder.open(Path("new/drawn.progress")).step == 1


def test_more_steps_can_follow_with_the_same_options(work, capsys):
    assert adapt(*BEGIN, "--iterations", "1") == 0
    options = [option for option in BEGIN if option not in ("--set", "warm_up=1")]
    assert adapt(*options, "--iterations", "3", "--resume", "--json") == 0
    answer = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert (answer["steps"], answer["iterations"]) == (3, 3)
    assert adapt("--resume", "--out", "new/drawn.safetensors", "--json") == 0  # nothing is left to do
    answer = json.loads(capsys.readouterr().out)
    assert (answer["steps"], answer["losses"]) == (3, {})


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--images drawings --out a.safetensors", "--from"),
        ("--from one --out a.safetensors", "--images"),
        ("--from one --images drawings --out a.png", "must end in .safetensors"),
        ("--from nosuch --images drawings --out a.safetensors", "There is no domain nosuch"),
        ("--from one --images gone --out a.safetensors", "There is no folder or zip gone"),
        ("--from one --images empty --out a.safetensors", "There are no pictures in empty"),
        ("--from one --images drawings --out a.safetensors --iterations 0", "steps must be between"),
        ("--from one --images drawings --out a.safetensors --set wings=2", "no setting wings"),
        ("--from one --images drawings --out a.safetensors --set r1=much", "needs a number"),
        ("--from one --images drawings --out a.safetensors --set augmentation=much", "one of light, few"),
        ("--from one --images drawings --out drawings/0.png/a.safetensors", "cannot be written"),
        ("--out a.safetensors --resume", "There is no adaptation in a.progress"),
    ],
)
def test_wrong_options_get_one_sentence(work, capsys, options, sentence):
    (work / "empty").mkdir()
    assert adapt(*options.split()) == 1
    printed = capsys.readouterr().err
    assert sentence in printed
    assert printed.count("\n") == 1
    assert not (work / "a.safetensors").exists()
    assert not (work / "a.progress").exists()


def test_an_unfinished_adaptation_is_neither_lost_nor_changed(work, capsys):
    adapt(*BEGIN, "--iterations", "1")
    assert progress_folder(Path("new/drawn.safetensors")).is_dir()
    assert adapt(*BEGIN) == 1
    assert "--resume" in capsys.readouterr().err
    write_png(work / "drawings/3.png", np.zeros((SIDE, SIDE, 3), np.uint8))
    resume = ("--resume", "--out", "new/drawn.safetensors")
    for words, named in (
        ("--seed 9", "--seed"),
        ("--set r1=1", "--set"),
        ("--from two", "--from"),
        ("--images drawings", "--images"),
    ):
        assert adapt(*resume, *words.split()) == 1
        printed = capsys.readouterr().err
        assert "keeps its settings" in printed
        assert named in printed


def test_little_memory_makes_smaller_batches_and_too_little_is_refused(work, capsys, monkeypatch, caplog):
    config = load_generator(Library().domain("one")).config.as_dict()
    room = estimate_adaptation(config, 3).bytes

    def free(device: object) -> int:
        return room

    monkeypatch.setattr(options, "free_memory", free)
    monkeypatch.setattr("ddsgui.memory.free_memory", free)
    monkeypatch.setattr("ddsgui.memory.memory_limit", nullcontext)
    assert adapt(*BEGIN, "--iterations", "1", "--json") == 0
    assert json.loads(capsys.readouterr().out)["memory"]["needed"] == room
    assert AdaptationFolder.open(Path("new/drawn.progress")).settings.batch == 3
    (message,) = caplog.messages
    assert "batches of 3" in message
    chosen = ("--from", "one", "--images", "drawings", "--out", "a.safetensors", "--set", "batch=4")
    assert adapt(*chosen) == 1
    assert "--set batch=2" in capsys.readouterr().err
    room = 1
    assert adapt("--resume", "--out", "new/drawn.safetensors") == 1
    assert "a lower resolution" in capsys.readouterr().err
    assert not Path("a.progress").exists()


def test_a_source_with_classes_is_adapted_by_one_class(work, capsys):
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(SIDE, 8, 8, 2, (8, 8, 8), classes=3))
    generator.estimate_w_mean()
    save_generator(generator.freeze(), work / "cond.safetensors", DomainMetadata("cond"))
    options = ("--images", "drawings", "--out", "a.safetensors", "--iterations", "1", "--set", "warm_up=1")
    assert adapt("--from", "cond.safetensors", *options) == 1
    assert "draws 3 classes; choose one" in capsys.readouterr().err
    assert adapt("--from", "cond.safetensors#2", *options) == 0
    assert AdaptationFolder.open(Path("a.progress")).resume().source.class_index == 2
    assert load_generator("a.safetensors", class_index=2).config.classes == 3
    card = inspect_file(Path("a.safetensors")).card
    assert card["class"] == 2 and card["origin"].startswith("adapted from cond#2 to ")
