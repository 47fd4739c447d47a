"""The folder of the journals: one for each project that was opened, one for each that has no file yet."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ddsgui import paths
from ddsgui.project.file_lock import FileLock
from ddsgui.project.journal import Journal, read_info
from ddsgui.project.journal_state import JournalInfo

FOLDER, SUFFIX, LOCK_SUFFIX = "journals", ".journal", ".lock"
UNTITLED = "untitled"
MAX_STEM_CHARACTERS = 40


@dataclass(frozen=True)
class JournalEntry:
    """A journal on the disk."""

    path: Path
    info: JournalInfo
    changed: float  # seconds since the epoch


@dataclass(frozen=True, eq=False)
class OpenJournal:
    """A journal that this window writes."""

    journal: Journal
    lock: FileLock

    def close(self) -> None:
        """Close the file and let other windows open it."""
        self.journal.close()
        self.lock.release()

    def remove(self) -> None:
        """Close the file and remove it."""
        self.journal.close()
        with suppress(OSError):
            self.journal.path.unlink()
            self.journal.path.with_suffix(LOCK_SUFFIX).unlink()
        self.lock.release()


def folder() -> Path:
    """Return the folder of the journals, which may be missing."""
    return paths.user_data() / FOLDER


def journal_path(project: Path | None) -> Path:
    """Return the path of the journal of a project's file; without one, that of a new journal."""
    if project is None:
        return folder() / f"{UNTITLED}-{secrets.token_hex(6)}{SUFFIX}"
    place = str(project.absolute().resolve())
    stem = re.sub(r"[^\w-]", "-", project.stem)[:MAX_STEM_CHARACTERS]
    return folder() / f"{stem}-{sha256(place.encode()).hexdigest()[:16]}{SUFFIX}"


def open_journal(path: Path) -> OpenJournal | None:
    """Open or create a journal; None if another window has it open.

    Raises DdsError if it cannot be written, ProjectError if it is of another kind.
    """
    lock = FileLock.take(path.with_suffix(LOCK_SUFFIX))
    if lock is None:
        return None
    try:
        return OpenJournal(Journal(path), lock)
    except BaseException:
        lock.release()
        raise


def journals() -> list[JournalEntry]:
    """Return the journals on the disk that have a state, the newest first."""
    entries: list[JournalEntry] = []
    with suppress(OSError):
        for path in folder().glob(f"*{SUFFIX}"):
            if path.name.startswith("."):  # a compaction that did not end
                continue
            with suppress(OSError):
                changed = path.stat().st_mtime
                if (info := read_info(path)) is not None:
                    entries.append(JournalEntry(path, info, changed))
    return sorted(entries, key=lambda entry: entry.changed, reverse=True)


def make_oldest(path: Path) -> None:
    """Let a journal count as older than all others until it is written again."""
    with suppress(OSError):
        os.utime(path, (0, 0))


def is_open(path: Path) -> bool:
    """Return whether a window has a journal open."""
    lock = FileLock.take(path.with_suffix(LOCK_SUFFIX))
    if lock is None:
        return True
    lock.release()
    return False
