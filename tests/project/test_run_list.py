"""The order and the words of the list of runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ddsgui.project.project import Project
from ddsgui.project.project_run import ProjectRun
from ddsgui.project.run_list import MAX_DEPTH, RunRow, local_time, run_rows
from tests.project.example_runs import project_run


@pytest.fixture(scope="module")
def run() -> ProjectRun:
    return project_run()


def changed(run: ProjectRun, **values) -> ProjectRun:
    return replace(run, summary=replace(run.summary, **values))


def test_a_fork_stands_below_its_run_and_newer_runs_come_first(run):
    project = Project()
    for parent in (None, 1, None, 1, 2, 99):
        project = project.with_run(changed(run, parent=parent))
    rows = [(row.number, row.depth) for row in run_rows(project.runs)]
    assert rows == [(6, 0), (3, 0), (1, 0), (2, 1), (5, 2), (4, 1)]


def test_a_long_chain_of_forks_stays_in_sight_and_a_circle_ends(run):
    project = Project()
    for parent in (2, 1, 2, 3, 4, 5):  # 1 claims to continue 2
        project = project.with_run(changed(run, parent=parent))
    assert [row.depth for row in run_rows(project.runs)] == [0, 1, 2, MAX_DEPTH, MAX_DEPTH, MAX_DEPTH]


def test_two_directions_of_a_pair_are_one_row(run):
    project = Project()
    for values in ({}, {"reverse_of": 1, "loss": 0.5}, {"parent": 2}, {"reverse_of": 1}, {"reverse_of": 99}):
        project = project.with_run(changed(run, **values))
    rows = run_rows(project.runs)
    assert [(row.numbers, row.depth) for row in rows] == [((5,), 0), ((4,), 0), ((1, 2), 0), ((3,), 1)]
    assert "⇄" in rows[2].title and "0.5000" in rows[2].lines[1] and "⇄" in rows[2].description


def test_a_row_names_part_method_loss_and_person(run):
    row = RunRow(changed(run, number=3, loss=0.123456))
    assert row.title == "Run 3" and row.lines == ("spot · fast", "loss 0.1235 · seed 5")
    assert RunRow(changed(run, name="Ada")).title == "Ada"
    assert "stopped" in RunRow(changed(run, state="cancelled")).lines[1]
    assert "failed" in RunRow(changed(run, state="failed", loss=None)).lines[1]
    assert "live" in RunRow(changed(run, preset="live", loss=None)).lines[1]
    assert "spot and eyes" in RunRow(changed(run, target_part="eyes")).lines[0]
    assert "7 and 9" in RunRow(changed(run, seed=7, target_seed=9)).lines[1]


def test_a_row_is_known_by_its_words(run):
    row = RunRow(changed(run, number=3, name="Ada", starred=True, parent=2))
    for words in (
        ["ada"],
        ["spot", "fast"],
        ["seed", "5"],
        ["starred"],
        ["run 3"],
        ["continues", "run 2"],
        ["6 iterations"],
    ):
        assert row.matches(words)
    assert not row.matches(["ada", "hair"])
    assert not RunRow(run).matches(["starred"])


def test_a_date_that_cannot_be_read_stays_as_it_is():
    assert local_time("yesterday") == "yesterday"
    assert local_time("2026-01-31T12:00:00+00:00").startswith(("31.01.2026", "01.02.2026"))
