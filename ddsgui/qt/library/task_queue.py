"""The queue of tasks that take the engine seconds: adding and verifying files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from ddsgui.jobs.job import Job
from ddsgui.library.progress import Step
from ddsgui.qt.core.engine import Engine, Task
from ddsgui.text import plural


@dataclass(frozen=True, eq=False)
class LibraryTask:
    """One file to be added or verified."""

    waiting: str  # shown before its first step, without a full stop
    cancelled: str  # reported if it is cancelled, without a full stop
    job: Job  # yields Steps
    on_result: Callable[[Any], object]  # called with the job's result


class TaskQueue(QObject):
    """Runs one task at a time, because two files at once would need twice the memory and could have the same name.

    A cancelled task ends after its current step and leaves nothing behind.
    """

    changed = Signal()
    failed = Signal(str)
    cancelled = Signal(str)  # a sentence

    def __init__(self, engine: Engine, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._queue: list[LibraryTask] = []  # the first is running
        self._task: Task | None = None  # of the first
        self._step: Step | None = None  # of the first; None before its first step
        self._is_cancelling = False
        self._skipped = 0  # tasks that had not started when all were cancelled

    @property
    def is_busy(self) -> bool:
        """True if a task is running."""
        return bool(self._queue)

    @property
    def is_cancelling(self) -> bool:
        """True if the running task is cancelled but still in a step."""
        return self._is_cancelling

    @property
    def text(self) -> str:
        """The running step in a line; "" if there is none."""
        if not self._queue:
            return ""
        if self._is_cancelling:
            return "Cancelling…"
        line = (self._step or Step(self._queue[0].waiting)).line
        waiting = len(self._queue) - 1
        return f"{line}  ·  {waiting:,} more queued" if waiting else line

    @property
    def progress(self) -> float | None:
        """The progress of the running step, 0 to 1; None if unknown."""
        return None if self._step is None else self._step.progress

    def add(self, task: LibraryTask) -> None:
        """Queue a task."""
        self._queue.append(task)
        if self._task is None:
            self._begin()
        self.changed.emit()

    def cancel(self) -> None:
        """Cancel the running task and all queued ones."""
        if self._task is not None and not self._is_cancelling:
            self._is_cancelling, self._skipped = True, len(self._queue) - 1
            del self._queue[1:]
            self._task.cancel()
            self.changed.emit()

    def shut_down(self) -> None:
        """Cancel all tasks without reporting it."""
        self._queue.clear()
        if self._task is not None:
            self._task.drop()

    def _begin(self) -> None:
        library_task = self._queue[0]
        task = self._task = self._engine.submit(None, library_task.job)
        results: list[object] = []  # the result or the error; empty if it is cancelled
        task.progressed.connect(self._show)
        for end in (task.returned, task.failed):
            end.connect(results.append)
        task.ended.connect(partial(self._end, library_task, results))
        task.returned.connect(library_task.on_result)
        task.failed.connect(self.failed)

    def _show(self, step: Step) -> None:
        self._step = step
        self.changed.emit()

    def _end(self, task: LibraryTask, results: list[object]) -> None:
        skipped, self._skipped = self._skipped, 0
        self._task, self._step, self._is_cancelling = None, None, False
        self._queue.pop(0)
        if self._queue:
            self._begin()
        self.changed.emit()
        was = "was" if skipped == 1 else "were"
        rest = f"{plural(skipped, 'queued task')} {was} skipped"
        if not results:
            self.cancelled.emit(f"Cancelled: {task.cancelled}{f', and {rest}' if skipped else ''}.")
        elif skipped:
            self.cancelled.emit(f"Cancelled: {rest}.")
