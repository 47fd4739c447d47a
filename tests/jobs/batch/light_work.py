"""Work of processes in tests, which needs no torch."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from ddsgui.jobs.batch.mix_job import JobResult, MixJob


def make_light_job(row: int, task: str = "") -> MixJob:
    """Make a job.

    task: "kill" ends the process, "once FILE" only the first time, "fail" gives an error, "large" a large result.
    """
    return MixJob(row, f"{row:016x}", {"task": task}, {"seed": str(row)})


def work(job: MixJob) -> JobResult:
    """Do a job in no time."""
    task = job.recipe["task"]
    if task.startswith("once "):
        mark = Path(task.removeprefix("once "))
        if not mark.exists():
            mark.touch()
            task = "kill"
    if task == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "large":
        return JobResult(job, {"result.png": bytes(1 << 24)})  # more than a connection takes at once
    if task == "fail":
        return JobResult(job, error="It went wrong.")
    return JobResult(job, {"result.png": f"picture {job.row}".encode()}, loss=0.5, iteration=7, seconds=0.01)
