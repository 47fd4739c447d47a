"""A whole evaluation of a tiny library, with real mixes."""

from __future__ import annotations

import csv
import json
from functools import partial
from pathlib import Path

import pytest

from ddsgui.errors import LibraryError
from ddsgui.jobs.batch.batch import BatchProgress
from ddsgui.jobs.batch.engine import InProcess
from ddsgui.jobs.batch.work import run_job
from ddsgui.jobs.evaluation import evaluation as module
from ddsgui.jobs.evaluation.evaluation import DATA, REPORT, TABLE, Evaluation, EvaluationOutcome
from ddsgui.jobs.evaluation.plan import EvaluationPlan
from ddsgui.library.library import Library
from tests.jobs.evaluation.conftest import make_plan

PLAN = make_plan(latents=3, one_way=True, iterations=3, stages=("table", "progress"))


def run(
    plan: EvaluationPlan, library: Library, folder: Path
) -> tuple[EvaluationOutcome, list[BatchProgress | str]]:
    engine = InProcess(partial(run_job, library=library.folder, device="cpu", frames=3))
    steps, seen = Evaluation.prepare(plan, library).steps(folder, engine, "cpu"), []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return end.value, seen


@pytest.mark.usefixtures("quick_mixes")
def test_an_evaluation_writes_its_report_and_continues(library: Library, tmp_path: Path) -> None:
    outcome, steps = run(PLAN, library, tmp_path)
    assert [step.ended for step in steps if isinstance(step, BatchProgress)] == [*range(7)]
    assert outcome.mixes == 6
    assert outcome.files == (REPORT, TABLE, DATA) and not outcome.failures
    text = (tmp_path / REPORT).read_text("utf-8")
    assert "VGG-16" in text.partition("<body>")[2].strip().splitlines()[0]
    data = json.loads((tmp_path / DATA).read_text("utf-8"))
    assert data["settings"]["latents"] == 3 and data["versions"]["torch"] and data["machine"]["threads"]
    assert set(data["files"]) == {"portrait", "caricature", "eyes-nose-mouth"}
    assert [figure["iterations"] for figure in data["stages"]["progress"]] == [[1, 2, 3]]
    with (tmp_path / TABLE).open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 6 and float(lines[0]["lpips"]) > 0

    again, steps = run(PLAN, library, tmp_path)
    assert not steps or not any(isinstance(step, BatchProgress) for step in steps)
    assert again.answers == outcome.answers


@pytest.mark.usefixtures("quick_mixes")
def test_a_report_without_the_weights_of_lpips_is_written(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_lpips", lambda device: None)
    run(make_plan(latents=3, one_way=True, presets=("live",), stages=("table",)), library, tmp_path)
    data = json.loads((tmp_path / DATA).read_text("utf-8"))  # strict readers know no NaN
    assert data["stages"]["table"][0]["lpips"] is None


def test_a_missing_domain_is_reported_before_anything_runs(library: Library) -> None:
    with pytest.raises(LibraryError, match="sculpture"):
        Evaluation.prepare(make_plan(pairs=(("portrait", "sculpture"),)), library)


def test_failed_mixes_are_named_and_left_out(library: Library, tmp_path: Path) -> None:
    from tests.jobs.evaluation.conftest import drawn_mix

    plan = make_plan(latents=4, first_seed=665, one_way=True, presets=("live",), stages=("pictures",))
    steps = Evaluation.prepare(plan, library).steps(tmp_path, InProcess(drawn_mix), "cpu")
    outcome = None
    while outcome is None:
        try:
            next(steps)
        except StopIteration as end:
            outcome = end.value
    assert len(outcome.failures) == 1 and "diverged" in outcome.failures[0]
    assert "diverged" in (tmp_path / REPORT).read_text("utf-8")
