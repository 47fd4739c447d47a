"""Project files: lazy, damaged, foreign, newer, and of version 1."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ddsgui.errors import DdsError, ProjectError
from ddsgui.project import project_file
from ddsgui.project.archive import Archive, ArchiveChangedError, content_bytes
from ddsgui.project.project import Project
from ddsgui.project.project_file import DOCUMENT, read_project, write_project
from tests.project.example_runs import picture, project_run, search

VERSION_1 = Path(__file__).parent / "fixtures" / "version_1.ddsgui"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A project of two runs."""
    path = tmp_path / "faces.ddsgui"
    project = (
        Project("Faces").with_run(project_run(flagged={3})).with_run(project_run(search(3, 2), name="b"))
    )
    write_project(path, project)
    return path


def rewrite(path: Path, change) -> None:
    """Write the archive again with the entries that `change` returns."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in change(files).items():
            archive.writestr(name, content)


def test_runs_come_back_with_their_numbers_and_words(path):
    project = read_project(path)
    assert not project.problems and project.name == "Faces"
    assert [run.summary.number for run in project.runs] == [1, 2]
    assert project.run(2).summary.name == "b"
    assert [frame.iteration for frame in project.run(1).summary.frames if frame.flagged] == [3]
    assert np.array_equal(project.run(1).frame(3).image, picture(3))
    assert not project.damage()


def test_opening_reads_no_frame(path, monkeypatch):
    names = []
    read = Archive.read

    def noted(self, name, max_bytes=None):
        names.append(name)
        return read(self, name, max_bytes)

    monkeypatch.setattr(Archive, "read", noted)
    project = read_project(path)
    project.run(1).thumbnail()
    assert set(names) == {DOCUMENT, "runs/0001/run.json", "runs/0002/run.json", "runs/0001/thumbnail.png"}


def test_saving_twice_gives_the_same_file(path):
    before = path.read_bytes()
    write_project(path, read_project(path))
    assert path.read_bytes() == before


def test_a_saved_project_reads_on_from_its_new_file(path):
    project = write_project(path, read_project(path).with_run(project_run()))
    assert np.array_equal(project.run(1).frame(2).image, picture(2))
    assert [run.summary.number for run in project.runs] == [1, 2, 3]


def test_the_number_of_a_removed_run_is_not_used_again(path):
    project = write_project(path, read_project(path).without_run(2))
    project = write_project(path, project.with_run(project_run()))
    assert [run.summary.number for run in project.runs] == [1, 3]


def test_a_run_that_is_not_there_is_named_with_those_that_are(path):
    with pytest.raises(ProjectError, match="1 or 2"):
        read_project(path).run(7)
    with pytest.raises(ProjectError):
        Project().run(1)


def test_a_changed_run_takes_the_place_of_the_old_one(path):
    project = read_project(path)
    project = write_project(path, project.with_changed_run(project.run(1).renamed("Ada")))
    assert [run.summary.name for run in project.runs] == ["Ada", "b"]


def test_a_project_that_is_replaced_while_it_opens_is_read_again(path, monkeypatch):
    read, replaced = Archive.read, []

    def replacing(self, name, max_bytes=None):
        if name.startswith("runs") and not replaced:
            replaced.append(True)
            write_project(path, Project("New").with_run(project_run()))
        return read(self, name, max_bytes)

    monkeypatch.setattr(Archive, "read", replacing)
    project = read_project(path)
    assert (project.name, len(project.runs), project.problems) == ("New", 1, ())


def test_a_replaced_file_is_not_called_damaged(path):
    project = read_project(path)
    write_project(path, Project("New"))
    for act in (project.damage, project.run(1).files, project.run(1).open, project.run(1).thumbnail):
        with pytest.raises(ArchiveChangedError):
            act()
    with pytest.raises(ArchiveChangedError):
        write_project(path.with_name("copy.ddsgui"), project)
    assert not path.with_name("copy.ddsgui").exists()


def test_an_update_replaces_only_the_file_that_was_read(path):
    first, second = read_project(path), read_project(path)
    write_project(path, first.with_run(project_run()), update=True)
    after = path.read_bytes()
    new = Project().with_run(project_run())
    for late in (second.with_run(project_run()), new):
        with pytest.raises(ArchiveChangedError):
            write_project(path, late, update=True)
    assert path.read_bytes() == after


def test_a_project_that_was_saved_elsewhere_reads_everything_there(path):
    copy, job = "0" * 64, f"{'1' * 16}.json"
    project = replace(read_project(path), copies={copy: b"a model"}, queue_files={job: b"{}"})
    write_project(path, project)
    before = read_project(path)
    written = write_project(path.with_name("moved.ddsgui"), before)
    changed = replace(before, queue_files={job: b"{ }"})  # while it was written
    moved, moved_meanwhile = before.moved(before, written), changed.moved(before, written)
    path.unlink()
    assert not moved.damage() and content_bytes(moved.copies[copy]) == b"a model"
    assert content_bytes(moved.queue_files[job]) == b"{}"
    assert moved_meanwhile.queue_files[job] == b"{ }" and content_bytes(moved_meanwhile.copies[copy])


def test_a_newer_version_is_refused_in_one_sentence(path):
    newer = {"format": project_file.FORMAT, "version": project_file.VERSION + 1}
    rewrite(path, lambda files: {**files, DOCUMENT: json.dumps(newer)})
    with pytest.raises(ProjectError, match="Update"):
        read_project(path)


@pytest.mark.parametrize("document", ["{}", "[]", "[" * 100_000, '{"format": "other", "version": 1}', ""])
def test_a_zip_file_of_another_kind_is_refused(tmp_path, document):
    with zipfile.ZipFile(tmp_path / "x.ddsgui", "w") as archive:
        archive.writestr(DOCUMENT, document)
    with pytest.raises(ProjectError, match="not a ddsgui project"):
        read_project(tmp_path / "x.ddsgui")


def test_without_its_first_document_the_runs_still_open(path):
    rewrite(path, lambda files: {name: c for name, c in files.items() if name != DOCUMENT})
    project = read_project(path)
    assert len(project.runs) == 2 and len(project.problems) == 1


def test_a_run_whose_description_is_lost_leaves_the_others_and_keeps_its_number(path):
    rewrite(path, lambda files: {**files, "runs/0002/run.json": b"{"})
    project = read_project(path)
    assert [run.summary.number for run in project.runs] == [1]
    assert "2" in project.problems[0]
    assert project.with_run(project_run()).runs[-1].summary.number == 3


def test_lost_frames_are_counted(path):
    rewrite(path, lambda files: {n: c for n, c in files.items() if n != "runs/0001/frames/000003.png"})
    project = read_project(path)
    assert [frame.iteration for frame in project.run(1).summary.frames] == [1, 2, 4, 5, 6]
    assert len(project.problems) == 1


def test_a_lost_result_is_named_and_the_rest_stays(path):
    rewrite(path, lambda files: {n: c for n, c in files.items() if n != "runs/0001/result.png"})
    project = read_project(path)
    assert len(project.problems) == 1 and "result.png" in project.problems[0]
    opened, problems = project.run(1).open()
    assert opened.best is None and len(opened.frames) == 6 and not problems
    assert "result.png" not in project.run(1).files()[0]


def test_entries_of_other_programs_are_named(path):
    rewrite(path, lambda files: {**files, "runs/0001/evil.exe": b"", "virus.pkl": b""})
    project = read_project(path)
    assert len(project.runs) == 2 and "evil.exe" in project.problems[0]


def test_saving_a_damaged_project_keeps_the_damaged_file(path):
    rewrite(path, lambda files: {**files, "runs/0002/run.json": b"{"})
    damaged = path.read_bytes()
    project = write_project(path, read_project(path))
    assert len(project.problems) == 1 and not read_project(path).problems
    assert path.with_name("faces.damaged-1.ddsgui").read_bytes() == damaged


def test_every_cut_gives_a_project_or_a_sentence(path):
    content = path.read_bytes()
    most = 0
    for end in range(0, len(content), 997):
        path.write_bytes(content[:end])
        try:
            project = read_project(path)
            assert project.problems
            project.damage()
            most = max(most, len(project.runs))
        except ProjectError:
            assert end < 1000
    assert most == 2


def test_random_damage_gives_a_project_or_a_sentence(path):
    content, random = path.read_bytes(), np.random.default_rng(1)
    for _ in range(60):
        damaged = np.frombuffer(content, np.uint8).copy()
        places = random.integers(0, len(damaged), 20)
        damaged[places] = random.integers(0, 256, 20)
        path.write_bytes(damaged.tobytes())
        try:
            project = read_project(path)
            project.damage()
            for run in project.runs:
                run.files()
        except DdsError:
            continue


def test_a_failing_save_leaves_the_old_project(path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    before, project = path.read_bytes(), read_project(path)
    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(DdsError, match="full"):
        write_project(path, project)
    assert path.read_bytes() == before


def test_a_file_of_version_1_opens():
    project = read_project(VERSION_1)
    assert not project.damage()
    assert [(run.summary.number, run.summary.name) for run in project.runs] == [(1, "first"), (3, "")]
    first = project.run(1)
    assert first.summary.starred and first.summary.models[0].name == "one"
    assert [(f.iteration, f.flagged) for f in first.summary.frames][2] == (3, True)
    opened, problems = first.open()
    assert not problems and opened.recipe.part == "spot"
    fork = opened.fork(3)
    assert fork is not None and fork.moments is not None and fork.moments.steps == 2
    assert np.array_equal(first.frame(3).image, picture(3))
    state, problems = project.session()
    assert state is not None and not problems
    assert [step.label for step in (*state.done, *state.undone)] == [
        "brush stroke",
        "invert mask",
        "clear mask",
    ]


def test_stars_of_the_seed_wall_come_back_and_files_without_have_none(tmp_path: Path) -> None:
    path = tmp_path / "stars.ddsgui"
    project = Project().with_stars([5, -(2**63), 2**40], True).with_stars([5], False)
    assert write_project(path, project).starred_seeds == {-(2**63), 2**40}
    assert read_project(VERSION_1).starred_seeds == frozenset()
    write_project(path, Project())
    assert b"starred" not in content_bytes(Archive(path).read(DOCUMENT))


@pytest.mark.parametrize("seeds", [None, "7", {"7": 1}, [7, "8", True, 2**64, 1.0]])
def test_stars_that_are_no_seeds_are_left_out(tmp_path: Path, seeds: object) -> None:
    path = tmp_path / "stars.ddsgui"
    write_project(path, Project().with_stars([7], True))

    def change(files):
        document = json.loads(files[DOCUMENT]) | {"starred_seeds": seeds}
        return files | {DOCUMENT: json.dumps(document)}

    rewrite(path, change)
    assert read_project(path).starred_seeds == (frozenset([7]) if isinstance(seeds, list) else frozenset())
