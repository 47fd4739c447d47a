"""Engines of a batch: this process, processes of this machine, or a cluster."""

from __future__ import annotations

import logging
import math
import signal
import time
from asyncio import CancelledError
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

from ddsgui.errors import DeviceError
from ddsgui.jobs.batch.mix_job import JobResult, MixJob

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

COUNT_SECONDS = 1  # from one count of a cluster's workers to the next
MAX_DEATHS = 3  # of processes with one job, before it is set aside
TLS_HINT = " that accepts the certificates of Dask's configuration (distributed.comm.tls)"
LOST = f"{MAX_DEATHS} processes ended while they worked at it"


Work = Callable[[MixJob], JobResult]  # crosses processes: a function of a module, or a partial() of one


class Engine(Protocol):
    """Runs jobs. An engine takes a job from the list only when it can start it."""

    def run(self, jobs: Iterable[MixJob]) -> Generator[JobResult, None, None]:
        """Yield each job's result, in the order in which they end. Closing the generator stops all work."""
        ...


@dataclass(frozen=True)
class InProcess:
    """One job after another, here."""

    work: Work

    def run(self, jobs: Iterable[MixJob]) -> Generator[JobResult, None, None]:
        for job in jobs:
            yield self.work(job)


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    job: MixJob | None = None


@dataclass(frozen=True)
class ProcessPool:
    """Processes of this machine, each with its own models. One that dies loses only its job, which is tried again."""

    work: Work
    count: int
    processes: list[int] = field(default_factory=list)  # the ids of those that live

    def run(self, jobs: Iterable[MixJob]) -> Generator[JobResult, None, None]:
        waiting, again = iter(jobs), deque[MixJob]()
        deaths: Counter[str] = Counter()
        workers: list[_Worker] = []
        try:
            while True:
                while len(workers) < self.count and (job := _next(again, waiting)) is not None:
                    workers.append(self._start(job))
                if not workers:
                    return
                ready = wait([worker.connection for worker in workers])
                for worker in [worker for worker in workers if worker.connection in ready]:
                    job = worker.job
                    assert job is not None
                    try:
                        yield worker.connection.recv()
                    except EOFError:
                        workers.remove(worker)
                        self._end(worker)
                        deaths[job.key] += 1
                        if deaths[job.key] < MAX_DEATHS:
                            again.append(job)
                        else:
                            yield JobResult(job, error=f"{LOST}.")
                        continue
                    worker.job = _next(again, waiting)
                    if worker.job is None:
                        workers.remove(worker)
                        self._end(worker)
                    else:
                        worker.connection.send(worker.job)
        finally:
            for worker in workers:
                worker.process.terminate()
                self._end(worker)

    def _start(self, job: MixJob) -> _Worker:
        context = get_context("spawn")  # a fork would copy torch's threads half-way
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self.work), daemon=True)
        process.start()
        theirs.close()
        assert process.pid is not None
        self.processes.append(process.pid)
        ours.send(job)
        return _Worker(process, ours, job)

    def _end(self, worker: _Worker) -> None:
        worker.connection.close()  # which ends the process once its job is done
        worker.process.join()
        if worker.process.pid in self.processes:
            self.processes.remove(worker.process.pid)


@dataclass(frozen=True)
class DaskCluster:
    """Workers of a dask.distributed scheduler, which have ddsgui and the library's folder at the same place."""

    work: Work
    address: str  # tcp://… or tls://…
    seconds: float = 10  # to wait for the scheduler

    def run(self, jobs: Iterable[MixJob]) -> Generator[JobResult, None, None]:
        """Yield each job's result. Two jobs per worker are in flight: one runs and one waits.

        Raises DeviceError without dask, without a scheduler at the address, or when it ends.
        """
        try:
            from distributed import Client
        except ImportError as error:
            raise DeviceError('A cluster needs dask: pip install "ddsgui[cluster]".') from error
        with _quiet("distributed", "distributed.client"):  # our sentences are enough
            try:
                client: Any = Client(self.address, timeout=self.seconds)
            except (OSError, ValueError, TypeError) as error:  # TypeError: TLS without certificates
                accepts = TLS_HINT if self.address.startswith("tls:") else ""
                raise DeviceError(f"There is no scheduler at {self.address}{accepts}.") from error
            with client:
                yield from self._results(client, jobs)

    def _results(self, client: Any, jobs: Iterable[MixJob]) -> Generator[JobResult, None, None]:
        waiting = iter(jobs)
        sent: dict[object, MixJob] = {}
        ended: SimpleQueue[Any] = SimpleQueue()  # futures
        room, counted = 0, -math.inf
        while True:
            with self._connection():
                if time.monotonic() > counted + COUNT_SECONDS:  # workers come and go
                    room, counted = 2 * max(1, len(client.nthreads())), time.monotonic()
                while len(sent) < room and (job := next(waiting, None)) is not None:
                    task = client.submit(self.work, job, pure=False)
                    sent[task.key] = job
                    task.add_done_callback(ended.put)
            if not sent:
                return
            try:
                task = ended.get(timeout=COUNT_SECONDS)
            except Empty:
                continue
            job = sent.pop(task.key)
            with self._connection():
                result = task.result() if task.status != "error" else _failed(job, task.exception())
                task.release()
            yield result

    @contextmanager
    def _connection(self) -> Iterator[None]:
        """Turn whatever a call of the client raises into the sentence that the scheduler has ended."""
        try:
            yield
        except (CancelledError, Exception) as error:
            raise DeviceError(
                f"The scheduler at {self.address} has ended. What is done stays; run the batch again."
            ) from error


def _failed(job: MixJob, error: BaseException) -> JobResult:
    """Return the result of a job that a worker of a cluster could not end."""
    from distributed.scheduler import KilledWorker

    lost = isinstance(error, KilledWorker)
    return JobResult(job, error=f"{LOST}." if lost else f"Unexpected error: {error!r}. Please report it.")


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Keep loggers silent."""
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _next(again: deque[MixJob], waiting: Iterator[MixJob]) -> MixJob | None:
    """Return the next job: one that has to be tried again, else one from the list."""
    return again.popleft() if again else next(waiting, None)


def _serve(connection: Connection, work: Work) -> None:
    """Work in a process until the other end is closed."""
    from ddsgui.device import tune_allocator

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's, which ends this process
    tune_allocator()
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        connection.send(work(job))
