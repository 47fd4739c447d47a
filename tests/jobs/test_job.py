"""A job is a generator stepped from outside, without a thread or Qt."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from ddsgui.errors import DdsError
from ddsgui.jobs.job import Cancelled, JobOutcome, SteppedJob


def finish(work: SteppedJob) -> JobOutcome:
    while work.outcome is None:
        work.step()
    return work.outcome


def test_values_go_through_the_box_and_only_the_first_wakes_the_reader() -> None:
    work = SteppedJob(lambda: iter_then(1, 2, result=3), idle=False)
    assert work.step() is True
    assert work.step() is False
    assert work.box.take() == 2
    assert work.step() is True  # the end always wakes the reader
    assert work.outcome is not None and work.outcome.value == 3


def test_a_bare_yield_reports_nothing() -> None:
    work = SteppedJob(lambda: iter_then(None, result=1), idle=False)
    assert work.step() is False
    assert work.box.take() is None


def test_a_cancelled_job_may_return_its_result_so_far() -> None:
    def job() -> Generator[int, None, int | None]:
        best = 0
        try:
            while True:
                best += 1
                yield best
        except Cancelled:
            return best

    work = SteppedJob(job, idle=False)
    work.step()
    work.step()
    work.cancelled = True
    assert finish(work).value == 2


def test_a_job_cancelled_before_its_first_step_never_runs() -> None:
    ran = []

    def job() -> Generator[int, None, int | None]:
        ran.append(1)
        yield 1

    work = SteppedJob(job, idle=False)
    work.cancelled = True
    outcome = finish(work)
    assert (outcome.value, outcome.error, ran) == (None, None, [])


def test_errors_become_one_sentence(caplog: pytest.LogCaptureFixture) -> None:
    assert (
        finish(SteppedJob(lambda: iter_raise(DdsError("No such thing.")), idle=False)).error
        == "No such thing."
    )
    assert not caplog.records
    assert "KeyError('k')" in str(finish(SteppedJob(lambda: iter_raise(KeyError("k")), idle=False)).error)
    assert caplog.records  # with the traceback, for developers
    assert "Memory ran out" in str(finish(SteppedJob(lambda: iter_raise(MemoryError()), idle=False)).error)


def iter_then(*values: object, result: object) -> Generator[object, None, object]:
    yield from values
    return result


def iter_raise(error: Exception) -> Generator[object, None, object]:
    yield 1
    raise error
