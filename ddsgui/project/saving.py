"""The saving of a window's project under another name, and of copies."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ddsgui.errors import DdsError, ProjectError
from ddsgui.project.archive import StoredContent
from ddsgui.project.journal_folder import OpenJournal, is_open, journal_path, make_oldest, open_journal
from ddsgui.project.journal_state import JournalInfo
from ddsgui.project.project import Project
from ddsgui.project.project_file import project_contents, write_project
from ddsgui.project.project_run import ProjectRun

Runs: TypeAlias = tuple[ProjectRun, ...]  # one, or the two directions of a pair


@dataclass(frozen=True, eq=False)
class SavedProject:
    """A project as it is in its file, and the journal to continue in."""

    project: Project
    journal: OpenJournal | None = None
    journal_problem: str = ""  # why there is no journal


def save_as(path: Path, project: Project) -> SavedProject:
    """Save a project in another file, and begin the journal of that file.

    Raises ProjectError if another window has the file open, and DdsError if it cannot be written.
    """
    journal, problem = None, ""
    try:
        if (journal := open_journal(journal_path(path))) is None:
            raise ProjectError(f"{path} is open in another window. Choose another name.")
    except ProjectError:
        raise
    except DdsError as error:
        problem = str(error)
    try:
        written = write_project(path, project)
    except BaseException:
        if journal is not None:
            journal.close()
        raise
    if journal is not None:  # so that the next start knows the project, whatever happens now
        info = JournalInfo(path=str(path), base_next=written.next_number)
        with suppress(DdsError):  # which the first recording reports
            journal.journal.commit(project_contents(written), info)
            make_oldest(journal.journal.path)  # the present journal has what was done meanwhile
    return SavedProject(written, journal, problem)


def set_aside(deleted: Sequence[Runs], path: Path) -> list[Runs]:
    """Return runs that are about to vanish from their file, with their contents in another one.

    Returns none if that cannot be written.
    """
    runs = [run for group in deleted for run in group]
    contents = [content for run in runs for content in run.contents.values()]
    if all(isinstance(content, StoredContent) and content.archive.path == path for content in contents):
        return list(deleted)
    try:
        written = write_project(path, Project(runs=tuple(runs)))
        return [tuple(written.run(run.summary.number) for run in group) for group in deleted]
    except DdsError:
        return []


def save_copy(path: Path, project: Project) -> Project:
    """Save a project in another file, too. Raises ProjectError if a window has that file open, DdsError."""
    if is_open(journal_path(path)):
        raise ProjectError(f"{path} is open in a window. Choose another name.")
    return write_project(path, project)
