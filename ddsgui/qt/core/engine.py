"""The engine: the threads that own every tensor."""

from __future__ import annotations

import os
import sys
import threading
import time
from enum import Enum
from itertools import count

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from ddsgui.jobs.job import Job, SteppedJob

# Of the engine's threads, relative to the window's, so that the window gets a core whenever it needs one.
NICENESS = 10


class Channel(Enum):
    """A queue for one job: a new job replaces the one that waits or runs in its channel."""

    MACHINE = "machine"
    SAMPLE = "sample"
    RUN = "run"
    QUEUE = "queue"
    LIVE = "live"
    UPSCALING = "upscaling"
    PART_SAMPLE = "part sample"
    PART = "part"
    DOMAIN = "domain"
    DOMAIN_PICTURES = "domain pictures"
    PAINTER = "painter"
    SEEDS = "seeds"
    SEED_WALL = "seed wall"
    LIBRARY_PICTURES = "library pictures"


class Task(QObject):
    """The GUI's handle on a job. Signals arrive in the GUI thread; `ended` is always the last."""

    progressed = Signal(object)  # the newest value the job yielded; older ones may have been skipped
    returned = Signal(object)  # what the job returned
    failed = Signal(str)  # a sentence for the user
    ended = Signal()

    def __init__(self, work: SteppedJob, notify: threading.Condition) -> None:
        super().__init__()
        self._work = work
        self._notify = notify

    @property
    def paused(self) -> bool:
        return self._work.paused

    def pause(self) -> None:
        """Stop after the current step; nothing is lost."""
        self._set(paused=True)

    def resume(self) -> None:
        """Continue after a pause."""
        self._set(paused=False)

    def cancel(self) -> None:
        """End after the current step; the job may still return its result so far."""
        self._set(cancelled=True)

    def drop(self) -> None:
        """Cancel and emit no more signals."""
        self.blockSignals(True)
        self.cancel()

    def deliver(self) -> bool:
        """Emit the news since the last call; return True once the job has ended."""
        outcome = self._work.outcome  # read first, because the value in the box is older
        if (value := self._work.box.take()) is not None:
            self.progressed.emit(value)
        if outcome is None:
            return False
        if outcome.error is not None:
            self.failed.emit(outcome.error)
        elif outcome.value is not None:
            self.returned.emit(outcome.value)
        self.ended.emit()
        return True

    def _set(self, **flags: bool) -> None:
        with self._notify:
            for name, value in flags.items():
                setattr(self._work, name, value)
            self._notify.notify_all()


class Engine(QThread):
    """Steps all jobs in turn, so that a new pair can be drawn between two iterations of a run.

    Each job gets the same time, not the same number of steps: a run has half of the engine's time even while a
    training takes a second per step. A job with a smaller share gets that part of another job's time: with a share
    of 0.1, it waits after a step of a second until the others have had ten. Urgent jobs come first; idle jobs
    are stepped only while nothing else waits, and one with a share while nothing with a full share does. Concurrent
    jobs have a second thread of normal priority, so that they wait neither for an iteration of a run nor for a step of
    a training.
    Between two steps the engine reads plain flags: Qt never calls a queued slot of a thread that stays in a loop.
    """

    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._condition = threading.Condition()
        self._queue: list[SteppedJob] = []
        self._tasks: dict[SteppedJob, Task] = {}  # a QObject must not be deleted in the engine thread
        self._channels: dict[Channel, Task] = {}
        # The next job of a channel inherits the time that the last one used beyond its share.
        self._last: dict[Channel, SteppedJob] = {}
        self._stopping = False
        self._turns = count(1)
        self._used = 0.0  # seconds used by the job that was stepped last
        self._second = threading.Thread(
            target=self._step_jobs, args=(True,), name="concurrent jobs", daemon=True
        )
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def submit(
        self,
        channel: Channel | None,
        job: Job,
        *,
        idle: bool = False,
        share: float = 1.0,
        urgent: bool = False,
        concurrent: bool = False,
    ) -> Task:
        """Queue a job and drop the one before it in its channel; without a channel it is never dropped.

        share: of another job's time, carried over from one job of the channel to the next. urgent: the job's steps
        come before those of all others. concurrent: the job is stepped while others are, and must share nothing
        with them that changes. Connect to the task's signals at once.
        """
        work = SteppedJob(job, idle, share, urgent, concurrent)
        task = self._tasks[work] = Task(work, self._condition)
        if channel is not None:
            if channel in self._channels:
                self._channels[channel].drop()
            if share < 1 and channel in self._last:
                work.used = self._last[channel].used
            self._channels[channel], self._last[channel] = task, work
        with self._condition:
            self._queue.append(work)
            self._condition.notify_all()
        return task

    def shut_down(self, milliseconds: int = 1000) -> bool:
        """Stop after the current step. Return False if that takes longer than `milliseconds`."""
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        return self.wait(milliseconds)

    def run(self) -> None:
        """Step jobs until shut_down(); the body of the thread."""
        self._second.start()  # before this thread's priority is lowered, which a new thread would inherit
        if sys.platform == "linux":
            # Qt cannot set it on Linux. Threads that torch starts from this one inherit it.
            thread = threading.get_native_id()
            niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICENESS
            os.setpriority(os.PRIO_PROCESS, thread, min(19, niceness))
        self._step_jobs(False)
        self._second.join()
        self._queue.clear()

    def _step_jobs(self, concurrent: bool) -> None:
        """Step the jobs that are concurrent, or all others, until shut_down()."""
        while (work := self._next(concurrent)) is not None:
            began = time.perf_counter()
            has_news = work.step()
            work.used += (time.perf_counter() - began) / work.share
            if has_news:
                self._woken.emit()
        for work in self._queue:
            if work.concurrent == concurrent:
                work.abandon()

    def _next(self, concurrent: bool) -> SteppedJob | None:
        """Wait for the next job to step and return it; None when the engine has to stop."""
        with self._condition:
            while not self._stopping:
                self._queue = [work for work in self._queue if work.outcome is None]
                mine = [work for work in self._queue if work.concurrent == concurrent]
                if runnable := [work for work in mine if work.runnable]:
                    for work in mine:
                        if work.runnable and not work.waited:
                            # New and resumed jobs do not catch up on earlier time.
                            work.used = max(work.used, self._used)
                        work.waited = work.runnable
                    work = min(
                        runnable,
                        key=lambda w: (not w.cancelled, not w.urgent, _waits(w, runnable), w.used, w.turn),
                    )
                    work.turn = next(self._turns)
                    if not concurrent:
                        self._used = max(self._used, work.used)
                    return work
                self._condition.wait()
        return None

    @Slot()
    def _deliver(self) -> None:
        for work, task in list(self._tasks.items()):
            if task.deliver():
                del self._tasks[work]
                for channel in [channel for channel, newest in self._channels.items() if newest is task]:
                    del self._channels[channel]


def _waits(work: SteppedJob, runnable: list[SteppedJob]) -> bool:
    """Return whether an idle job has to wait for others: for all, or with a share only for those of a full one."""
    return work.idle and any(not job.idle and 1 in (job.share, work.share) for job in runnable)
