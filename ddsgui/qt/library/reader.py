"""Reads the library for the window, and requests missing thumbnails."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ddsgui.jobs import library
from ddsgui.jobs.library import LibrarySnapshot, ThumbnailResult
from ddsgui.library.library import Library
from ddsgui.qt.core.engine import Channel, Engine, Task
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.library.card_model import CardModel

THUMBNAIL_ENGINE_SHARE = 0.2  # next to a run; thumbnails are not urgent


class LibraryReader(QObject):
    """Fills the card model: an I/O thread reads the library, the engine draws."""

    read = Signal()
    failed = Signal(str)

    def __init__(
        self, library: Library, engine: Engine, io_threads: IoThreads, model: CardModel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._library, self._engine, self._io_threads, self._model = library, engine, io_threads, model
        self._snapshot: LibrarySnapshot | None = None
        self._task: Task | None = None
        self._drawing: frozenset[Path] = frozenset()
        self._problem = ""  # reported last

    @property
    def has_read(self) -> bool:
        """True once the library has been read."""
        return self._snapshot is not None

    @property
    def has_mirrors(self) -> bool:
        """True if mirrors may offer files that have no link."""
        return self._snapshot is not None and self._snapshot.has_mirrors

    def refresh(self) -> None:
        """Read the library again; only the newest reading counts."""
        if self._task is not None:
            self._task.drop()
        job = partial(library.read_library, self._library, self._snapshot is None)
        self._task = self._io_threads.submit(job)
        self._task.returned.connect(self._show)
        self._task.failed.connect(self.failed)

    def _show(self, snapshot: LibrarySnapshot) -> None:
        self._task, self._snapshot = None, snapshot
        self._model.set_cards(snapshot.cards)
        self.read.emit()
        if snapshot.problem and snapshot.problem != self._problem:
            self.failed.emit(snapshot.problem)
        self._problem = snapshot.problem
        self._draw_missing()

    def _draw_missing(self) -> None:
        """Let the engine draw the missing thumbnails, unless it is already drawing them."""
        entries = tuple(
            state.card.entry
            for state in self._model.states
            if state.card.entry is not None
            and state.card.broken is None
            and not self._model.has_thumbnail_result(state.card)
        )
        missing = frozenset(entry.path for entry in entries)
        if missing <= self._drawing:
            return
        self._drawing = missing
        job = partial(library.draw_thumbnails, self._library, entries)
        task = self._engine.submit(Channel.LIBRARY_PICTURES, job, share=THUMBNAIL_ENGINE_SHARE)
        task.progressed.connect(self._show_thumbnails)
        task.ended.connect(self._end_drawing)

    def _show_thumbnails(self, results: tuple[ThumbnailResult, ...]) -> None:
        self._model.set_thumbnails(results)

    def _end_drawing(self) -> None:
        self._drawing = frozenset()
