"""Errands that wait for a disk or the network, each in a thread of its own, so that neither window nor engine waits."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from PySide6.QtCore import QObject, Qt, Signal, Slot

from ddsgui.jobs.job import Job, Work
from ddsgui.qt.core.engine import Task


class Courier(QObject):
    """Runs jobs that make no tensors. A job that waits for a server is heard of again once the server has answered.

    The threads are daemons: one that hangs on a dead connection does not keep the program from ending.
    """

    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._errands: dict[Work, tuple[Task, threading.Thread]] = {}
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def send(self, job: Job) -> Task:
        """Start a job. Connect to the task's signals at once."""
        work = Work(job, idle=False)
        task = Task(work, threading.Condition())
        thread = threading.Thread(target=self._run, args=(work,), name="errand", daemon=True)
        self._errands[work] = task, thread
        thread.start()
        return task

    def shut_down(self, milliseconds: int = 500) -> bool:
        """Cancel all errands; False if one is still waiting for an answer after that time."""
        end = time.monotonic() + milliseconds / 1000
        for task, _ in self._errands.values():
            task.drop()
        for _, thread in self._errands.values():
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for _, thread in self._errands.values())

    def _run(self, work: Work) -> None:
        """The errand's thread."""
        while work.outcome is None:
            if work.step():
                with suppress(RuntimeError):  # the window is gone by now
                    self._woken.emit()

    @Slot()
    def _deliver(self) -> None:
        for work, (task, _) in list(self._errands.items()):
            if task.deliver():
                del self._errands[work]
