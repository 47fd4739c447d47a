"""Copies of domains and parts inside a project, for somebody who does not have them."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import DdsError, LibraryError, ProjectError
from ddsgui.library.add import add_steps
from ddsgui.library.checksums import Checksums
from ddsgui.library.library import Library, is_valid_name, read_entry
from ddsgui.library.progress import Step
from ddsgui.paths import reason_of
from ddsgui.project.archive import MAX_MODEL_BYTES, FileContent, content_bytes
from ddsgui.project.model_use import ModelUse, model_uses
from ddsgui.project.project import Project
from ddsgui.project.saving import save_copy
from ddsgui.project.stored_session import session_context


@dataclass(frozen=True, eq=False)
class SentCopy:
    """A project that was saved with copies of its models."""

    project: Project
    copied: tuple[ModelUse, ...]
    left_out: tuple[str, ...]  # sentences about models that are missing, or are no longer what they were


def save_to_send(path: Path, project: Project, library: Library) -> SentCopy:
    """Save a project in another file with copies of its domains and parts, but for those that ddsgui brings.

    Raises ProjectError if a window has that file open, DdsError if it cannot be written.
    """
    copies, copied, left_out = dict(project.copies), list[ModelUse](), list[str]()
    sums = Checksums(library.folder)
    for use in _uses(project, library):
        if use.sha256 in copies:
            copied.append(use)
            continue
        try:
            entry = library.entry(use.name, use.kind)
            has_changed = sums.of(entry.path) != use.sha256
        except LibraryError:
            left_out.append(f"The {use.kind} {use.name} is not in the library.")
            continue
        if has_changed:
            left_out.append(
                f"The {use.kind} {use.name} is not the one that runs of this project were made with."
            )
        elif entry.path.stat().st_size > MAX_MODEL_BYTES:
            left_out.append(f"The {use.kind} {use.name} is larger than 1 GiB.")
        elif not entry.bundled:
            copies[use.sha256] = FileContent(entry.path)
            copied.append(use)
    written = save_copy(path, replace(project, copies=copies))
    return SentCopy(written, tuple(copied), tuple(left_out))


def add_copies_steps(
    library: Library, project: Project, uses: Sequence[ModelUse]
) -> Generator[Step, None, tuple[ModelUse, ...]]:
    """Add copies of domains and parts to a library; yield steps, and return those that were added.

    A copy counts only if its SHA-256 is the one that it is known by. It is read as data, like any file that is added.
    Raises DdsError, which names the copy, if one cannot be added; the earlier ones stay.
    """
    added: list[ModelUse] = []
    with TemporaryDirectory(prefix="ddsgui-", ignore_cleanup_errors=True) as folder:
        for use in uses:
            yield Step(f"Reading {use.name}")
            if not is_valid_name(use.name):
                raise ProjectError(f"The {use.kind} “{use.name}” cannot be added under this name.")
            content = content_bytes(project.copies[use.sha256], MAX_MODEL_BYTES)
            if sha256(content).hexdigest() != use.sha256:
                raise ProjectError(f"The copy of the {use.kind} {use.name} is damaged.")
            path = Path(folder) / f"{use.name}.safetensors"
            try:
                path.write_bytes(content)
            except OSError as error:
                raise DdsError(f"{path} cannot be written: {reason_of(error)}.") from error
            read_entry(path, use.kind)  # so that nothing of another kind or format is added
            yield from add_steps(library, path, name=use.name, sha256=use.sha256, again=True)
            path.unlink()
            added.append(use)
    return tuple(added)


def _uses(project: Project, library: Library) -> list[ModelUse]:
    """Return the domains and parts of the runs, the window and the queue, each once."""
    uses = dict.fromkeys(use for run in project.runs for use in run.summary.models)
    uses |= dict.fromkeys(session_context(project.session_files)[1])
    for content in project.queue_files.values():
        with suppress(
            ProjectError, KeyError, ValueError, RecursionError
        ):  # damaged, or the order of the others
            recipe = Recipe.from_dict(json.loads(content_bytes(content))["recipe"])
            uses |= dict.fromkeys(model_uses(library, recipe))
    return list(uses)
