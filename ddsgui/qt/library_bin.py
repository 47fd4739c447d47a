"""What was removed from the library while its page lives, to be put back or thrown away."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from ddsgui.jobs import library
from ddsgui.library.library import Entry, Library
from ddsgui.library.trash import RemovedEntry
from ddsgui.qt.core.io_threads import IoThreads


class Trash(QObject):
    """The last thing that was taken out is the first to come back."""

    taken_out = Signal(object)  # RemovedEntry
    put_back = Signal(object)  # Entry
    failed = Signal(str)

    def __init__(self, library: Library, courier: IoThreads, parent: QObject) -> None:
        super().__init__(parent)
        self._library, self._courier = library, courier
        self._removed: list[RemovedEntry] = []

    def __len__(self) -> int:
        return len(self._removed)

    def take_out(self, entry: Entry) -> None:
        """Out of the library, to be put back until the bin is emptied."""
        task = self._courier.submit(partial(library.remove, self._library, entry))
        task.returned.connect(self._keep)
        task.failed.connect(self.failed)

    def undo(self) -> None:
        """Put back what was taken out last; what cannot be put back yet stays, for another try."""
        if self._removed:
            removed = self._removed.pop()
            task = self._courier.submit(partial(library.restore, removed))
            task.returned.connect(self.put_back)
            task.failed.connect(lambda _: self._removed.append(removed))  # before anyone hears of it
            task.failed.connect(self.failed)

    def empty(self) -> None:
        """All of it is gone for good."""
        for removed in self._removed:
            removed.discard()
        self._removed.clear()

    def _keep(self, removed: RemovedEntry) -> None:
        self._removed.append(removed)
        self.taken_out.emit(removed)
