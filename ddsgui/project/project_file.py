"""The file of a project, .ddsgui: see docs/project_file.md. Opening reads its directory and its lists only."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ddsgui.errors import ProjectError
from ddsgui.project.archive import (
    MODELS_FOLDER,
    Archive,
    ArchiveChangedError,
    Content,
    Stamp,
    StoredContent,
    content_bytes,
    not_a_project,
)
from ddsgui.project.archive_writer import write_archive
from ddsgui.project.json_text import json_bytes
from ddsgui.project.project import Project
from ddsgui.project.project_run import THUMBNAIL, ProjectRun, is_content_of_run, present_contents
from ddsgui.project.run_summary import RunSummary
from ddsgui.project.stored_session import SESSION, is_content_of_session
from ddsgui.synthesis.latents import MAX_NAME_CHARACTERS, MAX_SEED, MIN_SEED
from ddsgui.version import __version__

SUFFIX = ".ddsgui"
FORMAT, VERSION = "ddsgui-project", 1
DOCUMENT, RUN_DOCUMENT = "project.json", "run.json"
RUNS_FOLDER, SESSION_FOLDER, QUEUE_FOLDER = "runs", "session", "queue"
MAX_DOCUMENT_BYTES = 4 << 20  # of project.json and of each run.json
MAX_RUNS = 100_000
MAX_STARS = 100_000
MAX_ATTEMPTS = 20  # to read a file that other programs keep replacing
_COPY_ENTRY = re.compile(r"([0-9a-f]{64})\.safetensors", re.ASCII)
_QUEUE_ENTRY = re.compile(r"(order|[0-9a-f]{16})\.json", re.ASCII)
_RUN_ENTRY = re.compile(rf"{RUNS_FOLDER}/(\d{{1,9}})/(.+)", re.ASCII)


def read_project(path: Path) -> Project:
    """Open a project. What is damaged is left out, and `problems` has a sentence about each.

    Raises ProjectError if there is no such file, if it is of another kind, or of a newer version.
    """
    for _ in range(MAX_ATTEMPTS - 1):
        with suppress(ArchiveChangedError):
            return _read(path)
    return _read(path)


def write_project(path: Path, project: Project, update: bool = False) -> Project:
    """Write a project completely or not at all, and return it as it is in the file.

    Contents of the old file that did not change are copied as they are. A damaged old file is kept under another
    name, and `problems` of the returned project says so. update: replace only the file that the project was read from,
    or none if it is new. Raises ArchiveChangedError if another file is there by now, and DdsError if the project cannot
    be written; the old file stays.
    """
    contents = project_contents(project)
    replacing = project.stamp if update else "any"
    problems = write_archive(path, contents, bool(project.problems), replacing)
    written = read_project(path)
    return replace(written, problems=(*problems, *written.problems)) if problems else written


def update_project(path: Path, project: Project, first: int) -> Project:
    """Write a project in place of its file, as write_project() does.

    Runs that other programs have added to the file meanwhile, from the number `first` on, stay in it.
    """
    try:
        return write_project(path, project, update=True)
    except ArchiveChangedError:
        saved = read_project(path)
        joined = replace(project.with_runs_of(saved, first), stamp=saved.stamp)
        return write_project(path, joined, update=True)


def project_contents(project: Project) -> dict[str, Content]:
    """Return the entries of a project's file by name, in their order."""
    contents: dict[str, Content] = {DOCUMENT: json_bytes(_project_dict(project))}
    for run in project.runs:  # the lists come first, so that a file that was cut short still has them
        folder = _folder(run)
        contents[f"{folder}/{RUN_DOCUMENT}"] = run.document
        if THUMBNAIL in run.contents:
            contents[f"{folder}/{THUMBNAIL}"] = run.contents[THUMBNAIL]
    contents |= {f"{SESSION_FOLDER}/{name}": content for name, content in project.session_files.items()}
    contents |= {f"{QUEUE_FOLDER}/{name}": content for name, content in project.queue_files.items()}
    for run in project.runs:
        contents |= {f"{_folder(run)}/{name}": content for name, content in run.contents.items()}
    contents |= {f"{MODELS_FOLDER}/{sha256}.safetensors": copy for sha256, copy in project.copies.items()}
    return contents


