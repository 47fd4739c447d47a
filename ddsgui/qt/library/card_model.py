"""What the library's page shows, kept up with the disk and with what is under way."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from ddsgui.jobs import library
from ddsgui.jobs.library import LibrarySnapshot, ThumbnailResult
from ddsgui.library.card import Card
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel, Task
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.library.card_delegate import CardState
from ddsgui.qt.library.downloads import Downloads

SHARE = 0.2  # of the engine's time beside a run; pictures of cards are in no hurry


class CardModel(QObject):
    """Reads the library in a thread of its own, and has the engine draw what has no picture yet."""

    changed = Signal()
    failed = Signal(str)

    def __init__(
        self, studio: MixController, courier: IoThreads, downloads: Downloads, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._studio, self._courier, self._downloads = studio, courier, downloads
        self._stock: LibrarySnapshot | None = None
        self._drawn: dict[Path, ThumbnailResult] = {}
        self._drawing: frozenset[Path] = frozenset()
        self._task: Task | None = None
        self._trouble = ""  # what was said of the folder's settings
        self.awaited: str | None = None  # the offer whose web page was opened last
        downloads.changed.connect(lambda _: self.changed.emit())

    @property
    def known(self) -> bool:
        """Whether the library has been read."""
        return self._stock is not None

    @property
    def mirrored(self) -> bool:
        return self._stock is not None and self._stock.has_mirrors

    @property
    def shown(self) -> list[CardState]:
        """All cards as they are now."""
        return [] if self._stock is None else [self._show(card) for card in self._stock.cards]

    def look(self) -> None:
        """Read all anew; the newest look counts."""
        if self._task is not None:
            self._task.drop()
        job = partial(library.read_library, self._studio.library, self._stock is None)
        self._task = self._courier.submit(job)
        self._task.returned.connect(self._take)
        self._task.failed.connect(self.failed)

    def _show(self, card: Card) -> CardState:
        undrawn = ""
        if card.entry is not None and (drawn := self._drawn.get(card.entry.path)) is not None:
            if card.thumbnail is None:
                card = replace(card, thumbnail=drawn.thumbnail)
            undrawn = "" if drawn.thumbnail is not None else drawn.problem
        there = card.entry is not None
        fetch = None if there else self._downloads.of(card.name)
        return CardState(card, fetch, not there and card.name == self.awaited, undrawn)

    def _take(self, stock: LibrarySnapshot) -> None:
        self._task = None
        self._stock = stock
        # What could be drawn is on its card by now; what could not is not tried again.
        self._drawn = {path: drawn for path, drawn in self._drawn.items() if drawn.thumbnail is None}
        self.changed.emit()
        if stock.problem and stock.problem != self._trouble:
            self.failed.emit(stock.problem)
        self._trouble = stock.problem
        self._draw()

    def _draw(self) -> None:
        """Ask for the pictures that are missing, unless they are being drawn."""
        assert self._stock is not None
        missing = tuple(
            card.entry
            for card in self._stock.cards
            if card.entry is not None
            and card.thumbnail is None
            and card.broken is None
            and card.entry.path not in self._drawn
        )
        wanted = frozenset(entry.path for entry in missing)
        if wanted <= self._drawing:
            return
        self._drawing = wanted
        job = partial(library.draw_thumbnails, self._studio.library, missing)
        task = self._studio.engine.submit(Channel.LIBRARY_PICTURES, job, share=SHARE)
        task.progressed.connect(self._take_drawn)
        task.ended.connect(self._end_drawing)

    def _take_drawn(self, drawn: tuple[ThumbnailResult, ...]) -> None:
        self._drawn.update((one.entry.path, one) for one in drawn)
        self.changed.emit()

    def _end_drawing(self) -> None:
        self._drawing = frozenset()
