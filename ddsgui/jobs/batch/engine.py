"""Engines of a batch: this process, processes of this machine, or a cluster."""

from __future__ import annotations

import logging
import math
import signal
import sys
import time
from asyncio import CancelledError
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
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

    def send(self) -> None:
        """Send the job. That a process has died is noticed when its connection is read."""
        with suppress(OSError):
            self.connection.send(self.job)


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
                        result = worker.connection.recv()
                    except (EOFError, OSError):  # it died, perhaps while it sent a result
                        workers.remove(worker)
                        self._end(worker)
                        deaths[job.key] += 1
                        if deaths[job.key] < MAX_DEATHS:
                            again.append(job)
                        else:
                            yield JobResult(job, error=f"{lost(MAX_DEATHS)}.")
                        continue
                    yield result
                    worker.job = _next(again, waiting)
                    if worker.job is None:
                        workers.remove(worker)
                        self._end(worker)
                    else:
                        worker.send()
        finally:
            for worker in workers:
                worker.process.terminate()
                self._end(worker)

    def _start(self, job: MixJob) -> _Worker:
        context = get_context("spawn")  # a fork would copy torch's threads half-way
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self.work), daemon=True)
        with _without_interrupts():
            process.start()
        theirs.close()
        assert process.pid is not None
        self.processes.append(process.pid)
        worker = _Worker(process, ours, job)
        worker.send()
        return worker

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

        A worker's death counts against both. A job that Dask sets aside is therefore tried again at the end, alone.
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
        suspects, set_aside = deque[MixJob](), set[str]()
        room, counted = 0, -math.inf
        while True:
            with self._connection():
                if time.monotonic() > counted + COUNT_SECONDS:  # workers come and go
                    room, counted = 2 * max(1, len(client.nthreads())), time.monotonic()
                while len(sent) < room and (job := next(waiting, None)) is not None:
                    self._submit(client, job, sent, ended)
                if not sent and suspects:
                    self._submit(client, suspects.popleft(), sent, ended)
            if not sent:
                return
            try:
                task = ended.get(timeout=COUNT_SECONDS)
            except Empty:
                continue
            job = sent.pop(task.key)
            with self._connection():
                error = task.exception() if task.status == "error" else None
                result = task.result() if error is None else _failed(job, error)
                task.release()
            if _is_killer(error) and job.key not in set_aside:
                set_aside.add(job.key)
                suspects.append(job)
            else:
                yield result

    def _submit(self, client: Any, job: MixJob, sent: dict[object, MixJob], ended: SimpleQueue[Any]) -> None:
        task = client.submit(self.work, job, pure=False)
        sent[task.key] = job
        task.add_done_callback(ended.put)

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
    if _is_killer(error):
        return JobResult(job, error=f"{lost(getattr(error, 'allowed_failures', 0) + 1)}.")
    return JobResult(job, error=f"Unexpected error: {error!r}. Please report it.")


def _is_killer(error: BaseException | None) -> bool:
    """Return whether Dask has set a job aside because its workers ended."""
    from distributed.scheduler import KilledWorker

    return isinstance(error, KilledWorker)


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


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Let Ctrl+C wait. A process that is started meanwhile never sees it, also before _serve() ignores it."""
    if sys.platform == "win32":
        yield
        return
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def lost(deaths: int) -> str:
    """Return why a job was set aside."""
    return f"{deaths} processes ended while they worked at it"


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
