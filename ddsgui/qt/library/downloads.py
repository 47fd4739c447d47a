"""Downloads that are under way: the network in a thread of its own, then the engine puts the file into the library."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

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
from ddsgui.qt.library.task_queue import line
from ddsgui.text import duration_text


@dataclass(frozen=True)
class DownloadState:
    """How far one download is."""

    offer: CatalogueEntry
    progress: DownloadProgress | None = None
    stage: Step | None = None  # what is done with the file, once it is here
    ending: str = ""  # "Pausing" or "Cancelling", until the server has let go

    @property
    def share(self) -> float | None:
        """0 to 1; None where the whole is not known."""
        if self.progress is None or not self.progress.total:
            return None
        return min(1.0, self.progress.received / self.progress.total)

    @property
    def text(self) -> str:
        """One line: "45.0 of 381.7 MB · 3.2 MB/s · about 2 min left"."""
        if self.ending:
            return f"{self.ending}…"
        if self.stage is not None:
            return line(self.stage)
        progress = self.progress
        if progress is None:
            return "Connecting…"
        words = [how_much(progress.received, progress.total)]
        if progress.rate > 0:
            words.append(f"{format_size(round(progress.rate))}/s")
        left = progress.seconds_left
        if left is not None and progress.rate > 0:
            words.append(f"about {duration_text(left)} left")
        return " · ".join(words)


class Downloads(QObject):
    """Pausing lets the connection go and keeps what has come, so that a paused download outlives the program."""

    changed = Signal(str)  # the name of an offer whose download has begun, got on or ended
    ended = Signal()  # one of them is no more, however it went
    arrived = Signal(object)  # Entry
    failed = Signal(str, object, bool)  # a sentence, the CatalogueEntry, whether another file came once

    def __init__(self, library: Library, engine: Engine, courier: IoThreads, parent: QObject) -> None:
        super().__init__(parent)
        self._library, self._engine, self._courier = library, engine, courier
        self._fetches: dict[str, DownloadState] = {}
        self._tasks: dict[str, Task] = {}

    def of(self, name: str) -> DownloadState | None:
        """The download of an offer, if it is under way."""
        return self._fetches.get(name)

    def __len__(self) -> int:
        return len(self._fetches)

    def begin(self, offer: CatalogueEntry, accept_new: bool = False) -> None:
        """Start, or go on; `accept_new`: also if another file came the first time."""
        if offer.name in self._fetches:
            return
        self._fetches[offer.name] = DownloadState(offer)
        job = partial(library.fetch, self._library, offer, accept_new)
        task = self._follow(offer, self._courier.submit(job))
        task.returned.connect(partial(self._put_in, offer))
        self.changed.emit(offer.name)

    def pause(self, name: str) -> None:
        """What has come is kept."""
        self._end(name, "Pausing")

    def cancel(self, name: str) -> None:
        """What has come is deleted."""
        self._end(name, "Cancelling")

    def discard(self, offer: CatalogueEntry) -> None:
        """Delete what has come of a download that is not under way."""
        task = self._courier.submit(partial(library.discard, self._library, offer))
        task.failed.connect(lambda sentence: self.failed.emit(sentence, offer, False))
        task.ended.connect(self.ended)

    # ---- answers

    def _follow(self, offer: CatalogueEntry, task: Task) -> Task:
        self._tasks[offer.name] = task
        task.progressed.connect(partial(self._tell, offer))
        task.failed.connect(partial(self._fail, offer))
        task.ended.connect(partial(self._let_go, offer, task))
        return task

    def _tell(self, offer: CatalogueEntry, value: DownloadProgress | Step) -> None:
        fetch = self._fetches[offer.name]
        self._fetches[offer.name] = (
            replace(fetch, progress=value)
            if isinstance(value, DownloadProgress)
            else replace(fetch, stage=value)
        )
        self.changed.emit(offer.name)

    def _put_in(self, offer: CatalogueEntry, rest: AddSteps) -> None:
        if self._fetches[offer.name].ending:
            rest.close()
            return
        self._tell(offer, Step(f"Adding {offer.file_name}"))
        task = self._follow(offer, self._engine.submit(None, lambda: rest))
        task.returned.connect(self.arrived)

    def _fail(self, offer: CatalogueEntry, sentence: str) -> None:
        task = self._courier.submit(partial(library.has_other_hash, self._library, offer))
        task.returned.connect(partial(self.failed.emit, sentence, offer))

    def _let_go(self, offer: CatalogueEntry, task: Task) -> None:
        if self._tasks[offer.name] is not task:
            return  # the engine has taken over
        fetch = self._fetches[offer.name]
        del self._fetches[offer.name], self._tasks[offer.name]
        self.changed.emit(offer.name)
        if fetch.ending == "Cancelling":
            self.discard(offer)
        else:
            self.ended.emit()

    def _end(self, name: str, how: str) -> None:
        if name in self._fetches:
            self._fetches[name] = replace(self._fetches[name], ending=how)
            self._tasks[name].cancel()
            self.changed.emit(name)


def how_much(received: int, total: int | None) -> str:
    """ "45.0 of 381.7 MB"."""
    if total is None:
        return format_size(received)
    one, unit = format_size(received).split(" ", 1)
    other, whole = format_size(total).split(" ", 1)
    return (
        f"{one} of {other} {whole}" if unit == whole else f"{format_size(received)} of {format_size(total)}"
    )