def project_of(
    path: Path, contents: Mapping[str, Content], problems: Sequence[str] = (), stamp: Stamp | None = None
) -> Project:
    """Return the project of the entries of a file, whose name messages have. Raises ProjectError: see read_project().

    problems: sentences about entries that are left out already.
    """
    problems = list(problems)
    folders: dict[int, dict[str, Content]] = {}
    session: dict[str, Content] = {}
    queue: dict[str, Content] = {}
    copies: dict[str, Content] = {}
    unknown: list[str] = []
    for name, content in contents.items():
        if match := _RUN_ENTRY.fullmatch(name):
            number, part = int(match[1]), match[2]
            if 1 <= number <= MAX_RUNS and (part == RUN_DOCUMENT or is_content_of_run(part)):
                folders.setdefault(number, {})[part] = content
                continue
        folder, _, part = name.partition("/")
        if folder == SESSION_FOLDER and is_content_of_session(part):
            session[part] = content
        elif folder == QUEUE_FOLDER and _QUEUE_ENTRY.fullmatch(part):
            queue[part] = content
        elif folder == MODELS_FOLDER and (match := _COPY_ENTRY.fullmatch(part)):
            copies[match[1]] = content
        elif name != DOCUMENT:
            unknown.append(name)
    document = _document(path, contents, bool(folders or session or queue), problems)
    if unknown:
        problems.append(f"{path.name} has entries that belong to no project, such as {unknown[0][:80]!r}.")
    runs = _runs(folders, problems)
    if session and SESSION not in session:
        problems.append("What was in the window is lost.")
        session = {}
    name, next_number = document.get("name", ""), document.get("next_run")
    newest = max(folders, default=0)
    if type(next_number) is not int or not newest < next_number <= MAX_RUNS + 1:
        next_number = newest + 1
    if not isinstance(name, str) or len(name) > MAX_NAME_CHARACTERS:
        name = ""
    return Project(
        name,
        runs,
        session,
        queue,
        copies,
        starred_seeds=_stars(document.get("starred_seeds")),
        next_number=next_number,
        problems=tuple(problems),
        stamp=stamp,
    )


def check_suffix(path: Path) -> None:
    """Raise ProjectError unless a project can have this name."""
    if path.suffix.lower() != SUFFIX:
        raise ProjectError(f"{path} must end in {SUFFIX}, so that it is known as a project.")


def _read(path: Path) -> Project:
    archive = Archive(path)
    contents = {name: StoredContent(archive, name) for name in archive.names}
    return project_of(path, contents, archive.problems, archive.stamp)


def _project_dict(project: Project) -> dict[str, Any]:
    values: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "program": __version__,
        "name": project.name,
        "next_run": project.next_number,
    }
    if project.starred_seeds:
        values["starred_seeds"] = sorted(project.starred_seeds)
    return values


def _stars(seeds: object) -> frozenset[int]:
    """Return the starred seeds; files without any, and those of earlier versions, have no list."""
    if not isinstance(seeds, list) or len(seeds) > MAX_STARS:
        return frozenset()
    return frozenset(seed for seed in seeds if type(seed) is int and MIN_SEED <= seed <= MAX_SEED)


def _folder(run: ProjectRun) -> str:
    return f"{RUNS_FOLDER}/{run.summary.number:04}"


def _document(
    path: Path, contents: Mapping[str, Content], has_content: bool, problems: list[str]
) -> dict[str, Any]:
    """Return project.json; {} if it is damaged or lost in a file that is a project otherwise."""
    if DOCUMENT not in contents and not has_content:
        raise not_a_project(path)
    try:
        document = json.loads(content_bytes(contents[DOCUMENT], MAX_DOCUMENT_BYTES))
        if not isinstance(document, dict):
            raise ValueError
    except (ProjectError, KeyError, ValueError, RecursionError) as error:
        if not has_content:
            raise not_a_project(path) from error
        problems.append(f"{DOCUMENT} in {path.name} is damaged, so the project's name is lost.")
        return {}
    version = document.get("version")
    if document.get("format") != FORMAT or type(version) is not int or version < 1:
        raise not_a_project(path)
    if version > VERSION:
        raise ProjectError(
            f"{path} is a project of version {version}; this ddsgui reads versions up to {VERSION}. Update ddsgui."
        )
    return document


def _runs(folders: Mapping[int, dict[str, Content]], problems: list[str]) -> tuple[ProjectRun, ...]:
    runs: list[ProjectRun] = []
    for number in sorted(folders):
        contents = folders[number]
        try:
            if (entry := contents.pop(RUN_DOCUMENT, None)) is None:
                raise ProjectError(f"The description of run {number} is missing.")
            data = json.loads(content_bytes(entry, MAX_DOCUMENT_BYTES))
            summary, lost = present_contents(RunSummary.from_dict(number, data), contents)
        except (ProjectError, ValueError, RecursionError) as error:
            reason = str(error) if isinstance(error, ProjectError) else "Its description cannot be read."
            problems.append(f"Run {number} is lost. {reason}")
            continue
        problems += lost
        runs.append(ProjectRun(summary, contents))
    return tuple(runs)
