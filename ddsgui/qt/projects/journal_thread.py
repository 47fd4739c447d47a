"""The thread that writes a window's work into its journal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject, Qt, Signal, Slot

from ddsgui.errors import DdsError
from ddsgui.project.journal_folder import OpenJournal
from ddsgui.project.recorder import Recorded, Recorder, Snapshot

NO_JOURNAL = "The journal cannot be written."

log = logging.getLogger(__name__)


class JournalThread(QObject):
    """Records the newest snapshot; one that is not recorded in time is replaced.

    The journal is opened in the thread and closed at its end. The thread is a daemon: a disk that hangs does not keep
    the program from ending.
    """

    recorded = Signal(object)  # Recorded; emitted in the GUI thread
    _woken = Signal()

    def __init__(
        self,
        open_journal: Callable[[], OpenJournal | None],
        problem: str = "",
        earlier: JournalThread | None = None,
        parent: QObject | None = None,
    ) -> None:
        """`open_journal` returns None, or raises DdsError, if there is no journal; `problem` then says why.

        earlier: the thread that this one replaces; it has to run until the first snapshot is recorded.
        """
        super().__init__(parent)
        self._open, self._problem = open_journal, problem
        self._earlier = earlier
        self._recorder: Recorder | None = None
        self._condition = threading.Condition()
        self._waiting: Snapshot | None = None
        self._stopping = self._removing = False
        self._last: Recorded | None = None
        self._outcomes: list[Recorded] = []  # that the GUI thread has not received
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def put(self, snapshot: Snapshot) -> None:
        """Record a snapshot soon."""
        with self._condition:
            self._waiting = snapshot
            self._condition.notify()

    def flush(self, snapshot: Snapshot, seconds: float) -> str | None:
        """Record a snapshot and wait for it. Return why it is not on the disk; None if it is."""
        self.put(snapshot)
        with self._condition:
            is_done = self._condition.wait_for(lambda: self._is_recorded(snapshot.change), seconds)
            return (self._last.error if self._last is not None else None) if is_done else NO_JOURNAL

    def finish(self, remove: bool = False) -> None:
        """Record the last snapshot, then close the journal, or remove it; emit no more signals."""
        self.blockSignals(True)
        with self._condition:
            self._stopping, self._removing = True, remove
            self._condition.notify()

    def wait(self, seconds: float) -> bool:
        """Wait until the journal is closed; return False if that takes too long."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @Slot()
    def _deliver(self) -> None:
        with self._condition:
            outcomes, self._outcomes = self._outcomes, []
        for recorded in outcomes:
            self.recorded.emit(recorded)

    def _is_recorded(self, change: int) -> bool:
        return self._last is not None and self._last.change >= change

    def _run(self) -> None:
        """Record snapshots until finish(); the body of the thread."""
        try:
            opened, problem = self._open(), self._problem
        except DdsError as error:
            opened, problem = None, str(error)
        earlier = None if self._earlier is None else self._earlier._recorder
        recorder = Recorder(None if opened is None else opened.journal, problem or NO_JOURNAL, earlier)
        self._recorder, self._earlier = recorder, None
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._waiting is not None or self._stopping)
                snapshot, self._waiting = self._waiting, None
                if self._removing or snapshot is None:
                    break
            recorded = self._record(recorder, snapshot)
            with self._condition:
                self._last = recorded
                self._outcomes.append(recorded)
                self._condition.notify_all()
            with suppress(RuntimeError):  # the window is gone by now
                self._woken.emit()
        if opened is not None:
            opened.remove() if self._removing else opened.close()

    def _record(self, recorder: Recorder, snapshot: Snapshot) -> Recorded:
        try:
            return recorder.record(snapshot)
        except Exception as error:  # the thread has to record the next one
            log.exception("recording failed")
            return Recorded(snapshot.change, error=f"Unexpected error: {error!r}. Please report it.")
