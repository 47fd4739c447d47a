"""The work of the library window: adding, verifying, removing and downloading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from ddsgui.jobs import library
from ddsgui.jobs.library import NetworkChoice
from ddsgui.library.card import Card
from ddsgui.library.catalogue import CatalogueEntry
from ddsgui.library.library import Entry, Library
from ddsgui.library.trash import RemovedEntry
from ddsgui.library.verification import Verification
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.library.card_model import CardModel
from ddsgui.qt.library.downloads import Downloads
from ddsgui.qt.library.reader import LibraryReader
from ddsgui.qt.library.task_queue import LibraryTask, TaskQueue
from ddsgui.text import listing, plural

MessageButtons = Mapping[str, Callable[[], object]]  # actions by the text of their button
MAX_RESULTS = 12  # titles, or sentences, in one message


class LibraryController(QObject):
    """Works on the library and keeps the card model up to date; knows no widget."""

    changed = Signal()  # a domain or part was added, removed or restored
    added = Signal(str, str)  # the kind and name of a new entry
    message = Signal(str, object)  # a sentence, and MessageButtons or None
    answered = Signal()  # the last message is out of date
    updated = Signal()  # of the properties below

    def __init__(self, library: Library, engine: Engine, io_threads: IoThreads) -> None:
        super().__init__()
        self._library, self._io_threads = library, io_threads
        self._removed: list[RemovedEntry] = []  # the last one is restored first
        self._added: list[str] = []  # titles that the queue has added since it was last idle
        self._sentences: list[str] = []  # its other results, in sentences
        self.model = CardModel(self)
        self.reader = LibraryReader(library, engine, io_threads, self.model, self)
        self.downloads = Downloads(library, engine, io_threads, self)
        self.tasks = TaskQueue(engine, self)
        self.reader.read.connect(self.updated)
        self.reader.failed.connect(self._report)
        self.downloads.changed.connect(self.model.set_download)
        self.downloads.added.connect(self._report_downloaded)
        self.downloads.failed.connect(self._report_failed_download)
        self.downloads.ended.connect(self.refresh)
        self.tasks.changed.connect(self.updated)
        self.tasks.failed.connect(self._report_result)
        self.tasks.cancelled.connect(self._report_result)

    @property
    def can_undo(self) -> bool:
        """True if a removed entry can be restored."""
        return bool(self._removed)

    @property
    def has_mirrors(self) -> bool:
        """True if mirrors may have files without a link."""
        return self.reader.has_mirrors

    def refresh(self) -> None:
        """Read the library again."""
        self.reader.refresh()

    def shut_down(self) -> None:
        """Stop all work, because the program ends; keep paused downloads and delete removed entries."""
        self.tasks.shut_down()
        self._io_threads.shut_down()
        for removed in self._removed:
            removed.discard()
        self._removed.clear()

    # ---- the user's entries

    def add_files(self, paths: Iterable[Path], published: CatalogueEntry | None = None) -> None:
        """Add files; ask whether a single file is the expected download, unless it has that file's name."""
        paths = list(paths)
        awaited = self.model.awaited
        if published is None and awaited is not None and len(paths) == 1:
            published = awaited.card.published
            if published is not None and paths[0].name != published.file_name:
                self.message.emit(
                    f"Is {paths[0].name} the file you downloaded for {published.title}?",
                    {
                        f"Yes, it is {published.title}": partial(self._add, paths, published),
                        "No, add it separately": partial(self._add, paths),
                    },
                )
                return
        self._add(paths, published)

    def verify(self, entry: Entry) -> None:
        """Check that a file is intact and draws."""
        job = partial(library.verify, self._library, entry)
        cancelled = f"{entry.title} was not verified"
        self._forget_results()
        task = LibraryTask(f"Waiting to verify {entry.title}", cancelled, job, self._report_verified)
        self.tasks.add(task)

    def remove(self, entry: Entry) -> None:
        """Remove an entry; undo() restores it."""
        task = self._io_threads.submit(partial(library.remove, self._library, entry))
        task.returned.connect(self._report_removed)
        task.failed.connect(self._report)

    def undo(self) -> None:
        """Restore the entry that was removed last. If that fails, it can be tried again."""
        if self._removed:
            removed = self._removed.pop()
            task = self._io_threads.submit(partial(library.restore, removed))
            task.returned.connect(self._report_restored)
            task.failed.connect(lambda _: self._removed.append(removed))  # before it is reported
            task.failed.connect(self._report)
            self.updated.emit()

    # ---- the catalogue

    def download(self, published: CatalogueEntry, accept_new: bool = False) -> None:
        """Start or resume a download."""
        self.answered.emit()
        self.downloads.begin(published, accept_new)

    def pause(self, published: CatalogueEntry) -> None:
        """Stop a download and keep the received bytes."""
        self.downloads.pause(published.name)

    def cancel(self, published: CatalogueEntry) -> None:
        """Stop a download, if it is running, and delete the received bytes."""
        if self.downloads.is_running(published.name):
            self.downloads.cancel(published.name)
        else:
            self.downloads.discard(published)

    def open_page(self, card: Card) -> None:
        """Open the web page of a card's authors; if only they offer the file, expect it to be dropped."""
        if card.page is None:
            return
        self.open_link(card.page)
        if card.entry is None and card.published is not None and not card.published.direct:
            self.model.set_awaited(card.name)

    def open_link(self, link: str) -> None:
        """Open a web page in the browser."""
        if not QDesktopServices.openUrl(QUrl(link)):
            self._report(f"No browser could be opened. The page is {link}")

    # ---- results

    def _add(self, paths: list[Path], published: CatalogueEntry | None = None, network: str = "") -> None:
        self.answered.emit()
        self._forget_results()
        for path in paths:
            job = partial(library.add, self._library, path, published, network)
            cancelled = f"{path.name} was not added"
            answer = partial(self._report_added, published)
            self.tasks.add(LibraryTask(f"Waiting to add {path.name}", cancelled, job, answer))

    def _report(self, sentence: str, buttons: MessageButtons | None = None) -> None:
        self.message.emit(sentence, buttons)
        self.updated.emit()

    def _report_added(self, published: CatalogueEntry | None, entry: Entry | NetworkChoice) -> None:
        if isinstance(entry, NetworkChoice):
            self._sentences.append(entry.sentence)
            choices = {name: partial(self._add, [entry.path], published, name) for name in entry.networks}
            self._report(results_message(self._added, self._sentences), choices)
            return
        self._added.append(entry.title)
        self._show_added(entry, results_message(self._added, self._sentences))

    def _report_downloaded(self, entry: Entry) -> None:
        self._show_added(entry, results_message([entry.title], []))

    def _report_result(self, sentence: str) -> None:
        self._sentences.append(sentence)
        self._report(results_message(self._added, self._sentences))

    def _forget_results(self) -> None:
        """Start a new message, unless the queue is still working on the results of the last one."""
        if not self.tasks.is_busy:
            self._added.clear()
            self._sentences.clear()

    def _show_added(self, entry: Entry, sentence: str) -> None:
        awaited = self.model.awaited
        if awaited is not None and awaited.card.name == entry.name:
            self.model.set_awaited(None)
        self.added.emit(entry.kind, entry.name)
        self._report(sentence)
        self._report_change()

    def _report_verified(self, verification: Verification) -> None:
        title = verification.entry.title
        problem = verification.text.removeprefix(f"{verification.entry.name}: ")
        self._report_result(f"{title} is intact." if verification.ok else f"{title} is damaged: {problem}")
        self.refresh()

    def _report_removed(self, removed: RemovedEntry) -> None:
        self._removed.append(removed)
        sentence = f"{removed.entry.title} removed."
        if removed.dependents:
            sentence += f" Domains adapted from it still work: {', '.join(removed.dependents)}."
        self._report(sentence, {"Undo": self.undo})
        self._report_change()

    def _report_restored(self, entry: Entry) -> None:
        self._report(f"{entry.title} restored.")
        self._report_change()

    def _report_failed_download(self, sentence: str, published: CatalogueEntry, can_accept: bool) -> None:
        buttons: dict[str, Callable[[], object]] = {"Try again": partial(self.download, published)}
        if can_accept:
            buttons["Accept the new version"] = partial(self.download, published, accept_new=True)
        self._report(sentence, buttons)

    def _report_change(self) -> None:
        self.refresh()
        self.changed.emit()


def results_message(added: list[str], sentences: list[str]) -> str:
    """Return one message about the titles that were added and the sentences about everything else."""
    message = ""
    if len(added) > MAX_RESULTS:
        message = f"{len(added)} files added to the library."
    elif added:
        message = f"{listing(added)} added to the library."
    more = len(sentences) - MAX_RESULTS
    rest = f"{plural(more, 'more result')}." if more > 0 else ""
    return " ".join(filter(None, (message, *sentences[:MAX_RESULTS], rest)))
