"""The recording of a window's work in a journal, a moment after every change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from ddsgui.project.journal_folder import OpenJournal, journal_path, open_journal
from ddsgui.project.project import Project
from ddsgui.project.recorder import Recorded, RunRecord, Snapshot
from ddsgui.project.run import Run
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.projects.journal_thread import JournalThread
from ddsgui.qt.projects.run_tracker import RunTracker

RECORD_MS = 400  # from a change to its snapshot
CLOSE_SECONDS = 10.0  # for the last snapshot when the window closes


@dataclass
class ProjectPlace:
    """The project in the window, and its file."""

    project: Project
    path: Path | None = None  # None of a project without a file
    base_next: int = 1  # the next number in the file


class Recording(QObject):
    """Takes snapshots of the window and hands them to the journal's thread, one at a time.

    The runs that have ended come back encoded, and are then part of the project.
    """

    changed = Signal()  # whether the file lacks something
    runs_changed = Signal()
    failed = Signal(str)  # a sentence for the user

    def __init__(
        self,
        controller: MixController,
        threads: IoThreads,
        live_run: Callable[[], Run | None],
        parent: QObject,
    ) -> None:
        """`live_run`: see RunTracker."""
        super().__init__(parent)
        self._controller = controller
        self.tracker = RunTracker(controller, threads, live_run, self)
        self.place = ProjectPlace(Project())
        self.edits = 0  # of everything that the file should have
        self.saved_edits = 0
        self.change = self.recorded_change = 0
        self.finishing: list[JournalThread] = []  # of earlier projects
        self._problem: str | None = None  # why the journal is not written
        self._is_waiting = False  # for the thread to record a snapshot
        self._pending: Callable[[], object] | None = None  # a save that waits for the newest run
        self._journal: JournalThread | None = None
        self._replaced: JournalThread | None = None  # by that one
        self._timer = QTimer(self, singleShot=True, interval=RECORD_MS)
        self._timer.timeout.connect(self._record)
        self.tracker.changed.connect(self.touch)

    @property
    def is_on(self) -> bool:
        """True while changes are recorded."""
        return self._journal is not None

    @property
    def has_edits(self) -> bool:
        """True if the artist has done something that the file lacks."""
        return self.edits != self.saved_edits

    @property
    def is_modified(self) -> bool:
        """True if the file lacks something, or if nothing is recorded."""
        return self.has_edits or self._problem is not None

    @property
    def is_recorded(self) -> bool:
        """True if the newest change is recorded, or could not be."""
        return self.recorded_change >= self.change

    def touch(self, edited: bool = True) -> None:
        """Record the window soon; `edited`: the file lacks something from now on."""
        if self._journal is None:
            return
        self.change += 1
        was_modified = self.is_modified
        self.edits += edited
        if not self._is_waiting and not self._timer.isActive():
            self._timer.start()
        if was_modified != self.is_modified:
            self.changed.emit()

    def begin(self, open_it: Callable[[], OpenJournal | None] | None = None, problem: str = "") -> None:
        """Start to record, in a new journal or in one that is open; `problem`: why there is none."""
        open_it = open_it or partial(open_journal, journal_path(None))
        self._journal = JournalThread(open_it, problem, self._replaced, self)
        self._journal.recorded.connect(self._take)
        self._is_waiting, self._problem = False, None
        self.changed.emit()
        self.touch(edited=False)

    def move(self, open_it: Callable[[], OpenJournal | None], problem: str) -> None:
        """Continue in the journal of another file. The present one is removed once the other has a snapshot."""
        self._drop_replaced()
        self._replaced, self._journal = self._journal, None
        if self._replaced is not None:
            self._replaced.blockSignals(True)
        self.begin(open_it, problem)
        self._record()

    def leave(self, remove: bool = False) -> None:
        """Stop to record the project. What is empty, or is to be removed, leaves no journal."""
        if self._journal is None:
            return
        self._drop_replaced()
        if remove or (self.place.path is None and not self.has_edits and not self.place.project.runs):
            self._journal.finish(remove=True)
        else:
            self.change += 1
            self._journal.put(self.snapshot(closed=True))
            self._journal.finish()
        self.finishing = [*(thread for thread in self.finishing if not thread.wait(0)), self._journal]
        self._journal = None
        self.tracker.forget()

    def flush(self) -> str | None:
        """Record everything for the next start; return why that failed."""
        if self._journal is None:
            return None
        self.change += 1
        problem = self._journal.flush(self.snapshot(closed=True), CLOSE_SECONDS)
        if problem is None or not self.has_edits:
            return None
        self._note(problem)
        return problem

    def shut_down(self) -> None:
        """End the thread, whatever is not recorded."""
        self._timer.stop()
        self._drop_replaced()
        if self._journal is not None:
            self._journal.finish()
            self.finishing.append(self._journal)
            self._journal = None
        for thread in self.finishing:
            thread.wait(CLOSE_SECONDS)

    def add_run(self, record: RunRecord) -> int:
        """Take a run that has ended elsewhere into the project; return its number."""
        self.tracker.add(record)
        self.number_runs()
        self.touch()
        assert record.run.number is not None
        return record.run.number

    def number_runs(self) -> None:
        """Give each run that has a picture its number now, not only when it is recorded."""
        self.place.project = self.tracker.number(self.place.project)

    def snapshot(self, closed: bool = False) -> Snapshot:
        """Return everything in the window at this moment. closed: for the next start."""
        place = self.place
        self.number_runs()
        run = self._controller.run
        return Snapshot(
            place.project,
            self._controller.session.state(),
            None if run is None else run.number,
            self.tracker.models,
            self.tracker.records(is_last=closed),
            place.path,
            place.base_next,
            self.has_edits,
            closed,
            self.change,
        )

    def waits_for_runs(self, act: Callable[[], object]) -> bool:
        """Return True, and act later, while a run that has ended is being encoded."""
        self._pending = act if self.tracker.has_ended_runs and self._journal is not None else None
        if self._pending is not None:
            self._record()
        return self._pending is not None

    def _record(self) -> None:
        if self._journal is not None and not self._is_waiting:
            self._is_waiting = True
            self._journal.put(self.snapshot())

    def _drop_replaced(self) -> None:
        """Remove the journal that another one has replaced."""
        if self._replaced is not None:
            self._replaced.finish(remove=True)
            self.finishing.append(self._replaced)
            self._replaced = None

    def _take(self, recorded: Recorded) -> None:
        self._drop_replaced()
        self._is_waiting, self.recorded_change = False, recorded.change
        if runs := [run for run in recorded.runs if self.tracker.remove(run.summary.number)]:
            for run in runs:
                self.place.project = self.place.project.with_numbered_run(run)
            self.runs_changed.emit()
        self._note(recorded.error)
        if self.change > recorded.change:
            self._timer.start()
        if self._pending is not None and not self.tracker.has_ended_runs:
            act, self._pending = self._pending, None
            act()

    def _note(self, problem: str | None) -> None:
        """Say once that nothing is recorded; the work counts as not saved from then on."""
        before, self._problem = self._problem, problem
        if (before is None) != (problem is None):
            if problem is not None:
                self.failed.emit(f"Your work is not safe from a crash. {problem}")
            self.changed.emit()
