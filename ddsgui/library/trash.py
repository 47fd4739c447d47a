"""A domain or part taken out of the user's library, and put back if it was not meant."""

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
KEEP_SECONDS = 24 * 3600.0  # seconds


@dataclass(frozen=True)
class RemovedEntry:
    """What was taken out: its files lie in a folder of the library until it is discarded."""

    entry: Entry
    folder: Path
    dependents: tuple[str, ...]  # names of the domains that were adapted from it; they go on working without

    def restore(self) -> Entry:
        """Undo. LibraryError if another file has taken its name."""
        if self.entry.path.exists():
            raise LibraryError(
                f"There is another {self.entry.kind} {self.entry.name} by now; rename or remove it."
            )
        _move(list(self.folder.iterdir()), self.entry.path.parent)
        self.discard()
        return self.entry

    def discard(self) -> None:
        """Delete it for good."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):  # others lie there still
            self.folder.parent.rmdir()


def remove(library: Library, entry: Entry) -> RemovedEntry:
    """Take a domain or part of the user's own out, with what lies beside it. LibraryError if it is ddsgui's own."""
    if entry.bundled:
        raise LibraryError(
            f"{entry.name} comes with ddsgui and cannot be removed; only what you have added yourself can."
        )
    if not entry.path.is_file():
        raise LibraryError(f"There is no file {entry.path} any more.")
    depends = _children(library, entry)
    folder = library.folder / TRASH_FOLDER / secrets.token_hex(4)
    beside = [entry.path.with_name(f"{entry.path.stem}{ending}") for ending in COMPANION_SUFFIXES]
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise LibraryError(f"{folder} cannot be made: {paths.reason_of(error)}.") from error
    _move([entry.path, *(path for path in beside if path.is_file())], folder)
    return RemovedEntry(entry, folder, depends)


def empty_trash(library: Library) -> None:
    """Delete what was removed more than a day ago and never discarded, such as by a window that was killed."""
    for folder in (library.folder / TRASH_FOLDER).glob("*"):
        if time.time() - folder.stat().st_mtime > KEEP_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _children(library: Library, entry: Entry) -> tuple[str, ...]:
    if entry.kind != "domain" or entry.broken is not None:
        return ()
    own = Checksums(library.folder).of(entry.path)
    return tuple(e.name for e in library.entries("domain") if e.metadata.get("parent") == own)


def _move(files: list[Path], folder: Path) -> None:
    for path in files:
        try:
            path.replace(folder / path.name)
        except OSError as error:
            raise LibraryError(f"{path} cannot be moved: {paths.reason_of(error)}.") from error
