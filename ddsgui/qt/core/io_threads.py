"""Jobs that wait for a disk or the network, each in its own thread, so that neither window nor engine waits."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from PySide6.QtCore import QObject, Qt, Signal, Slot

from ddsgui.jobs.job import Job, SteppedJob
from ddsgui.qt.core.engine import Task


class IoThreads(QObject):
    """Runs jobs that create no tensors. A job that waits for a server reports again once the server has answered.

    The threads are daemons: one that hangs on a dead connection does not keep the program from ending.
    """

    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: dict[SteppedJob, tuple[Task, threading.Thread]] = {}
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def submit(self, job: Job) -> Task:
        """Start a job. Connect to the task's signals at once."""
        work = SteppedJob(job, idle=False)
        task = Task(work, threading.Condition())
        thread = threading.Thread(target=self._run, args=(work,), name="io", daemon=True)
        self._tasks[work] = task, thread
        thread.start()
        return task

    def shut_down(self, milliseconds: int = 500) -> bool:
        """Cancel all jobs. Return False if one is still waiting for an answer after `milliseconds`."""
        end = time.monotonic() + milliseconds / 1000
        for task, _ in self._tasks.values():
            task.drop()
        for _, thread in self._tasks.values():
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for _, thread in self._tasks.values())

    def _run(self, work: SteppedJob) -> None:
        """Run a job; the body of its thread."""
        while work.outcome is None:
            if work.step():
                with suppress(RuntimeError):  # the window is gone by now
                    self._woken.emit()

    @Slot()
    def _deliver(self) -> None:
        for work, (task, _) in list(self._tasks.items()):
            if task.deliver():
                del self._tasks[work]
