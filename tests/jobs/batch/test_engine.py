"""Engines: every job comes to an end, whatever happens to processes."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from ddsgui.errors import DeviceError
from ddsgui.jobs.batch import engine
from ddsgui.jobs.batch.engine import MAX_DEATHS, DaskCluster, InProcess, ProcessPool, lost
from ddsgui.jobs.batch.mix_job import MixJob
from tests.jobs.batch.light_work import make_light_job, work

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by a signal")


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def threads_only(distributed: Any) -> Any:
    """Return a cluster with one worker, which is a thread of this process."""
    return distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, silence_logs=50
    )


def test_jobs_are_run_here_one_after_another() -> None:
    results = list(InProcess(work).run(map(make_light_job, range(3))))
    assert [result.job.row for result in results] == [0, 1, 2]


def test_a_process_that_dies_loses_only_its_job_which_is_tried_again(tmp_path: Path) -> None:
    jobs = [
        make_light_job(1, f"once {tmp_path / 'mark'}"),
        make_light_job(2, "kill"),
        *map(make_light_job, (3, 4)),
    ]
    pool = ProcessPool(work, 2)
    results = {result.job.row: result for result in pool.run(jobs)}
    assert set(results) == {1, 2, 3, 4} and not pool.processes
    assert [row for row, result in results.items() if result.error] == [2] and lost(MAX_DEATHS) in results[
        2
    ].error


def test_a_result_that_is_torn_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, torn, wait = ProcessPool(work, 1), list[int](), engine.wait

    def kill_while_it_sends(connections: list[Any]) -> list[Any]:
        ready = wait(connections)
        if not torn:
            torn.extend(pool.processes)
            os.kill(torn[0], signal.SIGKILL)
        return ready

    monkeypatch.setattr(engine, "wait", kill_while_it_sends)
    results = list(pool.run([make_light_job(1, "large"), make_light_job(2)]))
    assert torn and {result.job.row: result.error for result in results} == {1: "", 2: ""}
    assert results[0].job.row == 2 or len(results[0].files["result.png"]) == 1 << 24


def test_a_process_that_dies_before_it_has_a_job_loses_only_that(monkeypatch: pytest.MonkeyPatch) -> None:
    send = engine._Worker.send

    def killed(worker: engine._Worker) -> None:
        if worker.job is not None and worker.job.row == 1:
            worker.process.kill()
            worker.process.join()
        send(worker)

    monkeypatch.setattr(engine, "MAX_DEATHS", 1)
    monkeypatch.setattr(engine._Worker, "send", killed)
    results = {
        result.job.row: result.error for result in ProcessPool(work, 1).run(map(make_light_job, (1, 2)))
    }
    assert results == {1: f"{lost(1)}.", 2: ""}


def test_a_cluster_sets_aside_only_the_job_that_kills_its_workers() -> None:
    distributed = pytest.importorskip("distributed")
    dask = pytest.importorskip("dask")
    jobs = [make_light_job(1, "kill"), *map(make_light_job, (2, 3))]
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
    ):
        errors = {
            result.job.row: result.error for result in DaskCluster(work, cluster.scheduler_address).run(jobs)
        }
    assert errors == {1: f"{lost(1)}.", 2: "", 3: ""}


def test_an_engine_takes_a_job_only_when_it_can_start_it_and_stops_with_its_reader() -> None:
    taken: list[MixJob] = []

    def jobs():
        for row in range(100):
            taken.append(make_light_job(row))
            yield taken[-1]

    pool = ProcessPool(work, 1)
    results = pool.run(jobs())
    next(results)
    (process,) = pool.processes
    results.close()
    assert len(taken) <= 2 and not alive(process)


def test_a_cluster_runs_jobs_and_sets_one_aside_that_kills_its_workers() -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        jobs = [make_light_job(1), make_light_job(2, "fail")]
        results = {
            result.job.row: result for result in DaskCluster(work, cluster.scheduler_address).run(jobs)
        }
    assert not results[1].error and results[2].error == "It went wrong."


def test_workers_that_join_later_have_two_jobs_each_too(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(engine, "COUNT_SECONDS", 0.05)
    taken: list[MixJob] = []

    def jobs():
        for row in range(1000):
            taken.append(make_light_job(row))
            yield taken[-1]

    with threads_only(distributed) as cluster:
        results = DaskCluster(work, cluster.scheduler_address).run(jobs())
        ended = [next(results)]
        alone = len(taken) - len(ended)
        cluster.scale(3)
        cluster.wait_for_workers(3)
        while len(taken) - len(ended) < 5 and len(ended) < 900:
            ended.append(next(results))
        results.close()
    assert alone == 1 and len(ended) < 900


def test_a_scheduler_that_ends_is_reported() -> None:
    distributed = pytest.importorskip("distributed")
    with threads_only(distributed) as cluster:
        tasks = map(make_light_job, range(100_000))
        results = DaskCluster(work, cluster.scheduler_address, seconds=0.5).run(tasks)
        next(results)
        cluster.close()
        with pytest.raises(DeviceError, match="What is done stays"):
            list(results)


@pytest.mark.parametrize(
    ("address", "sentence"), [("tcp://127.0.0.1:9", "no scheduler"), ("tls://127.0.0.1:9", "certificates")]
)
def test_a_scheduler_that_is_not_there_is_reported(address: str, sentence: str) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(DeviceError, match=sentence):
        list(DaskCluster(work, address, seconds=0.3).run([make_light_job(1)]))
