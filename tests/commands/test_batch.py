"""The verb batch: many mixes, each in its folder."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from ddsgui.cli import main
from ddsgui.commands.options import INTERRUPTED
from ddsgui.commands.progress import MixBar
from ddsgui.jobs import mix
from ddsgui.jobs.runs import RunRequest
from ddsgui.library.model_cache import ModelCache
from ddsgui.synthesis.objective import Evaluation, Objective

GRID = ("--seeds", "1-2,5", "--parts", "spot", "--pairs", "one:two", "--presets", "live")


@pytest.fixture
def out(tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "many"


def batch(*options: object) -> int:
    return main(["batch", *map(str, options)])


def test_a_grid_gives_the_files_of_mix(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert batch(*GRID, "--out", out, "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["rows"], data["done"], data["skipped"], data["failed"]) == (3, 3, 0, 0)
    alone = ("--source", "one", "--target", "two", "--part", "spot", "--preset", "live", "--seed", "5")
    assert main(["mix", *alone, "--out", str(tmp_path / "alone")]) == 0
    expected = {path.name: path.read_bytes() for path in (tmp_path / "alone").iterdir()}
    folders = [{p.name: p.read_bytes() for p in folder.iterdir()} for folder in (out / "results").iterdir()]
    assert expected in folders


def test_a_second_run_makes_only_what_is_new(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert batch(*GRID, "--out", out) == 0
    assert batch(*GRID[:1], "1-3,5", *GRID[2:], "--out", out, "--json") == 0
    data = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert (data["done"], data["skipped"]) == (4, 3)


def test_a_table_with_a_search_writes_its_loss(out: Path, tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text("source,target,part,seed,preset,iterations\none,two,spot,3,fast,2\n")
    assert batch("jobs.csv", "--out", out) == 0
    line = (out / "manifest.csv").read_text().splitlines()[1].split(",")
    assert line[-5] == "done" and float(line[-4]) > 0 and line[-3] in ("1", "2")


@pytest.mark.parametrize(("together", "most"), [(1, 1), (2, 2)])
def test_the_bar_moves_while_searches_run(
    out: Path, monkeypatch: pytest.MonkeyPatch, together: int, most: float
) -> None:
    shares: list[float] = []
    monkeypatch.setattr(MixBar, "run", lambda _, share: shares.append(share))
    grid = ("--seeds", "1,2", "--parts", "spot", "--pairs", "one:two", "--presets", "fast")
    assert batch(*grid, "--together", together, "--out", out) == 0
    first = shares[: shares.index(most) + 1]
    assert len(first) > 2 and first == sorted(first) and max(shares) == most


def test_searches_together_give_what_each_gives_alone(out: Path, tmp_path: Path) -> None:
    rows = ["source,target,part,seed,preset,iterations"]
    rows += [f"one,two,spot,{seed},official,3" for seed in (3, 4, 5)]
    rows += ["one,two,spot,3,live,", "two,one,spot,3,official,3"]
    (tmp_path / "jobs.csv").write_text("\n".join(rows))
    tables = []
    for folder, options in ((out, ("--together", "2")), (tmp_path / "alone", ())):
        assert batch("jobs.csv", *options, "--out", folder) == 0
        tables.append(list(csv.DictReader((folder / "manifest.csv").read_text().splitlines())))
    for together, alone in zip(*tables, strict=True):
        assert together["state"] == "done" and together["key"] == alone["key"]
        assert together["iteration"] == alone["iteration"]
        if alone["loss"]:
            assert float(together["loss"]) == pytest.approx(float(alone["loss"]), rel=1e-3)
        files = [
            {p.name for p in (folder / "results" / alone["key"]).iterdir()}
            for folder in (out, tmp_path / "alone")
        ]
        assert files[0] == files[1]


def test_a_search_that_cannot_start_does_not_affect_those_beside_it(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, calls = mix.prepare_search, []

    def prepare(models: ModelCache, request: RunRequest):
        calls.append(request)
        if len(calls) == 2:
            raise MemoryError
        return plain(models, request)

    monkeypatch.setattr(mix, "prepare_search", prepare)
    grid = ("--seeds", "1-3", "--parts", "spot", "--pairs", "one:two", "--presets", "fast")
    assert batch(*grid, "--together", "3", "--out", out) == 1
    lines = list(csv.DictReader((out / "manifest.csv").read_text().splitlines()))
    assert [line["state"] for line in lines] == ["done", "failed", "done"]
    assert "Memory ran out" in lines[1]["error"]


def test_an_interrupt_ends_a_batch_of_searches_together(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> list[Evaluation]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Objective, "evaluate", interrupted)
    grid = ("--seeds", "1-4", "--parts", "spot", "--pairs", "one:two", "--presets", "fast")
    assert batch(*grid, "--together", "2", "--out", out) == INTERRUPTED
    assert "Interrupted" in capsys.readouterr().out
    assert not list((out / "results").iterdir())


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ((), "--seeds"),
        ((*GRID, "--together", "2", "--workers", "2"), "one process"),
        (("jobs.csv", "--seeds", "1"), "--seeds"),
        ((*GRID, "--workers", "0"), "1 and 1024"),
        ((*GRID, "--scheduler", ""), "an address"),
        ((*GRID[:3], "tail", *GRID[4:]), "tail"),
    ],
)
def test_nonsensical_options_write_nothing(
    out: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], word: str
) -> None:
    assert batch(*options, "--out", out) == 2
    assert word in capsys.readouterr().err and not out.exists()
