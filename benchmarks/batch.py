"""The cost of a batch itself: jobs that do nothing, in this process, in processes, and on a local Dask cluster.

    python benchmarks/batch.py [--jobs 10 100 1000 10000] [--workers 1 2 4] [--dask]

Prints milliseconds per job, how much the memory of this process has grown (with Dask it holds the scheduler), and the
memory of the largest process below it. A result is a file of a few bytes, so most of the time is the folder that each
result has.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ddsgui.jobs.batch.batch import batch_steps
from ddsgui.jobs.batch.engine import DaskCluster, Engine, InProcess, ProcessPool
from ddsgui.jobs.batch.mix_job import JobResult, MixJob
from ddsgui.jobs.batch.results import ResultFolder
from ddsgui.steps import result_of


def nothing(job: MixJob) -> JobResult:
    """Do a job in no time."""
    return JobResult(job, {"result.txt": b"done"})


def measure(name: str, engine: Engine, count: int) -> None:
    """Print the cost of some jobs."""
    jobs = [MixJob(row, f"{row:016x}", {}) for row in range(count)]
    process = psutil.Process()
    with tempfile.TemporaryDirectory() as folder:
        before, began = process.memory_info().rss, time.perf_counter()
        result_of(batch_steps(jobs, engine, ResultFolder(Path(folder))))
        seconds = time.perf_counter() - began
        grown = (process.memory_info().rss - before) / 1e6
        below = max((child.memory_info().rss for child in process.children(recursive=True)), default=0) / 1e6
    print(
        f"{name:<14} {count:6} jobs  {seconds / count * 1e3:7.2f} ms each  {grown:+7.1f} MB, below {below:6.1f} MB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, nargs="+", default=[10, 100, 1000, 10_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--dask", action="store_true")
    args = parser.parse_args()
    for count in args.jobs:
        measure("this process", InProcess(nothing), count)
        for workers in args.workers:
            measure(f"{workers} processes", ProcessPool(nothing, workers), count)
    if args.dask:
        from distributed import LocalCluster

        local: Any = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0")
        with local:
            for count in args.jobs:
                measure("2 Dask workers", DaskCluster(nothing, local.scheduler_address), count)


if __name__ == "__main__":
    main()
