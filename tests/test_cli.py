from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import ddsgui
from ddsgui import cli, device
from ddsgui.cli import main
from ddsgui.commands import doctor
from ddsgui.commands.options import VerbResult, real_number
from ddsgui.errors import DdsError

VERBS = (
    ["mix"],
    ["evaluate"],
    ["show"],
    ["render"],
    ["segment", "train"],
    ["segment", "apply"],
    ["adapt"],
    ["train"],
    ["library", "list"],
    ["library", "add"],
    ["library", "get"],
    ["library", "show"],
    ["library", "verify"],
    ["library", "remove"],
    ["inspect"],
    ["convert"],
    ["doctor"],
)


@pytest.fixture
def replace_doctor(monkeypatch):
    """A function that replaces the verb doctor."""

    def replace(run) -> None:
        monkeypatch.setattr(doctor, "run", run)

    return replace


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_has_help_with_an_example_and_json(capsys, verb):
    with pytest.raises(SystemExit) as exit:
        main([*verb, "--help"])
    assert exit.value.code == 0
    text = capsys.readouterr().out
    assert "ddsgui " + " ".join(verb) in text.split("example:")[1]
    assert "--json" in text
    assert "--library" in text


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "segment",
        "library",
        "library add",
        "library add a.pt --crop 512",
        "mix --seed x",
        "mix --device tpu",
        "inspect",
        "convert a.pt",
        "mix --no-such-option",
    ],
)
def test_wrong_usage_exits_with_2(capsys, line):
    with pytest.raises(SystemExit) as exit:
        main(line.split())
    assert exit.value.code == 2
    assert "usage: ddsgui" in capsys.readouterr().err


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"ddsgui {ddsgui.__version__}\n"


def test_a_result_is_text_for_people_and_json_for_programs(capsys, replace_doctor):
    replace_doctor(lambda args: VerbResult({"n": 1, "name": "ẑ"}, "One.", exit_code=1))
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out == "One.\n"
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"n": 1, "name": "ẑ"}


def test_an_error_is_one_sentence_on_stderr(capsys, replace_doctor):
    def fail(args) -> VerbResult:
        raise DdsError("The disk is full.")

    replace_doctor(fail)
    assert main(["doctor"]) == 1
    assert capsys.readouterr() == ("", "The disk is full.\n")
    assert main(["doctor", "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out) == {"error": "The disk is full."}
    assert err == "The disk is full.\n"


def test_an_interrupted_verb_exits_with_130(capsys, replace_doctor):
    def interrupt(args) -> VerbResult:
        raise KeyboardInterrupt

    replace_doctor(interrupt)
    assert main(["doctor"]) == 130
    assert capsys.readouterr() == ("", "Interrupted.\n")


def test_a_closed_pipe_is_not_an_error(monkeypatch, replace_doctor):
    replace_doctor(lambda args: VerbResult({}, "One."))
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        assert main(["doctor"]) == 0


def test_without_a_verb_the_window_opens_with_a_tuned_allocator(monkeypatch):
    tuned = []
    app = ModuleType("ddsgui.qt.app")
    app.__dict__["run"] = lambda project: 7 if tuned and project is None else 8
    monkeypatch.setitem(sys.modules, "ddsgui.qt.app", app)
    monkeypatch.setattr(device, "tune_allocator", lambda: tuned.append(True))
    assert main([]) == 7


@pytest.mark.parametrize("options", [[], ["--library", "."]])
def test_the_window_opens_with_a_project(monkeypatch, tmp_path, options):
    opened = []
    app = ModuleType("ddsgui.qt.app")
    app.__dict__["run"] = opened.append
    monkeypatch.setitem(sys.modules, "ddsgui.qt.app", app)
    path = tmp_path / "faces.ddsgui"
    assert main([*options, str(path)]) == 1 and not opened  # there is no such file
    path.touch()
    main([*options, str(path)])
    assert opened == [path]


def test_a_window_that_cannot_open_is_reported(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ddsgui.qt.app", None)
    assert cli.main([]) == 1
    assert "ddsgui doctor" in capsys.readouterr().err


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "ddsgui", "--version"],
        capture_output=True,
        text=True,
        cwd=Path(ddsgui.__file__).parents[1],
    )
    assert done.stdout.strip() == f"ddsgui {ddsgui.__version__}"


def test_a_comma_is_a_decimal_sign_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert [real_number(text) for text in ("0,5", "0.5", "-1", "1e-3")] == [0.5, 0.5, -1, 0.001]
    with pytest.raises(SystemExit):
        main(["mix", "--lr", "1.000,5"])
    assert "1.000,5 is not a number" in capsys.readouterr().err
