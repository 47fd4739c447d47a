"""The project of a window: opened, saved, and kept in a journal while the artist works."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PySide6.QtCore import QObject, Signal

from ddsgui.errors import DdsError, ProjectError
from ddsgui.jobs.copies import add_copies_steps, save_to_send
from ddsgui.project.journal_folder import (
    JournalEntry,
    OpenJournal,
)
from ddsgui.project.model_use import ModelUse
from ddsgui.project.opening import OpenedProject, newest_work, open_entry, open_project, unsaved_work
from ddsgui.project.project import Project
from ddsgui.project.project_file import SUFFIX, read_project, update_project
from ddsgui.project.recorder import Snapshot
from ddsgui.project.run import Run
from ddsgui.project.saving import Runs, SavedProject, save_as, save_copy, set_aside
from ddsgui.qt.core.controller import MixController, OpenedResult
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.projects.recording import CLOSE_SECONDS, ProjectPlace, Recording


class ProjectController(QObject):
    """Everything that the artist does is on the disk within seconds: in the journal, or in the project's file too."""

    changed = Signal()  # the file, or whether it has everything
    runs_changed = Signal()
    opened = Signal(object)  # OpenedProject; it is in the window by now
    offered = Signal(object)  # OpenedProject, left by a crash
    saved = Signal(object)  # the Path of a file that has just been written
    sent = Signal(object, object)  # the Path of a copy with its models, and the SentCopy
    models_added = Signal(object)  # the ModelUses of copies that are in the library from now on
    failed = Signal(str)  # a sentence for the user

    def __init__(
        self,
        controller: MixController,
        preferences: Preferences,
        live_run: Callable[[], Run | None],
        parent: QObject,
    ) -> None:
        """`live_run`: see RunTracker."""
        super().__init__(parent)
        self._controller, self._preferences = controller, preferences
        self._threads = IoThreads(self)
        self.recording = Recording(controller, self._threads, live_run, self)
        self.deleted: list[Runs] = []  # that can be restored, the newest last
        self._aside: TemporaryDirectory[str] | None = None  # of their contents, once the file lacks them
        self.unsaved_work: list[JournalEntry] = []  # of other projects without a file
        self._is_restoring = self._had_pictures = False
        self._offer: OpenedProject | None = None
        self._draw: Callable[[], object] = lambda: None  # draws the pair that the forms show
        controller.pictures_changed.connect(self._follow_pictures)
        self.recording.changed.connect(self.changed)
        self.recording.runs_changed.connect(self.runs_changed)
        self.recording.failed.connect(self.failed)

    # ---- state

    @property
    def project(self) -> Project:
        """The runs. Those that are under way, or have just ended, are not among them."""
        return self.recording.place.project

    @property
    def path(self) -> Path | None:
        """The project's file."""
        return self.recording.place.path

    @property
    def name(self) -> str:
        """The name of the project."""
        return "Untitled" if self.path is None else self.path.stem

    @property
    def is_modified(self) -> bool:
        """True if the file lacks something; of a project without a file, if there is anything in it."""
        return self.recording.is_modified

    # ---- changes

    def touch(self) -> None:
        """Record the window soon, because the artist has changed something."""
        self.recording.touch()

    def set_project(self, project: Project) -> None:
        """Take a change of the runs."""
        self.recording.place.project = project
        self.touch()
        self.runs_changed.emit()

    # ---- start and end

    def start(self, path: Path | None, draw: Callable[[], object]) -> None:
        """Open a project, or the work that was left last; `draw` draws the first pair where there is neither."""
        library = self._controller.library
        self._draw = draw

        def take(opened: OpenedProject | None) -> None:
            if opened is not None and (opened.was_closed or path is not None):
                self._switch(opened)
                return
            self._begin()
            draw()
            if opened is not None:
                self._offer = opened
                self.offered.emit(opened)

        def fail(sentence: str) -> None:
            self._begin()
            draw()
            self.failed.emit(sentence)

        work = partial(newest_work, library) if path is None else partial(open_project, path, library)
        self._submit(work, take, fail)

    def close(self) -> str | None:
        """Record everything for the next start; return why that failed, None if nothing is lost."""
        if self._offer is not None and self.path is None and not self.recording.has_edits:
            self.recording.leave(remove=True)  # so that the next start makes the offer again
        return self.recording.flush()

    def shut_down(self) -> None:
        """End all threads, whatever is not recorded."""
        if self._offer is not None and self._offer.journal is not None:
            self._offer.journal.close()
        self.recording.shut_down()
        self._threads.shut_down()
        if self._aside is not None:
            self._aside.cleanup()

    def accept_offer(self) -> None:
        """Continue the work that a crash has interrupted."""
        opened, self._offer = self._offer, None
        if opened is not None:
            self._switch(opened)

    def decline_offer(self) -> None:
        """Leave the interrupted work on the disk; "Open recent" lists it."""
        opened, self._offer = self._offer, None
        if opened is not None and opened.journal is not None:
            opened.journal.close()
            self._look_for_work()

    # ---- opening

    def new(self) -> None:
        """Begin an empty project with the same people."""
        self._switch(OpenedProject(Project()))

    def open(self, path: Path) -> None:
        """Open a project in place of the present one, which stays as it is if that fails."""
        if path.absolute() != self.path:
            self._submit(partial(open_project, path, self._controller.library), self._switch)

    def open_unsaved(self, entry: JournalEntry) -> None:
        """Open a project without a file."""

        def work() -> OpenedProject:
            if (opened := open_entry(entry, self._controller.library)) is None:
                raise ProjectError("Another window has this project open.")
            return opened

        self._submit(work, self._switch)

    def revert(self) -> None:
        """Open the file again, without what has changed since it was saved."""
        path, library = self.path, self._controller.library
        if path is None:
            return

        def reopen(_: Project) -> None:
            self.recording.leave(remove=True)
            self._submit(partial(open_project, path, library), self._switch)

        self._submit(partial(read_project, path), reopen)

    # ---- saving

    def save(self, path: Path | None = None) -> None:
        """Save the project in its file, or in another one, which is its file from then on."""
        target = self.path if path is None else path.absolute()
        if target is None or self.recording.waits_for_runs(partial(self.save, path)):
            return
        snapshot, base_next = self.recording.snapshot(), self.recording.place.base_next
        before, edits, moves = self.project, self.recording.edits, target != self.path
        deleted = tuple(self.deleted)

        def work() -> tuple[SavedProject, list[Runs]]:
            copies, complete = self._set_aside(deleted), _complete(snapshot)
            if moves:
                return save_as(target, complete), copies
            return SavedProject(update_project(target, complete, base_next)), copies

        def take(outcome: tuple[SavedProject, list[Runs]]) -> None:
            saved, copies = outcome
            written, pairs = saved.project, list(zip(deleted, copies, strict=False))
            added = [runs for runs in self.deleted if runs not in deleted]
            self.deleted = [*(copy for runs, copy in pairs if runs in self.deleted), *added]
            project = self.project.moved(before, written).with_runs_of(written, base_next)
            for old, new in ((old, new) for runs, copy in pairs for old, new in zip(runs, copy, strict=True)):
                project = project.relinked(old, new)  # one that was restored meanwhile
            self.recording.place = ProjectPlace(project, target, written.next_number)
            self.recording.saved_edits = edits
            if moves:
                self.recording.move(lambda: saved.journal, saved.journal_problem)
                self._look_for_work()
            self._preferences.add_recent_project(target)
            self.runs_changed.emit()
            self._finish_save(target, written)

        self._submit(work, take)

    def save_copy(self, path: Path) -> None:
        """Save the project in another file, too."""
        if self.recording.waits_for_runs(partial(self.save_copy, path)):
            return
        snapshot = self.recording.snapshot()
        self._submit(
            lambda: save_copy(path, _complete(snapshot, is_copy=True)), partial(self._finish_save, path)
        )

    def save_to_send(self, path: Path) -> None:
        """Save the project in another file with copies of its domains and parts."""
        if self.recording.waits_for_runs(partial(self.save_to_send, path)):
            return
        snapshot, library = self.recording.snapshot(), self._controller.library
        self._submit(
            lambda: save_to_send(path, _complete(snapshot, is_copy=True), library),
            partial(self.sent.emit, path),
        )

    def add_copies(self, uses: Sequence[ModelUse]) -> None:
        """Add copies of domains and parts that the project's file has to the library."""
        controller = self._controller
        task = controller.engine.submit(
            None, partial(add_copies_steps, controller.library, self.project, uses)
        )
        task.progressed.connect(lambda step: controller.busy_changed.emit(step.line))
        task.returned.connect(self.models_added)
        task.failed.connect(self.failed)
        task.ended.connect(lambda: controller.busy_changed.emit(""))

    # ---- internals

    def _set_aside(self, deleted: Sequence[Runs]) -> list[Runs]:
        """Copy deleted runs out of the file that is about to be written without them; called in a thread."""
        if not deleted:
            return []
        try:
            if self._aside is None:
                self._aside = TemporaryDirectory(prefix="ddsgui-", ignore_cleanup_errors=True)
        except OSError:
            return []
        return set_aside(deleted, Path(self._aside.name) / f"deleted{SUFFIX}")

    def _finish_save(self, path: Path, written: Project) -> None:
        for problem in written.problems:
            self.failed.emit(problem)
        self.saved.emit(path)
        self.changed.emit()
        self.recording.touch(edited=False)

    def _begin(self, open_it: Callable[[], OpenJournal | None] | None = None, problem: str = "") -> None:
        """Start to record: see Recording.begin(). Then look for the other projects."""
        self.recording.begin(open_it, problem)
        self._look_for_work()

    def _switch(self, opened: OpenedProject) -> None:
        """Put another project into the window."""
        if self._controller.running:
            if opened.journal is not None:
                opened.journal.close()
            self.failed.emit("A run is in progress. Stop it first.")
            return
        self.recording.leave()
        self.recording.place = ProjectPlace(opened.project, opened.path, opened.base_next)
        self.deleted.clear()
        self.recording.edits, self.recording.saved_edits = int(opened.unsaved), 0
        state = opened.state
        self._had_pictures = state is not None and state.sample is not None
        self._is_restoring = True
        try:
            if state is not None:
                self._controller.restore_session(state, opened.run, opened.run_is_current)
            elif opened.run is not None:
                self._controller.open_result(OpenedResult(opened.run.recipe, run=opened.run))
            else:
                self._draw()
        except DdsError as error:
            self.failed.emit(str(error))
            self._draw()
        finally:
            self._is_restoring = False
        journal = opened.journal
        self._begin(
            None if journal is None and not opened.journal_problem else lambda: journal,
            opened.journal_problem,
        )
        if opened.path is not None:
            self._preferences.add_recent_project(opened.path)
        self.runs_changed.emit()
        self.opened.emit(opened)

    def _follow_pictures(self) -> None:
        if not self._is_restoring:
            self.recording.touch(edited=self._had_pictures)
            self._had_pictures = True

    def _look_for_work(self) -> None:
        """Find the other projects without a file, for "Open recent"."""

        def take(entries: list[JournalEntry]) -> None:
            self.unsaved_work = entries

        self._submit(unsaved_work, take)

    def _submit(
        self,
        work: Callable[[], Any],
        take: Callable[[Any], object],
        fail: Callable[[str], object] | None = None,
    ) -> None:
        """Do work with files in a thread, once the journals of earlier projects are closed."""
        finishing = list(self.recording.finishing)

        def job() -> Generator[None, None, tuple[Any]]:
            yield
            for thread in finishing:
                thread.wait(CLOSE_SECONDS)
            return (work(),)

        task = self._threads.submit(job)
        task.returned.connect(lambda outcome: take(*outcome))
        task.failed.connect(self.failed.emit if fail is None else fail)


def _complete(snapshot: Snapshot, is_copy: bool = False) -> Project:
    """Return the project with the state of the window, which is encoded: call it in the thread that saves it."""
    project = snapshot.project.with_session(snapshot.session, snapshot.shown_run, snapshot.models)
    return replace(project, stamp=None) if is_copy else project
