"""The opening of a project in a window: from its file, from its journal, or as a copy."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ddsgui.editing.session import Session
from ddsgui.editing.session_state import SessionState
from ddsgui.errors import DdsError, ProjectError
from ddsgui.library.library import Library
from ddsgui.project.journal_folder import (
    JournalEntry,
    OpenJournal,
    journal_path,
    journals,
    open_journal,
)
from ddsgui.project.journal_state import JournalInfo
from ddsgui.project.model_use import ModelUse, is_missing, missing_models
from ddsgui.project.project import Project
from ddsgui.project.project_file import project_contents, project_of, read_project
from ddsgui.project.run import Run
from ddsgui.project.stored_session import session_context
from ddsgui.synthesis.crossover import compose


@dataclass(frozen=True, eq=False)
class OpenedProject:
    """A project, and everything that a window needs to continue where it was left."""

    project: Project
    path: Path | None = None  # of its file; None of a project without one, and of a copy
    journal: OpenJournal | None = None
    journal_problem: str = ""  # why there is no journal
    base_next: int = 1  # the next number in the file
    state: SessionState | None = None
    run: Run | None = None  # on the timeline, without its frames
    run_is_current: bool = False  # True if the masks are still those that it was made with
    unsaved: bool = False  # True if the file lacks something
    was_closed: bool = True  # by the artist; False after a crash
    copy_of: Path | None = None  # that another window has open
    problems: tuple[str, ...] = ()  # sentences about what is lost
    missing: str | None = None  # the end of a sentence about domains and parts: see missing_models()
    copies: tuple[ModelUse, ...] = ()  # of those that are missing, the file has copies

    def thumbnail(self) -> np.ndarray | None:
        """Return the crossover as it was left, uint8 [H, W, 3]; None if there are no pictures."""
        state = self.state
        if state is None or state.sample is None or state.source_mask is None or state.target_mask is None:
            return None
        seen = state.sample.visible
        return compose(seen.source, seen.target, state.source_mask, state.target_mask)


def open_project(path: Path, library: Library) -> OpenedProject:
    """Open a project's file, with the work in its journal that was not saved.

    While another window has it open, a copy is opened. Raises ProjectError if it cannot be read.
    """
    path = path.absolute()
    saved, problem = read_project(path), ""
    try:
        journal = open_journal(journal_path(path))
        if journal is None:
            return _copy(path, saved, library)
    except DdsError as error:
        journal, problem = None, str(error)
    try:
        info = JournalInfo() if journal is None else journal.journal.info
        project, unsaved, problems = saved, False, list(saved.problems)
        if journal is not None and info.unsaved and journal.journal.contents:
            project, problems = _journalled(journal, path)
            project = project.with_runs_of(saved, info.base_next)
            unsaved = True
        return _filled(
            OpenedProject(
                replace(project, stamp=saved.stamp, problems=()),
                path,
                journal,
                problem,
                saved.next_number,
                unsaved=unsaved,
                was_closed=not unsaved or info.closed,
                problems=tuple(problems),
            ),
            library,
        )
    except BaseException:
        if journal is not None:
            journal.close()
        raise


def open_entry(entry: JournalEntry, library: Library) -> OpenedProject | None:
    """Open the project of a journal; None if another window has it open. Raises ProjectError if it cannot be read."""
    path = None if entry.info.path is None else Path(entry.info.path)
    if path is not None and path.exists():
        opened = open_project(path, library)
        if opened.copy_of is None:
            return replace(opened, was_closed=entry.info.closed)
        if opened.journal is not None:
            opened.journal.remove()
        return None
    journal = open_journal(entry.path)
    if journal is None:
        return None
    try:
        project, problems = _journalled(journal, entry.path)
        return _filled(
            OpenedProject(
                replace(project, stamp=None, problems=()),
                journal=journal,
                unsaved=True,
                was_closed=entry.info.closed,
                problems=tuple(problems),
            ),
            library,
        )
    except BaseException:
        journal.close()
        raise


def newest_work(library: Library) -> OpenedProject | None:
    """Open the work that was left last, by closing the window or by a crash; None if there is none.

    Work that another window has open, and journals that cannot be read, are passed over.
    """
    for entry in journals():
        with suppress(DdsError):
            if (opened := open_entry(entry, library)) is not None:
                return opened
    return None


def unsaved_work(except_for: Iterable[Path | None] = ()) -> list[JournalEntry]:
    """Return the journals of projects without a file, the newest first, without those that are named."""
    skipped = set(except_for)
    return [e for e in journals() if e.info.path is None and e.info.unsaved and e.path not in skipped]


def _journalled(journal: OpenJournal, path: Path) -> tuple[Project, list[str]]:
    """Return the project in a journal, and sentences about what is lost."""
    contents = journal.journal.contents
    project = project_of(path, contents, journal.journal.problems).settled()
    return project, list(project.problems)


def _copy(path: Path, saved: Project, library: Library) -> OpenedProject:
    """Return a copy of a project, in a journal of its own: the other window will change the file."""
    project, journal, problem = replace(saved, name="", copies={}, stamp=None), None, ""
    try:
        journal = open_journal(journal_path(None))
        assert journal is not None
        journal.journal.commit(project_contents(project), JournalInfo(unsaved=True))
        project = project_of(path, journal.journal.contents)
    except ProjectError:
        raise
    except DdsError as error:
        problem = str(error)
    opened = OpenedProject(
        replace(project, problems=()),
        journal=journal,
        journal_problem=problem,
        unsaved=True,
        copy_of=path,
        problems=saved.problems,
    )
    return _filled(opened, library)


def _filled(opened: OpenedProject, library: Library) -> OpenedProject:
    """Return an opened project with its session, the run on the timeline, and the models that are missing."""
    project = opened.project
    state, problems = project.session()
    number, models = session_context(project.session_files)
    if state is None and project.runs:  # as `ddsgui mix` makes it
        number = project.runs[-1].summary.number
    run, is_current = None, False
    if number is not None and any(run.summary.number == number for run in project.runs):
        try:
            run, lost = project.run(number).open_result()
            problems += lost
        except ProjectError as error:
            problems.append(str(error))
    if run is not None and state is not None and state.sample is not None:
        is_current = _belongs(run, state)
    uses = dict.fromkeys((*models, *(use for run in project.runs for use in run.summary.models)))
    copies = tuple(use for use in uses if use.sha256 in project.copies and is_missing(library, use))
    return replace(
        opened,
        state=state,
        run=run,
        run_is_current=is_current,
        problems=(*opened.problems, *problems),
        missing=missing_models(library, [use for use in uses if use not in copies]),
        copies=copies,
    )


def _belongs(run: Run, state: SessionState) -> bool:
    """Return whether a run was made with the pictures and masks of a session."""
    session = Session()
    try:
        session.restore(state)
    except DdsError:
        return False
    now, then = session.recipe(), run.recipe
    return all(
        getattr(now, name) == getattr(then, name)
        for name in ("source", "target", "part", "target_part", "latent", "target_latent", "masks")
    )
