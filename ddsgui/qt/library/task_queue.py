"""What keeps the engine for seconds, a file to add or to verify: one after another, and given up at any time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from ddsgui.jobs.job import Job
from ddsgui.library.progress import Step
from ddsgui.qt.core.engine import Engine, Task


@dataclass(frozen=True, eq=False)
class LibraryTask:
    """One of them."""

    waiting: str  # what is said before its first step, without a full stop
    undone: str  # what is said where it was given up, likewise
    job: Job  # yields Stages
    answer: Callable[[Any], object]  # gets what the job returned


class TaskQueue(QObject):
    """One at a time: two files at once would need twice the memory, and may want the same name.

    Given up, a chore ends after the step that is under way, and leaves nothing.
    """

    changed = Signal()
    failed = Signal(str)
    cancelled = Signal(str)  # a sentence

    def __init__(self, engine: Engine, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._chores: list[LibraryTask] = []  # the first is under way
        self._task: Task | None = None  # of the first
        self._stage: Step | None = None  # what it is doing; None before its first step
        self._ending = False
        self._left = 0  # chores that had not begun when all were given up

    @property
    def busy(self) -> bool:
        return bool(self._chores)

    @property
    def ending(self) -> bool:
        """Given up, but amid a step."""
        return self._ending

    @property
    def text(self) -> str:
        """What is under way, in a line; "" where nothing is."""
        if not self._chores:
            return ""
        if self._ending:
            return "Cancelling…"
        more = len(self._chores) - 1
        words = line(self._stage or Step(self._chores[0].waiting))
        return f"{words}  ·  {more} more wait{'' if more > 1 else 's'}" if more else words

    @property
    def share(self) -> float | None:
        """How much of what is under way is done, 0 to 1; None where that is not known."""
        return None if self._stage is None else self._stage.progress

    def add(self, chore: LibraryTask) -> None:
        """To be done after those that are there."""
        self._chores.append(chore)
        if self._task is None:
            self._begin()
        self.changed.emit()

    def cancel(self) -> None:
        """Give up what is under way and what waits."""
        if self._task is not None and not self._ending:
            self._ending, self._left = True, len(self._chores) - 1
            del self._chores[1:]
            self._task.cancel()
            self.changed.emit()

    def shut_down(self) -> None:
        """As cancel(), and nobody hears of it."""
        self._chores.clear()
        if self._task is not None:
            self._task.drop()

    def _begin(self) -> None:
        chore = self._chores[0]
        task = self._task = self._engine.submit(None, chore.job)
        told: list[object] = []  # how it ended, unless it was given up
        task.progressed.connect(self._show)
        for end in (task.returned, task.failed):
            end.connect(told.append)
        task.ended.connect(partial(self._end, chore, told))
        task.returned.connect(chore.answer)
        task.failed.connect(self.failed)

    def _show(self, stage: Step) -> None:
        self._stage = stage
        self.changed.emit()

    def _end(self, chore: LibraryTask, told: list[object]) -> None:
        left, self._left = self._left, 0
        self._task, self._stage, self._ending = None, None, False
        self._chores.pop(0)
        if self._chores:
            self._begin()
        self.changed.emit()
        if not told:
            more = (
                f", and {left} more that waited {'was' if left == 1 else 'were'} left alone" if left else ""
            )
            self.cancelled.emit(f"Cancelled: {chore.undone}{more}.")
        elif left:
            self.cancelled.emit(f"Cancelled: {left} that waited {'was' if left == 1 else 'were'} left alone.")


def line(stage: Step) -> str:
    """To stand by itself: "Loading ffhq…", "Copying ffhq.pt, 43 %"."""
    return str(stage) if stage.progress is not None else f"{stage}…"
