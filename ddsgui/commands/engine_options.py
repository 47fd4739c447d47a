"""Options that say where many mixes are computed: here, in processes, or on a cluster."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.device import DEVICES
from ddsgui.errors import UsageError

if TYPE_CHECKING:
    from ddsgui.jobs.batch.engine import Engine
    from ddsgui.jobs.batch.work import OnProgress

MAX_WORKERS = 1024


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Add --workers, --scheduler, --threads, --together and --device."""
    where = parser.add_argument_group("where to compute")
    where.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="processes of this machine, with one thread each; 1 computes here with all processors (default: 1)",
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help='a Dask cluster instead, such as tcp://10.0.0.1:8786; needs pip install "ddsgui[cluster]"',
    )
    where.add_argument(
        "--threads", type=int, metavar="N", help="threads of each process or cluster worker (default: 1)"
    )
    where.add_argument(
        "--together",
        type=int,
        default=1,
        metavar="N",
        help="searches of one pair that are computed as one, as far as memory allows; meant for a graphics card "
        "(default: 1)",
    )
    where.add_argument(
        "--device", choices=DEVICES, help="where each computes (default: auto; cpu for several)"
    )


def check_engine_options(args: argparse.Namespace) -> None:
    """Raise UsageError if a number is absurd or an address is missing."""
    counts = (args.workers, args.together, 1 if args.threads is None else args.threads)
    if not all(1 <= count <= MAX_WORKERS for count in counts):
        raise UsageError(f"--workers, --threads and --together must be between 1 and {MAX_WORKERS}.")
    if args.scheduler == "":
        raise UsageError("--scheduler needs an address, such as tcp://10.0.0.1:8786.")
    if args.together > 1 and (args.workers > 1 or args.scheduler is not None):
        raise UsageError("--together is for one process: leave out --workers and --scheduler.")


def engine_of(
    args: argparse.Namespace, library: Path, frames: int = 0, on_progress: OnProgress | None = None
) -> Engine:
    """Return the engine that the options ask for.

    frames: the number of pictures of each search to save. on_progress: called in this process, where it computes here.
    """
    from ddsgui.jobs.batch.engine import DaskCluster, InProcess, ProcessPool
    from ddsgui.jobs.batch.joint_work import JointSearches
    from ddsgui.jobs.batch.work import run_job

    alone = args.scheduler is None and args.workers == 1
    device = args.device or ("auto" if alone else "cpu")
    threads = args.threads or (None if alone else 1)
    if args.together > 1:
        return JointSearches(args.together, library, device, threads, frames, on_progress)
    work = partial(run_job, library=library, device=device, threads=threads, frames=frames)
    if args.scheduler is not None:
        return DaskCluster(work, args.scheduler)
    return InProcess(partial(work, on_progress=on_progress)) if alone else ProcessPool(work, args.workers)
