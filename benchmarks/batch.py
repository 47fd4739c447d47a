"""The cost of a batch itself: jobs that do nothing, in this process, in processes, and on a local Dask cluster.

    python benchmarks/batch.py [--jobs 10 100 1000 10000] [--workers 1 2 4] [--dask] [--plot FILE]

Prints milliseconds per job, how much the memory of this process has grown, and that of the largest process of each kind
below it: the pool's processes, or Dask's scheduler and workers. A result is a file of a few bytes, so most of the time
is the folder that each result has. --plot draws the memory of each during the longest run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ddsgui.evaluation.report.plots import Line, Panel, draw_panels
from ddsgui.jobs.batch.batch import batch_steps
from ddsgui.jobs.batch.engine import DaskCluster, Engine, InProcess, ProcessPool
from ddsgui.jobs.batch.mix_job import JobResult, MixJob
from ddsgui.jobs.batch.results import ResultFolder

SAMPLES = 50  # of memory in a run
HERE = "this process"
History = dict[str, list[float]]  # megabytes of each kind of process, by its name


def nothing(job: MixJob) -> JobResult:
    """Do a job in no time."""
    return JobResult(job, {"result.txt": b"done"})


def memory() -> dict[str, float]:
    """Return the megabytes of this process and of the largest process of each kind below it."""
    here = psutil.Process()
    sizes = {HERE: here.memory_info().rss / 1e6}
    for process in here.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            command = " ".join(process.cmdline())
            kind = "scheduler" if "scheduler --" in command else "worker"
            if "resource_tracker" not in command:
                sizes[kind] = max(sizes.get(kind, 0.0), process.memory_info().rss / 1e6)
    return sizes


def measure(name: str, engine: Engine, count: int) -> tuple[list[int], History]:
    """Print the cost of some jobs. Return the jobs done, and the memory then."""
    jobs = [MixJob(row, f"{row:016x}", {}) for row in range(count)]
    history: History = defaultdict(list)
    done: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        before, began, watching = memory()[HERE], time.perf_counter(), 0.0
        for progress in batch_steps(jobs, engine, ResultFolder(Path(folder))):
            number = progress.ended
            if number and (number % max(1, count // SAMPLES) == 0 or number == count):
                start = time.perf_counter()
                done.append(number)
                for kind, megabytes in memory().items():
                    history[kind].append(megabytes)
                watching += time.perf_counter() - start
        seconds = time.perf_counter() - began - watching
    below = ", ".join(
        f"{kind} {sizes[0]:.0f} to {sizes[-1]:.0f} MB" for kind, sizes in history.items() if kind != HERE
    )
    grown = history[HERE][-1] - before
    print(
        f"{name:<14} {count:6} jobs  {seconds / count * 1e3:7.2f} ms each  {grown:+7.1f} MB here  {below}",
        flush=True,
    )
    return done, history


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Start a scheduler and workers as docs/cluster.md does, and yield the scheduler's address."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        common = ["--scheduler-file", str(file), "--no-dashboard"]
        dask = [sys.executable, "-m", "dask"]
        processes = [
            subprocess.Popen([*dask, *options, *common], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for options in (
                ("scheduler", "--port", "0"),
                ("worker", "--nworkers", str(workers), "--nthreads", "1"),
            )
        ]
        try:
            while not file.is_file() or not file.read_text():
                time.sleep(0.1)
            yield json.loads(file.read_text())["address"]
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait()


def draw(path: Path, runs: dict[str, tuple[list[int], History]]) -> None:
    """Draw the memory of every process against the jobs done, a panel for each engine."""
    panels = []
    for name, (done, history) in runs.items():
        lines = [Line(kind, done, sizes, colour=i) for i, (kind, sizes) in enumerate(history.items())]
        panels.append(Panel(name, "jobs", "megabytes", lines, starts_at_zero=True))
    path.write_bytes(draw_panels(panels))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, nargs="+", default=[10, 100, 1000, 10_000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw memory as a PNG")
    args = parser.parse_args()
    longest: dict[str, tuple[list[int], History]] = {}
    for count in args.jobs:
        longest[HERE] = measure(HERE, InProcess(nothing), count)
        for workers in args.workers:
            name = f"{workers} processes"
            longest[name] = measure(name, ProcessPool(nothing, workers), count)
    if args.dask:
        for workers in args.workers:
            name = f"{workers} Dask workers"
            with cluster(workers) as address:
                for count in args.jobs:
                    longest[name] = measure(name, DaskCluster(nothing, address), count)
    if args.plot:
        draw(args.plot, longest)


if __name__ == "__main__":
    main()
