"""ddsgui adapt --method drawn on a domain of 16 pixels."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from ddsgui.checkpoints.checkpoint import inspect_file, load_generator
from ddsgui.cli import main
from ddsgui.commands.adapt_options import progress_folder
from ddsgui.images import read_image, write_png
from ddsgui.library.families import shares_latent_space
from ddsgui.library.library import Library
from ddsgui.training.drawn import training as training_module
from tests.training.drawn.conftest import face, faces, inverted, seen  # noqa: F401

OUT = "new/drawn.safetensors"
QUICK = ("--set", "pairs=72", "--set", "features=0")
PAINTED = ("--from", "one", "--painter", "inverted", "--out", OUT, *QUICK)


@pytest.fixture
def work(tmp_path, library, monkeypatch, seen, inverted) -> Path:  # noqa: F811
    monkeypatch.chdir(tmp_path)
    return tmp_path


def adapt(*options: str) -> int:
    return main(["adapt", "--device", "cpu", "--method", "drawn", *options])


def write(*options: str) -> int:
    return main(["adapt", "--device", "cpu", "--from", "one", *options])


def error(capsys: pytest.CaptureFixture[str]) -> str:
    text = capsys.readouterr().err
    assert "Traceback" not in text
    return text


def test_a_painter_makes_a_domain(work, capsys):
    options = ("--set", "strength=0,5", "--iterations", "4", "--sheet", "sheet.png", "--json")
    assert adapt(*PAINTED, *options) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["steps"], data["iterations"], data["examples"], data["faceless"]) == (4, 4, 54, 18)
    assert data["files"] == [OUT, "sheet.png"]
    card = inspect_file(work / OUT).card
    assert (card["painter"], card["dials"], card["pairs"]) == ("inverted", {"strength": 0.5}, 54)
    assert card["settings"]["pairs"] == 72
    assert read_image(work / "sheet.png").shape == (32, 128, 3)
    assert shares_latent_space(Library(), "one", OUT) is True


def test_pictures_without_a_face_are_counted_in_the_text(work, capsys):
    assert adapt(*PAINTED, "--iterations", "2") == 0
    assert "18 pictures" in capsys.readouterr().out


def test_an_interrupted_training_is_resumed(work, capsys, monkeypatch):
    whole, rates = training_module.rate_factor, []

    def rate(step: int, steps: int) -> float:
        rates.append(step)
        if len(rates) == 3:
            signal.raise_signal(signal.SIGINT)
        return whole(step, steps)

    monkeypatch.setattr(training_module, "rate_factor", rate)
    assert adapt(*PAINTED, "--iterations", "5") == 130
    assert "--resume" in capsys.readouterr().out
    assert main(["adapt", "--device", "cpu", "--out", OUT, "--resume"]) == 0
    assert rates == [0, 1, 2, 3, 4]
    assert inspect_file(work / OUT).card["steps"] == 5
    assert main(["adapt", "--out", OUT, "--resume", "--painter", "inverted"]) == 1
    assert "--painter" in error(capsys)


def test_redrawn_pictures_make_a_domain(work, capsys):
    assert write("--write-pairs", "52", "--out", "pairs", "--json") == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == 52
    for path in (work / "pairs").glob("*.png"):
        write_png(path, 255 - read_image(path))
    learnt = ("--from", "one", "--pairs", "pairs", "--set", "features=0", "--iterations", "3", "--out")
    assert adapt(*learnt, OUT) == 0
    assert load_generator(work / OUT).config.resolution == 16
    card = inspect_file(work / OUT).card
    assert card["pairs"] == 52 and "painter" not in card
    (work / "pairs/0000.png").unlink()
    assert adapt(*learnt, "other.safetensors") == 1
    assert "0000.png" in error(capsys)
    assert not progress_folder(work / "other.safetensors").exists()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--from", "one", "--out", OUT), "--painter"),
        (("--from", "one", "--painter", "inverted", "--pairs", "pairs", "--out", OUT), "--pairs"),
        (("--painter", "inverted", "--out", OUT), "--from"),
        (("--from", "one", "--painter", "crayon", "--out", OUT), "crayon"),
        (("--from", "one", "--painter", "inverted", "--images", "drawings", "--out", OUT), "--images"),
        ((*PAINTED, "--set", "strength=2"), "between"),
        ((*PAINTED, "--set", "strength=strong"), "number"),
        ((*PAINTED, "--set", "colour=1"), "colour"),
        ((*PAINTED, "--set", "pairs=49"), "50"),
        ((*PAINTED, "--set", "pairs=60"), "45 of 60"),
        (("--from", "one", "--pairs", "nowhere", "--out", OUT), "latents"),
    ],
)
def test_impossible_options_are_refused_in_a_sentence(work, capsys, options, word):
    assert adapt(*options) == 1
    assert word in error(capsys)
    assert not progress_folder(work / OUT).exists()


def test_options_of_drawn_domains_need_their_method(work, capsys):
    assert main(["adapt", "--from", "one", "--painter", "inverted", "--out", OUT]) == 1
    assert "--method drawn" in error(capsys)


def test_too_few_pairs_are_not_written(work, capsys):
    assert write("--write-pairs", "10", "--out", "pairs") == 1
    assert "50" in error(capsys)
    assert not (work / "pairs").exists()
