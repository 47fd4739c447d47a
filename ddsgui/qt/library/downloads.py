"""Running downloads: an I/O thread receives the file, then the engine adds it to the library."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, Signal

from ddsgui.download.resumable import DownloadProgress
from ddsgui.jobs import library
from ddsgui.jobs.library import AddSteps
from ddsgui.library.card import format_size
from ddsgui.library.catalogue import CatalogueEntry
from ddsgui.library.library import Library
from ddsgui.library.progress import Step
from ddsgui.qt.core.engine import Engine, Task
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.text import duration_text

Ending = Literal["", "Pausing", "Cancelling"]


@dataclass(frozen=True)
class DownloadState:
    """The state of one download."""

    published: CatalogueEntry
    received: DownloadProgress | None = None
    step: Step | None = None  # of adding the file, once it is complete
    ending: Ending = ""  # while the connection is being closed

    @property
    def progress(self) -> float | None:
        """The progress, 0 to 1; None if the size is unknown."""
        if self.received is None or not self.received.total:
            return None
        return min(1.0, self.received.received / self.received.total)

    @property
    def text(self) -> str:
        """One line: "45.0 of 381.7 MB · 3.2 MB/s · about 2 min left"."""
        if self.ending:
            return f"{self.ending}…"
        if self.step is not None:
            return self.step.line
        received = self.received
        if received is None:
            return "Connecting…"
        words = [received_text(received.received, received.total)]
        if received.rate > 0:
            words.append(f"{format_size(round(received.rate))}/s")
        seconds = received.seconds_left
        if seconds is not None and received.rate > 0:
            words.append(f"about {duration_text(seconds)} left")
        return " · ".join(words)


class Downloads(QObject):
    """Downloads by name. Pausing closes the connection and keeps the received bytes, even beyond the program's end."""

    changed = Signal(str, object)  # a name, and its DownloadState; None once the download has ended
    ended = Signal()  # a download has ended in any way
    added = Signal(object)  # Entry
    failed = Signal(
        str, object, bool
    )  # a sentence, the CatalogueEntry, whether a new version can be accepted

    def __init__(self, library: Library, engine: Engine, io_threads: IoThreads, parent: QObject) -> None:
        super().__init__(parent)
        self._library, self._engine, self._io_threads = library, engine, io_threads
        self._states: dict[str, DownloadState] = {}
        self._tasks: dict[str, Task] = {}

    def is_running(self, name: str) -> bool:
        """Return whether the download of this name is running."""
        return name in self._states

    def __len__(self) -> int:
        return len(self._states)

    def begin(self, published: CatalogueEntry, accept_new: bool = False) -> None:
        """Start or resume a download. accept_new: even if the file differs from the one downloaded first."""
        if published.name in self._states:
            return
        self._states[published.name] = DownloadState(published)
        job = partial(library.fetch, self._library, published, accept_new)
        task = self._follow(published, self._io_threads.submit(job))
        task.returned.connect(partial(self._add, published))
        self._notify(published.name)

    def pause(self, name: str) -> None:
        """Stop a download and keep the received bytes."""
        self._end(name, "Pausing")

    def cancel(self, name: str) -> None:
        """Stop a download and delete the received bytes."""
        self._end(name, "Cancelling")

    def discard(self, published: CatalogueEntry) -> None:
        """Delete the received bytes of a download that is not running."""
        task = self._io_threads.submit(partial(library.discard, self._library, published))
        task.failed.connect(lambda sentence: self.failed.emit(sentence, published, False))
        task.ended.connect(self.ended)

    def _follow(self, published: CatalogueEntry, task: Task) -> Task:
        self._tasks[published.name] = task
        task.progressed.connect(partial(self._progress, published))
        task.failed.connect(partial(self._fail, published))
        task.ended.connect(partial(self._finish, published, task))
        return task

    def _progress(self, published: CatalogueEntry, value: DownloadProgress | Step) -> None:
        is_step = isinstance(value, Step)
        state = self._states[published.name]
        self._states[published.name] = (
            replace(state, step=value) if is_step else replace(state, received=value)
        )
        self._notify(published.name)

    def _add(self, published: CatalogueEntry, steps: AddSteps) -> None:
        if self._states[published.name].ending:
            steps.close()
            return
        self._progress(published, Step(f"Adding {published.file_name}"))
        task = self._follow(published, self._engine.submit(None, lambda: steps))
        task.returned.connect(self.added)

    def _fail(self, published: CatalogueEntry, sentence: str) -> None:
        task = self._io_threads.submit(partial(library.has_other_hash, self._library, published))
        task.returned.connect(partial(self.failed.emit, sentence, published))

    def _finish(self, published: CatalogueEntry, task: Task) -> None:
        if self._tasks[published.name] is not task:
            return  # the engine adds it now
        state = self._states.pop(published.name)
        del self._tasks[published.name]
        self._notify(published.name)
        if state.ending == "Cancelling":
            self.discard(published)
        else:
            self.ended.emit()

    def _end(self, name: str, ending: Ending) -> None:
        if name in self._states:
            self._states[name] = replace(self._states[name], ending=ending)
            self._tasks[name].cancel()
            self._notify(name)

    def _notify(self, name: str) -> None:
        self.changed.emit(name, self._states.get(name))


def received_text(received: int, total: int | None) -> str:
    """Return received and total bytes as "45.0 of 381.7 MB"."""
    if total is None:
        return format_size(received)
    amount, unit = format_size(received).split(" ", 1)
    whole, whole_unit = format_size(total).split(" ", 1)
    return (
        f"{amount} of {whole} {unit}"
        if unit == whole_unit
        else f"{format_size(received)} of {format_size(total)}"
    )
