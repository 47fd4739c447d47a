"""A batch runs what is not done yet and keeps a manifest of all."""

from __future__ import annotations

import csv
import errno
from collections.abc import Generator, Iterable
from pathlib import Path

import numpy as np
import pytest

from ddsgui.errors import ProjectError
from ddsgui.images import encode_png, read_image
from ddsgui.jobs.batch import results
from ddsgui.jobs.batch.batch import BatchOutcome, BatchProgress, batch_steps
from ddsgui.jobs.batch.engine import InProcess
from ddsgui.jobs.batch.mix_job import JobResult, MixJob
from ddsgui.jobs.batch.results import MANIFEST, ResultFolder
from ddsgui.steps import result_of
from tests.jobs.batch.light_work import make_light_job, work


def run(jobs: list[MixJob], folder: Path) -> tuple[BatchOutcome, list[BatchProgress]]:
    steps: list[BatchProgress] = []
    outcome = result_of(batch_steps(jobs, InProcess(work), ResultFolder(folder)), steps.append)
    return outcome, steps


def manifest(folder: Path) -> list[dict[str, str]]:
    with (folder / MANIFEST).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_result_has_a_folder_and_a_line(tmp_path: Path) -> None:
    jobs = [make_light_job(1), make_light_job(2, "fail")]
    outcome, steps = run(jobs, tmp_path / "out")
    assert (tmp_path / "out/results" / jobs[0].key / "result.png").read_bytes() == b"picture 1"
    assert not (tmp_path / "out/results" / jobs[1].key).exists()
    assert [(step.ended, step.total) for step in steps] == [(0, 2), (1, 2), (2, 2)]
    first, second = manifest(tmp_path / "out")
    assert (first["seed"], first["state"], first["loss"], first["iteration"]) == ("1", "done", "0.5", "7")
    assert (second["state"], second["error"]) == ("failed", "It went wrong.")
    assert [entry.state for entry in outcome.entries] == ["done", "failed"]


def test_done_rows_are_left_out_and_failed_ones_are_tried_again(tmp_path: Path) -> None:
    jobs = [make_light_job(1), make_light_job(2, "fail")]
    run(jobs, tmp_path)
    outcome, steps = run([*jobs, make_light_job(3)], tmp_path)
    assert outcome.skipped == 1 and [step.entry.job.row for step in steps if step.entry] == [2, 3]
    assert manifest(tmp_path)[0]["loss"] == "0.5"  # of the first run


def test_rows_that_ask_for_one_mix_share_it(tmp_path: Path) -> None:
    job = make_light_job(1)
    again = MixJob(2, job.key, job.recipe, {"seed": "1"})
    _, steps = run([job, again], tmp_path)
    assert [step.total for step in steps] == [1, 1]
    assert [(line["row"], line["state"]) for line in manifest(tmp_path)] == [("1", "done"), ("2", "done")]


def test_half_a_result_is_cleared_and_made_again(tmp_path: Path) -> None:
    job = make_light_job(1)
    half = tmp_path / "results" / f".{job.key}"
    half.mkdir(parents=True)
    (half / "source.png").touch()
    run([job], tmp_path)
    assert [path.name for path in (tmp_path / "results").iterdir()] == [job.key]


def test_a_result_that_lost_its_picture_is_made_again(tmp_path: Path) -> None:
    job = make_light_job(1)
    run([job], tmp_path)
    picture = tmp_path / "results" / job.key / "result.png"
    picture.unlink()
    outcome, _ = run([job], tmp_path)
    assert outcome.skipped == 0 and picture.read_bytes() == b"picture 1"


def test_the_figures_of_a_result_outlast_another_table_and_a_spoilt_manifest(tmp_path: Path) -> None:
    run([make_light_job(1), make_light_job(2)], tmp_path)
    run([make_light_job(3)], tmp_path)
    for spoilt in (b"\xff\xfek\x00e\x00y\x00", b'key\n"' + b"x" * 200_000, b"key,iteration\n%b,nan\n"):
        (tmp_path / MANIFEST).write_bytes(spoilt.replace(b"%b", make_light_job(1).key.encode()))
        run([make_light_job(1), make_light_job(2)], tmp_path)
        assert [line["loss"] for line in manifest(tmp_path)] == ["0.5", "0.5"]
        assert [line["iteration"] for line in manifest(tmp_path)] == ["7", "7"]


def test_a_line_of_figures_that_was_cut_off_is_ignored(tmp_path: Path) -> None:
    jobs = [make_light_job(1), make_light_job(2)]
    run(jobs, tmp_path)
    (tmp_path / MANIFEST).unlink()
    figures = tmp_path / "results.csv"
    figures.write_bytes(figures.read_bytes()[:-8])
    run([*jobs, make_light_job(3)], tmp_path)
    assert [line["loss"] for line in manifest(tmp_path)] == ["0.5", "", "0.5"]
    (tmp_path / MANIFEST).unlink()
    run([*jobs, make_light_job(3)], tmp_path)
    assert [line["loss"] for line in manifest(tmp_path)] == ["0.5", "", "0.5"]


def test_a_full_disk_ends_the_batch_and_the_next_run_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [make_light_job(row) for row in range(3)]
    real = results.write_all

    def full(folder: Path, files: dict[str, bytes]) -> None:
        if folder.name == f".{jobs[1].key}":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(folder, files)

    monkeypatch.setattr(results, "write_all", full)
    with pytest.raises(ProjectError, match="full"):
        run(jobs, tmp_path)
    assert [line["state"] for line in manifest(tmp_path)] == ["done", "waiting", "waiting"]
    monkeypatch.undo()
    outcome, steps = run(jobs, tmp_path)
    assert outcome.skipped == 1 and steps[-1].ended == 2


def test_an_interrupted_batch_stops_its_engine_and_keeps_the_manifest(tmp_path: Path) -> None:
    closed: list[bool] = []

    class Endless:
        def run(self, jobs: Iterable[MixJob]) -> Generator[JobResult, None, None]:
            try:
                for job in jobs:
                    yield work(job)
            finally:
                closed.append(True)

    steps = batch_steps([make_light_job(1), make_light_job(2)], Endless(), ResultFolder(tmp_path))
    assert next(steps).entry is None and next(steps).entry is not None
    steps.close()
    assert closed and [line["state"] for line in manifest(tmp_path)] == ["done", "waiting"]


def test_contact_sheets_have_a_hundred_pictures_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "SHEET_ROWS", 1)
    wide = np.full((8, 16, 3), 200, np.uint8)
    monkeypatch.setattr(
        "tests.jobs.batch.test_batch.work", lambda job: JobResult(job, {"result.png": encode_png(wide)})
    )
    outcome, _ = run([make_light_job(row) for row in range(11)], tmp_path)
    assert outcome.files == [MANIFEST, "sheet-001.png", "sheet-002.png"]
    first, second = (read_image(tmp_path / name) for name in outcome.files[1:])
    assert first.shape == (128, 1280, 3) and second.shape == (128, 128, 3)
    assert first[64, 64].tolist() == [200] * 3 and first[2, 64].tolist() == [0] * 3
    run([make_light_job(1)], tmp_path)
    assert [path.name for path in tmp_path.glob("sheet*")] == ["sheet-001.png"]  # none of the longer table


def test_a_place_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ProjectError, match="file"):
        run([make_light_job(1)], tmp_path / "file")
