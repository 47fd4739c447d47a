"""SHA-256 of the library's files and downloads, saved in checksums.json in the user's folder."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Generator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from ddsgui import paths
from ddsgui.checkpoints.hashing import sha256_steps
from ddsgui.errors import DdsError, LibraryError
from ddsgui.steps import result_of

State = Literal["new", "same", "changed", "damaged"]

CHECKSUMS_FILE = "checksums.json"

log = logging.getLogger(__name__)
_lock = threading.Lock()  # the window reads and downloads at the same time


class Checksums:
    """The SHA-256 sums of one library. Those of files in other folders are only kept in memory."""

    def __init__(self, folder: Path) -> None:
        """folder: the user's own."""
        self.folder = folder

    def of(self, path: Path) -> str:
        """Return the SHA-256 of a file, reading it only if it has changed. Raises LibraryError if it cannot be read."""
        return self._known(path) or self.record(path)

    def record(self, path: Path, sha256: str | None = None) -> str:
        """Save a file's SHA-256 with its size and modification time; read the file unless the SHA-256 is given."""
        return self._note_file(path, sha256 or sha256_of(path))

    def _note_file(self, path: Path, sha256: str) -> str:
        if (key := self._key(path)) is not None:
            try:
                self._note("files", key, {"sha256": sha256, **_stamp(path)})
            except DdsError as error:  # on a read-only disk it is only computed again
                log.debug("%s", error)
        return sha256

    def check_steps(self, path: Path) -> Generator[float, None, tuple[State, str]]:
        """Read a file again and return its state and its SHA-256, which is recorded if it is new.

        A file with the recorded size and time but a different SHA-256 is "damaged"; one with another time was written
        again and is "changed". Yields the progress of reading, 0 to 1.
        """
        key = self._key(path)
        before = self._read("files").get(key) if key is not None else None
        known = self._known(path)
        now = yield from _hash_steps(path)
        if known is not None:
            return ("same" if known == now else "damaged"), now
        self._note_file(path, now)
        if not isinstance(before, dict):
            return "new", now
        return ("same" if before.get("sha256") == now else "changed"), now

    def download(self, name: str) -> str | None:
        """Return the SHA-256 of the first download of a catalogue entry; None if there was none."""
        noted = self._read("downloads").get(name)
        sha256 = noted.get("sha256") if isinstance(noted, dict) else None
        return sha256 if isinstance(sha256, str) else None

    def record_download(self, name: str, sha256: str) -> None:
        """Save the SHA-256 of a download. Raises DdsError if the disk cannot be written."""
        self._note("downloads", name, {"sha256": sha256})

    def _known(self, path: Path) -> str | None:
        key = self._key(path)
        noted = self._read("files").get(key) if key is not None else None
        if not isinstance(noted, dict) or not isinstance(noted.get("sha256"), str):
            return None
        return noted["sha256"] if {k: noted.get(k) for k in ("bytes", "changed")} == _stamp(path) else None

    def _key(self, path: Path) -> str | None:
        try:
            return path.resolve().relative_to(self.folder.resolve()).as_posix()
        except ValueError:
            return None

    def _read(self, section: Literal["files", "downloads"]) -> dict[str, Any]:
        content = _content(self.folder / CHECKSUMS_FILE).get(section)
        return content if isinstance(content, dict) else {}

    def _note(self, section: Literal["files", "downloads"], key: str, value: dict[str, Any]) -> None:
        with _lock:
            content = _content(self.folder / CHECKSUMS_FILE)
            noted = {**self._read(section), key: value}
            if section == "files":  # forget deleted files
                noted = {k: v for k, v in noted.items() if (self.folder / k).is_file()}
            with paths.write_beside(self.folder / CHECKSUMS_FILE) as beside:
                beside.write_text(json.dumps({**content, section: noted}, indent=1), "utf-8")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of any file, reading it only if it has changed. Raises LibraryError if it cannot be read."""
    stamp = _stamp(path)
    return _hash(path, stamp["changed"], stamp["bytes"])


def _stamp(path: Path) -> dict[str, int]:
    try:
        state = path.stat()
    except OSError as error:
        raise LibraryError(f"{path} cannot be read: {paths.reason_of(error)}.") from error
    return {"bytes": state.st_size, "changed": state.st_mtime_ns}


@lru_cache(maxsize=256)
def _hash(path: Path, _changed: int, _size: int) -> str:
    return result_of(_hash_steps(path))


def _hash_steps(path: Path) -> Generator[float, None, str]:
    try:
        return (yield from sha256_steps(path))
    except OSError as error:
        raise LibraryError(f"{path} cannot be read: {paths.reason_of(error)}.") from error


def _content(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        log.warning("%s is damaged, so its checksums are lost.", file)
        return {}
    return content
