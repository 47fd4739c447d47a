"""The recording of a window's work: sessions, growing runs, and their return after a crash."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ddsgui.editing.mask import Stroke
from ddsgui.project import recorder as recorder_module
from ddsgui.project.journal import Journal
from ddsgui.project.project import Project
from ddsgui.project.project_file import project_of, read_project, write_project
from ddsgui.project.recorder import Recorder, RunRecord, Snapshot
from ddsgui.project.run import Run
from ddsgui.project.stored_session import session_context
from ddsgui.synthesis.crossover import Crossover
from tests.project.example_runs import MODELS, SIDE, picture, search
from tests.project.test_stored_session import session


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.journal"


def record(run: Run, number: int = 1) -> RunRecord:
    run.number = number
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[4:9, 5:12] = 255
    return RunRecord(run.copy(), Crossover(picture(1), picture(2), mask, mask.T.copy()), (SIDE, SIDE), MODELS)


def growing(iterations: int) -> Run:
    """Return a run of ten iterations that has come so far."""
    ended = search(10, 10)
    run = Run(ended.recipe, "w+")
    run.iterations = 10
    for i in range(iterations):
        run.frames.add(ended.frames[i])
    for row in ended.losses.columns()[:iterations]:
        run.losses.add(
            int(row[0]), dict(zip(("total", "source", "target", "crossover"), row[1:], strict=True))
        )
    return run


def project_in(path: Path) -> Project:
    """Return the project that a window finds after a crash."""
    return project_of(path, Journal(path).contents)


def test_a_session_with_its_history_survives(path):
    before = session()
    recorder = Recorder(Journal(path))
    assert recorder.record(Snapshot(Project(), before.state(), shown_run=3, models=MODELS)).error is None
    project = project_in(path)
    state, problems = project.session()
    assert state is not None and not problems
    assert state.source_mask is not None and np.array_equal(state.source_mask, before.mask("source"))
    assert [step.label for step in (*state.done, *state.undone)] == [
        step.label for step in (*before.state().done, *before.state().undone)
    ]
    assert session_context(project.session_files) == (3, MODELS)


def test_a_stroke_writes_its_mask_and_its_step_only(path, monkeypatch):
    painted = session()
    journal = Journal(path)
    recorder = Recorder(journal)
    recorder.record(Snapshot(Project(), painted.state()))
    encoded = []
    encode = recorder_module.encode_png
    monkeypatch.setattr(recorder_module, "encode_png", lambda mask: encoded.append(mask) or encode(mask))
    monkeypatch.setattr(recorder_module, "encode_pair", None)
    before = journal.bytes
    painted.paint("source", Stroke(((2.0, 2.0, 1.0),)))
    recorder.record(Snapshot(Project(), painted.state()))
    assert len(encoded) == 1 and journal.bytes - before < 2000
    state = project_in(path).session()[0]
    assert state is not None and np.array_equal(state.done[-1].after, painted.state().done[-1].after)


def test_a_run_under_way_survives_as_a_cancelled_one_with_its_best_frame(path):
    recorder, state = Recorder(Journal(path)), session().state()
    project = Project().with_reserved_number()
    for iterations in (2, 4):
        recorded = recorder.record(Snapshot(project, state, runs=(record(growing(iterations)),)))
        assert not recorded.runs and recorded.error is None
    survived = project_in(path).settled()
    assert not survived.problems and survived.next_number == 2
    run = survived.run(1)
    assert run.summary.state == "cancelled" and [f.iteration for f in run.summary.frames] == [1, 2, 3, 4]
    opened, problems = run.open()
    assert not problems and opened.best is not None and opened.best.iteration == 4
    assert np.array_equal(opened.best.image, picture(4))


def test_no_frame_is_encoded_twice(path, monkeypatch):
    encoded = []
    encode = recorder_module.encode_frame
    monkeypatch.setattr(
        recorder_module, "encode_frame", lambda frame: encoded.append(frame.iteration) or encode(frame)
    )
    recorder, state = Recorder(Journal(path)), session().state()
    for iterations in (2, 4, 10):
        recorder.record(Snapshot(Project(), state, runs=(record(growing(iterations)),)))
    recorder.record(Snapshot(Project(), state, runs=(record(search(10, 10)),)))
    assert sorted(encoded) == list(range(1, 11))


def test_a_run_that_has_ended_is_handed_back_and_lies_in_the_journal(path):
    recorder, state = Recorder(Journal(path)), session().state()
    recorded = recorder.record(Snapshot(Project(), state, runs=(record(search()),), change=7))
    assert recorded.change == 7
    (run,) = recorded.runs
    assert not any(isinstance(content, bytes) for content in run.contents.values())
    project = Project().with_numbered_run(run)
    recorder.record(Snapshot(project, state))
    survived = project_in(path).run(1)
    assert survived.summary == run.summary and survived.files() == run.files()
    opened = survived.open()[0]
    assert opened.best is not None and np.array_equal(opened.best.image, picture(4))


def test_without_a_journal_runs_are_kept_in_memory_and_the_problem_is_named():
    recorder, state = Recorder(None, "The disk is full."), session().state()
    recorded = recorder.record(Snapshot(Project(), state, runs=(record(search()),)))
    assert recorded.error == "The disk is full."
    assert np.array_equal(recorded.runs[0].frame(3).image, picture(3))


def test_a_saved_project_leaves_its_contents_in_the_file(tmp_path, path):
    journal = Journal(path)
    recorder, state = Recorder(journal), session().state()
    (run,) = recorder.record(Snapshot(Project(), state, runs=(record(search()),))).runs
    before = Project().with_numbered_run(run)
    written = write_project(tmp_path / "x.ddsgui", before.with_session(state))
    renamed = before.with_changed_run(before.run(1).renamed("Ada"))
    after = renamed.moved(before, written)
    assert after.run(1).summary.name == "Ada" and after.stamp == written.stamp
    del run, before, written, renamed
    recorder.record(Snapshot(after, state, path=tmp_path / "x.ddsgui"))
    journal.compact()
    assert journal.bytes < 10_000
    survived = project_in(path).run(1)
    assert survived.summary.name == "Ada" and np.array_equal(survived.frame(3).image, picture(3))
    assert read_project(tmp_path / "x.ddsgui").run(1).summary.name == ""


def test_a_fork_knows_the_run_that_it_comes_from(path):
    run = search()
    run.parent = 1
    recorder = Recorder(Journal(path))
    (encoded,) = recorder.record(Snapshot(Project(), session().state(), runs=(record(run, 2),))).runs
    assert encoded.summary.parent == 1 and encoded.open()[0].parent == 1
    assert replace(encoded.summary, parent=None) != encoded.summary
