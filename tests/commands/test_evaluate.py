"""The verb evaluate: the paper's tables and figures on a tiny library."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ddsgui.cli import main
from ddsgui.jobs.evaluation import evaluation

SMALL = ("--latents", "3", "--pairs", "one:two", "--parts", "spot", "--presets", "live", "--device", "cpu")


@pytest.fixture
def out(tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "evidence"


def evaluate(*options: object) -> int:
    return main(["evaluate", *map(str, options)])


def test_a_report_is_written(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(*SMALL, "--stages", "table", "pictures", "--out", out, "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["files"] == ["report.html", "table.csv", "report.json"] and data["mixes"] == 6
    assert all((out / name).is_file() for name in data["files"])
    assert len(data["answers"]) == 1


def test_all_stages_leave_out_what_was_not_given(out: Path) -> None:
    assert (
        evaluate(
            *SMALL,
            "--one-way",
            "--iterations",
            "2",
            "--few-latents",
            "3",
            "--factors",
            "0",
            "--stages",
            "all",
            "--out",
            out,
        )
        == 0
    )
    stages = json.loads((out / "report.json").read_text("utf-8"))["stages"]
    assert "unrelated" not in stages and len(stages["weights"]) == 4


def test_two_unrelated_domains_are_added_by_their_option(out: Path) -> None:
    unrelated = ("--unrelated", "one", "spot", "two", "spot")
    assert evaluate(*SMALL, "--few-latents", "3", "--stages", "pictures", *unrelated, "--out", out) == 0
    stages = json.loads((out / "report.json").read_text("utf-8"))["stages"]
    assert len(stages["unrelated"]) == 6


def test_an_interrupt_keeps_what_is_done(
    out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "page", interrupted)
    options = (*SMALL, "--stages", "pictures", "--out", out, "--json")
    assert evaluate(*options) == 130
    assert json.loads(capsys.readouterr().out)["interrupted"]
    assert len(list((out / "mixes/results").iterdir())) == 6 and not (out / "report.html").exists()


@pytest.mark.parametrize(
    ("options", "word", "code"),
    [
        (("--latents", "2"), "Latents", 2),
        (("--pairs", "one"), "SOURCE:TARGET", 2),
        (("--stages", "nonsense"), "nonsense", 2),
        (("--stages", "all", "tabel"), "tabel", 2),
        (("--stages", "backbones", "--backbones", "vgg61"), "vgg61", 1),
        (("--examples", "nobody=."), "nobody", 2),
        (("--stages", "unrelated"), "unrelated", 2),
        (("--presets", "slow"), "slow", 2),
        (("--workers", "0"), "1 and 1024", 2),
        (("--examples", "two"), "DOMAIN=FOLDER", 2),
        (("--examples", "two=nowhere"), "nowhere", 2),
        (("--parts", "tail"), "tail", 1),
        (("--inception", "weights.pth"), "weights.pth", 1),
    ],
)
def test_nonsensical_options_write_nothing(
    out: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], word: str, code: int
) -> None:
    assert evaluate(*SMALL, *options, "--out", out) == code
    assert word in capsys.readouterr().err and not out.exists()
