"""Does what a command of the library's page asks, and says how it went."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from ddsgui.jobs import library
from ddsgui.library.catalogue import CatalogueEntry
from ddsgui.library.library import Entry, Library
from ddsgui.library.trash import RemovedEntry
from ddsgui.library.verification import Verification
from ddsgui.qt.library.task_queue import LibraryTask

if TYPE_CHECKING:
    from ddsgui.qt.library.dialog import LibraryDialog

MessageButtons = dict[str, Callable[[], object]]  # what is to be done about it, by the words on a button


class LibraryController(QObject):
    """Works on the chosen card of a page, or on a file that comes in."""

    changed = Signal()  # another domain or part is there, or one is gone
    told = Signal(str, object)  # a sentence, and Choices

    def __init__(self, page: LibraryDialog, library: Library) -> None:
        """To be made once the page has all that is worked with."""
        super().__init__(page)
        self._page, self._library = page, library
        page.downloads.arrived.connect(self._tell_added)
        page.downloads.failed.connect(self._tell_failed_download)
        page.chores.failed.connect(self._tell)
        page.chores.cancelled.connect(self._tell)
        page.bin.taken_out.connect(self._tell_removed)
        page.bin.put_back.connect(self._tell_back)
        page.bin.failed.connect(self._tell)

    @property
    def offer(self) -> CatalogueEntry | None:
        """What of the catalogue the chosen card is about."""
        shown = self._page.current
        return None if shown is None else shown.card.published

    # ---- what is here

    def add(self, path: Path, offer: CatalogueEntry | None) -> None:
        """Put a file into the library."""
        job = partial(library.add, self._library, path, offer)
        undone = f"{path.name} was not added"
        self._page.chores.add(LibraryTask(f"Waiting to add {path.name}", undone, job, self._tell_added))

    def verify(self) -> None:
        """Whether the chosen file is whole and draws."""
        if (entry := self._entry()) is not None:
            job = partial(library.verify, self._library, entry)
            undone = f"{entry.title} was not verified"
            chore = LibraryTask(f"Waiting to verify {entry.title}", undone, job, self._tell_verified)
            self._page.chores.add(chore)

    def remove(self) -> None:
        """Take the chosen file out; it can be put back."""
        if (entry := self._entry()) is not None:
            self._page.bin.take_out(entry)

    # ---- what can be had

    def download(self) -> None:
        """Fetch the chosen offer, or go on fetching it."""
        if (offer := self.offer) is not None:
            self._page.message.hide()
            self._page.downloads.begin(offer)

    def pause(self) -> None:
        """What is there of the chosen offer stays."""
        if (offer := self.offer) is not None:
            self._page.downloads.pause(offer.name)

    def cancel(self) -> None:
        """What is there of the chosen offer goes."""
        if (offer := self.offer) is None:
            return
        if self._page.downloads.of(offer.name) is not None:
            self._page.downloads.cancel(offer.name)
        else:
            self._page.downloads.discard(offer)

    def open_page(self) -> None:
        """Of the card's authors; a file that only they hand out is waited for from now on."""
        shown = self._page.current
        if shown is None or shown.card.page is None:
            return
        if not QDesktopServices.openUrl(QUrl(shown.card.page)):
            self._tell(f"No browser could be opened; the page is {shown.card.page}")
        if shown.card.entry is None and shown.card.published is not None and not shown.card.published.direct:
            self._page.stock.awaited = shown.card.name
            self._page.rack.update()

    # ---- answers

    def _tell(self, sentence: str, choices: MessageButtons | None = None) -> None:
        self.told.emit(sentence, choices)

    def _tell_added(self, entry: Entry) -> None:
        page = self._page
        if page.stock.awaited is not None and entry.name == page.stock.awaited:
            page.stock.awaited = None
        page.rack.seek(entry.kind, entry.name)
        self._tell(f"The {entry.kind} {entry.title} is in the library.")
        self._follow()

    def _tell_verified(self, verification: Verification) -> None:
        title = verification.entry.title
        found = verification.text.removeprefix(f"{verification.entry.name}: ")
        self._tell(f"{title} is well: {found}" if verification.ok else f"{title} is not well: {found}")
        self._page.stock.look()

    def _tell_removed(self, removed: RemovedEntry) -> None:
        sentence = f"{removed.entry.title} is removed."
        if removed.dependents:
            verb = "was" if len(removed.dependents) == 1 else "were"
            sentence += f" {', '.join(removed.dependents)}, which {verb} made of it, can still be used."
        self._tell(sentence, {"Undo": self._page.bin.undo})
        self._follow()

    def _tell_back(self, entry: Entry) -> None:
        self._tell(f"{entry.title} is back.")
        self._follow()

    def _tell_failed_download(self, sentence: str, offer: CatalogueEntry, another: bool) -> None:
        begin = self._page.downloads.begin
        choices: MessageButtons = {"Try again": partial(begin, offer)}
        if another:
            choices["Take it as it is now"] = partial(begin, offer, accept_new=True)
        self._tell(sentence, choices)

    def _follow(self) -> None:
        """The library is another than before."""
        self._page.stock.look()
        self.changed.emit()

    def _entry(self) -> Entry | None:
        shown = self._page.current
        return None if shown is None else shown.card.entry
