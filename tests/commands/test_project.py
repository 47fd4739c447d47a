"""mix --project, show and render: a mix is never lost, and comes back byte by byte."""

from __future__ import annotations

import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ddsgui.cli import main
from ddsgui.commands.project_target import ProjectTarget
from ddsgui.errors import OptimizerError
from ddsgui.images import read_image, read_recipe
from ddsgui.library.library import Library
from ddsgui.project.project_file import read_project
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from tests.project.example_runs import bundle, search

DOMAINS = ("--source", "one", "--target", "two", "--part", "spot", "--seed", "5")


@pytest.fixture
def folder(tmp_path, library, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ddsgui(*words: object) -> int:
    return main([*map(str, words)])


def mix(*options: object) -> int:
    return ddsgui("mix", *DOMAINS, "--preset", "paper", "--iterations", 5, *options)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def answer(capsys) -> dict:
    return json.loads(capsys.readouterr().out)


def test_a_mix_is_added_listed_and_rendered(folder, capsys):
    assert mix("--project", "new/faces.ddsgui", "--out", "a", "--json") == 0
    assert answer(capsys)["run"] == 1
    assert (
        ddsgui("mix", *DOMAINS, "--preset", "live", "--project", "new/faces.ddsgui", "--out", "b", "--json")
        == 0
    )
    assert answer(capsys)["run"] == 2
    assert ddsgui("show", "new/faces.ddsgui", "--json") == 0
    runs = answer(capsys)["runs"]
    first = {
        key: runs[0][key]
        for key in ("number", "source", "target", "part", "seed", "preset", "iterations", "frames")
    }
    assert first == {
        "number": 1,
        "source": "one",
        "target": "two",
        "part": "spot",
        "seed": 5,
        "preset": "paper",
        "iterations": 5,
        "frames": 5,
    }
    assert runs[0]["loss"] > 0 and runs[0]["date"] and runs[1]["loss"] is None
    for number, name in ((1, "a"), (2, "b")):
        assert ddsgui("render", "new/faces.ddsgui", "--run", number, "--out", f"{name}-again") == 0
        assert contents(folder / f"{name}-again") == contents(folder / name)


def test_both_directions_are_saved_and_linked(folder, capsys):
    assert mix("--both-directions", "--project", "faces.ddsgui", "--out", "a", "--json") == 0
    data = answer(capsys)
    assert (data["run"], data["reverse"]["run"]) == (1, 2) and data["reverse"]["out"] == str(
        Path("a/reverse")
    )
    first, second = read_project(Path("faces.ddsgui")).runs
    assert (second.summary.source, second.summary.target) == ("two", "one")
    assert (first.summary.reverse_of, second.summary.reverse_of) == (None, 1)
    assert contents(folder / "a")["source_mask.png"] == contents(folder / "a/reverse")["target_mask.png"]
    assert set(contents(folder / "a/reverse")) == {*contents(folder / "a")}
    assert ddsgui("show", "faces.ddsgui", "--json") == 0
    assert answer(capsys)["runs"][1]["reverse_of"] == 1


def test_the_list_for_people_has_a_line_for_each_run(folder, capsys):
    mix("--project", "p.ddsgui")
    mix("--project", "p.ddsgui", "--target-seed", 8)
    capsys.readouterr()
    assert ddsgui("show", "p.ddsgui") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and "one → two" in lines[1] and "8" in lines[2]


def test_a_frame_is_rendered_as_a_result_to_continue_from(folder, capsys):
    mix("--project", "p.ddsgui", "--out", "a", "--gif")
    capsys.readouterr()
    assert ddsgui("render", "p.ddsgui", "--run", 1, "--frame", 99, "--out", "f", "--json") == 0
    data = answer(capsys)
    assert data["frame"] == 5 and data["problems"]
    assert read_recipe(folder / "f/result.png") == read_recipe(folder / "a/result.png")
    assert read_image(folder / "f/result.png").shape == (16, 16, 3)
    assert mix("--recipe", "f/result.png", "--start-latent", "f/result.png", "--out", "g") == 0


def test_a_run_has_adams_moments_in_its_frames(folder):
    mix("--project", "p.ddsgui")
    run, _ = read_project(folder / "p.ddsgui").run(1).open()
    fork = run.fork(4)
    assert fork is not None and fork.moments is not None and fork.moments.steps == 3


def test_the_project_does_not_change_the_files_of_the_mix(folder):
    mix("--out", "plain", "--gif")
    mix("--out", "added", "--gif", "--project", "p.ddsgui")
    plain, added = contents(folder / "plain"), contents(folder / "added")
    for files in (plain, added):
        files["losses.csv"] = b"".join(line.rsplit(b",", 1)[0] for line in files["losses.csv"].splitlines())
    assert plain == added


def test_a_name_of_another_kind_is_refused_before_the_mix(folder, capsys):
    assert mix("--project", "p.png", "--out", "a") == 1
    assert not (folder / "a").exists()


@pytest.mark.parametrize("content", [b"no project", b""])
def test_a_broken_project_loses_neither_the_mix_nor_itself(folder, capsys, content):
    (folder / "p.ddsgui").write_bytes(content)
    assert mix("--project", "p.ddsgui", "--out", "a") == 1
    assert (folder / "a/result.png").is_file()
    assert (folder / "p.ddsgui").read_bytes() == content
    assert "a" in capsys.readouterr().err.splitlines()[-1]


def test_a_full_disk_loses_neither_the_mix_nor_the_project(folder, capsys, monkeypatch):
    mix("--project", "p.ddsgui", "--out", "a")
    before = (folder / "p.ddsgui").read_bytes()
    capsys.readouterr()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    assert mix("--project", "p.ddsgui", "--out", "b", "--json") == 1
    assert (folder / "b/result.png").is_file()
    assert (folder / "p.ddsgui").read_bytes() == before
    assert "full" in answer(capsys)["error"]


def test_a_damaged_project_takes_the_run_and_is_kept_as_it_was(folder, capsys):
    mix("--project", "p.ddsgui", "--out", "a")
    damaged = (folder / "p.ddsgui").read_bytes()[:-400]
    (folder / "p.ddsgui").write_bytes(damaged)
    assert mix("--project", "p.ddsgui", "--out", "b") == 0
    assert (folder / "p.damaged-1.ddsgui").read_bytes() == damaged
    assert [run.summary.number for run in read_project(folder / "p.ddsgui").runs] == [1, 2]


def test_mixes_at_the_same_time_are_all_added(folder, library):
    files = bundle(search())

    def add(_: int) -> ProjectTarget:
        target = ProjectTarget(folder / "p.ddsgui")
        target.add(search(), files, Library())
        return target

    with ThreadPoolExecutor(4) as pool:
        targets = list(pool.map(add, range(12)))
    assert [target.error for target in targets] == [None] * 12
    runs = read_project(folder / "p.ddsgui").runs
    assert sorted(run.summary.number for run in runs) == list(range(1, 13))
    assert sorted(target.number or 0 for target in targets) == list(range(1, 13))


def test_a_failed_run_is_added_with_its_best_result(folder, monkeypatch):
    steps = DualDomainOptimizer.steps

    def failing(self, *arguments, **options):
        for step in steps(self, *arguments, **options):
            yield step
            if step.iteration == 3:
                raise OptimizerError("diverged")

    monkeypatch.setattr(DualDomainOptimizer, "steps", failing)
    assert mix("--project", "p.ddsgui", "--out", "a") == 1
    (run,) = read_project(folder / "p.ddsgui").runs
    assert run.summary.state == "failed"
    assert run.files()[0]["result.png"] == (folder / "a/result.png").read_bytes()


def test_a_missing_domain_is_named_and_the_run_still_rendered(folder, capsys, monkeypatch, tmp_path):
    mix("--project", "p.ddsgui", "--out", "a")
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path / "empty"))
    capsys.readouterr()
    assert ddsgui("render", "p.ddsgui", "--run", 1, "--out", "again", "--json") == 0
    data = answer(capsys)
    sha256 = read_project(folder / "p.ddsgui").run(1).summary.models[0].sha256
    assert len(data["problems"]) == 1 and sha256 in data["problems"][0]
    assert contents(folder / "again") == contents(folder / "a")
    assert ddsgui("render", "p.ddsgui", "--run", 1, "--frame", 2, "--out", "frame") == 0


@pytest.mark.parametrize(
    "words",
    [
        ("show", "none.ddsgui"),
        ("render", "p.ddsgui", "--run", 9),
        ("show", "folder"),
        ("render", "x", "--run", 1),
    ],
)
def test_a_wrong_file_or_number_is_one_sentence(folder, capsys, words):
    mix("--project", "p.ddsgui")
    (folder / "folder").mkdir()
    (folder / "x").write_bytes(b"PK\3\4rubbish")
    capsys.readouterr()
    assert ddsgui(*words) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_damaged_frame_is_reported(folder, capsys):
    mix("--project", "p.ddsgui")
    content = (folder / "p.ddsgui").read_bytes()
    at = content.index(b"frames/000003.png") + 60
    (folder / "p.ddsgui").write_bytes(content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :])
    capsys.readouterr()
    assert ddsgui("show", "p.ddsgui", "--json") == 0
    assert "000003" in answer(capsys)["problems"][0]
    assert ddsgui("render", "p.ddsgui", "--run", 1, "--frame", 3, "--out", "f") == 1
    assert ddsgui("render", "p.ddsgui", "--run", 1, "--out", "f") == 0
