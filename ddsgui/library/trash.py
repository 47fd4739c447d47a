"""Removal of a user's domains and parts, and its undo."""

from __future__ import annotations

import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ddsgui import paths
from ddsgui.errors import LibraryError
from ddsgui.library.checksums import Checksums
from ddsgui.library.library import COMPANION_SUFFIXES, Entry, Library

TRASH_FOLDER = ".removed"
KEEP_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class RemovedEntry:
    """A removed domain or part, whose files are in a folder of the library until they are discarded."""

    entry: Entry
    folder: Path
    dependents: tuple[str, ...]  # names of the domains that were adapted from it; they still work

    def restore(self) -> Entry:
        """Undo the removal; after a failure it can be tried again. Raises LibraryError if the name is taken."""
        own = self.folder / self.entry.path.name
        if own.exists() and self.entry.path.exists():
            raise LibraryError(
                f"There is another {self.entry.kind} called {self.entry.name}. Rename or remove it first."
            )
        # The entry's own file is moved last, so that it is complete when it appears.
        files = sorted(self.folder.iterdir(), key=lambda path: path == own) if self.folder.exists() else []
        _move(files, self.entry.path.parent)
        self.discard()
        return self.entry

    def discard(self) -> None:
        """Delete the files for good."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):  # it holds other removed entries
            self.folder.parent.rmdir()


def remove(library: Library, entry: Entry) -> RemovedEntry:
    """Move a user's domain or part with its companion files to the trash. Raises LibraryError if it is bundled."""
    if entry.bundled:
        raise LibraryError(
            f"{entry.name} comes with ddsgui and cannot be removed. Only your own domains and parts can."
        )
    if not entry.path.is_file():
        raise LibraryError(f"The file {entry.path} no longer exists.")
    dependents = _children(library, entry)
    folder = library.folder / TRASH_FOLDER / secrets.token_hex(4)
    companions = [entry.path.with_name(f"{entry.path.stem}{suffix}") for suffix in COMPANION_SUFFIXES]
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise LibraryError(f"{folder} cannot be created: {paths.reason_of(error, folder)}.") from error
    try:
        _move([entry.path, *(path for path in companions if path.is_file())], folder)
    except LibraryError:
        with suppress(OSError):
            folder.rmdir()
        raise
    return RemovedEntry(entry, folder, dependents)


def empty_trash(library: Library) -> None:
    """Delete entries that were removed more than a day ago but not discarded, for example because ddsgui was killed."""
    for folder in (library.folder / TRASH_FOLDER).glob("*"):
        if time.time() - folder.stat().st_mtime > KEEP_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _children(library: Library, entry: Entry) -> tuple[str, ...]:
    if entry.kind != "domain" or entry.broken is not None:
        return ()
    own = Checksums(library.folder).of(entry.path)
    return tuple(e.name for e in library.entries("domain") if e.metadata.get("parent") == own)


def _move(files: list[Path], folder: Path) -> None:
    """Move all files into a folder or, if one cannot be moved, none, and raise LibraryError."""
    moved: list[Path] = []
    for path in files:
        try:
            path.replace(folder / path.name)
        except OSError as error:
            for earlier in moved:
                with suppress(OSError):
                    (folder / earlier.name).replace(earlier)
            raise LibraryError(f"{path} cannot be moved: {paths.reason_of(error)}.") from error
        moved.append(path)
