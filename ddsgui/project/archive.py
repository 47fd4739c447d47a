"""A zip archive that may come from anywhere, read entry by entry.

Nothing is unpacked into a folder, and nothing is executed. No file stays open between two reads, so that the archive
can be replaced while its entries are in use.
"""

from __future__ import annotations

import os
import re
import struct
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, TypeAlias

from ddsgui.errors import DdsError, ProjectError
from ddsgui.paths import reason_of

MAX_DIRECTORY_BYTES = 32 << 20  # some 300,000 entries
# The most that an entry may hold, by the suffix of its name. A latent and Adam's moments take 6 MiB at most.
MAX_ENTRY_BYTES = {".json": 64 << 20, ".png": 64 << 20, ".csv": 16 << 20, ".safetensors": 8 << 20}
MAX_OTHER_ENTRY_BYTES = 160 << 20
MODELS_FOLDER, MAX_MODEL_BYTES = "models", 1 << 30  # of copies of domains and parts
_LOCAL, _HEADER_BYTES = b"PK\3\4", 30
_SAFE_NAME = re.compile(r"[\w.-]+(/[\w.-]+)*", re.ASCII)


Stamp: TypeAlias = tuple[int, int, int]  # of a file: which one it is, its size, and when it was written
Mark: TypeAlias = tuple[int, int]  # of an entry: the CRC-32 and the number of bytes of its content


class EntryError(ProjectError):
    """An entry of an archive is missing or damaged."""


class ArchiveChangedError(DdsError):
    """The file of an archive has been replaced, moved or removed since it was opened, so nothing is damaged."""


@dataclass(frozen=True)
class _Entry:
    """The place and the form of an entry."""

    offset: int  # of its header
    method: int
    crc: int
    stored_bytes: int
    bytes: int
    flags: int


class Archive:
    """The entries of a zip file, by name. Raises ProjectError if there is no such file or it is not a zip file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._newer: Archive | None = None  # the file that has replaced this one
        self.problems: list[str] = []  # sentences about entries that are left out
        try:
            with path.open("rb") as file:
                self.stamp = _stamp(file)
                if file.read(4) != _LOCAL:
                    raise not_a_project(path)
                self._entries = self._usable(self._directory(file) or self._scan(file))
        except FileNotFoundError as error:
            raise ProjectError(f"There is no file {path}.") from error
        except OSError as error:
            raise ProjectError(f"{path} cannot be read: {reason_of(error)}.") from error

    @property
    def names(self) -> list[str]:
        """The names of the entries, in the order of the directory."""
        return list(self._entries)

    def read(self, name: str, max_bytes: int | None = None) -> bytes:
        """Return the content of an entry.

        Raises EntryError if it is missing, damaged or larger than `max_bytes`; ArchiveChangedError if the file has
        been replaced since it was opened.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise EntryError(f"{self.path.name} has lost {name}.")
        limit = max_bytes or _max_bytes(name)
        if entry.bytes > limit or entry.stored_bytes > limit + (64 << 10):
            raise EntryError(
                f"{name} in {self.path.name} is larger than {limit >> 10:,} KiB and is not read."
            )
        try:
            with self.path.open("rb") as file:
                if _stamp(file) != self.stamp:
                    raise changed_error(self.path)
                content = _content(file, entry)
        except FileNotFoundError as error:
            raise changed_error(self.path) from error
        except OSError as error:
            raise EntryError(f"{name} in {self.path.name} cannot be read: {reason_of(error)}.") from error
        if content is None:
            raise EntryError(f"{name} in {self.path.name} is damaged.")
        return content

    def newer(self) -> Archive:
        """Return the archive that has replaced this one under its name, opened once. Raises ProjectError."""
        if self._newer is None or stamp_of(self.path) != self._newer.stamp:
            self._newer = Archive(self.path)
        return self._newer

    def mark(self, name: str) -> Mark | None:
        """Return by what an entry is known again in another archive; None if there is no such entry."""
        entry = self._entries.get(name)
        return None if entry is None else (entry.crc, entry.bytes)

    def _directory(self, file: IO[bytes]) -> list[tuple[str, _Entry]] | None:
        """Return the entries that the directory at the end lists; None if it is damaged or missing."""
        try:
            with zipfile.ZipFile(_BoundedFile(file)) as archive:  # type: ignore[arg-type] — all that zipfile asks for
                entries = [
                    (
                        info.filename,
                        _Entry(
                            info.header_offset,
                            info.compress_type,
                            info.CRC,
                            info.compress_size,
                            info.file_size,
                            info.flag_bits,
                        ),
                    )
                    for info in archive.infolist()
                ]
        except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError, EOFError, IndexError):
            return None
        return entries

    def _scan(self, file: IO[bytes]) -> list[tuple[str, _Entry]]:
        """Return the entries up to where the file is cut short or damaged, found by their headers."""
        self.problems.append(
            f"{self.path.name} is cut short or damaged; what comes before the damage is read."
        )
        entries: list[tuple[str, _Entry]] = []
        size, offset = os.fstat(file.fileno()).st_size, 0
        while True:
            file.seek(offset)
            head = file.read(_HEADER_BYTES)
            if len(head) < _HEADER_BYTES or head[:4] != _LOCAL:
                return entries
            flags, method = struct.unpack("<HH", head[6:10])
            crc, stored, length, name_length, extra = struct.unpack("<IIIHH", head[14:30])
            name = file.read(name_length).decode("utf-8", "replace")
            end = offset + _HEADER_BYTES + name_length + extra + stored
            if end > size:
                return entries
            entries.append((name, _Entry(offset, method, crc, stored, length, flags)))
            offset = end

    def _usable(self, entries: list[tuple[str, _Entry]]) -> dict[str, _Entry]:
        """Return the entries with a plain name of their own that do not overlap; sentences say what is left out."""
        names = [name for name, _ in entries]
        twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
        overlapping, end = set[int](), 0
        for entry in sorted((entry for _, entry in entries), key=lambda entry: entry.offset):
            if entry.offset < end:  # so that a small file could claim to hold much
                overlapping.add(entry.offset)
            end = max(end, entry.offset + _HEADER_BYTES + entry.stored_bytes)
        usable: dict[str, _Entry] = {}
        for name, entry in entries:
            if name.endswith("/"):
                continue
            reason = (
                "has a name that no project has"
                if not _SAFE_NAME.fullmatch(name) or {".", ".."} & set(name.split("/"))
                else "is there more than once"
                if name in twice
                else "lies over another entry"
                if entry.offset in overlapping
                else None
            )
            if reason is None:
                usable[name] = entry
            elif (
                problem := f"{name[:80]!r} in {self.path.name} {reason} and is not read."
            ) not in self.problems:
                self.problems.append(problem)
        return usable


@dataclass(frozen=True)
class StoredContent:
    """The content of an entry of an archive, to be read when it is needed."""

    archive: Archive
    name: str

    def read(self, max_bytes: int | None = None) -> bytes:
        """Return the content, which a newer file of the same name may hold by now.

        Raises ProjectError: see Archive.read().
        """
        try:
            return self.archive.read(self.name, max_bytes)
        except ArchiveChangedError:
            with suppress(ProjectError):
                newer, mark = self.archive.newer(), self.archive.mark(self.name)
                if mark is not None and newer.mark(self.name) == mark:
                    return newer.read(self.name, max_bytes)
            raise


@dataclass(frozen=True)
class FileContent:
    """The content of a file of its own."""

    path: Path

    def read(self, max_bytes: int | None = None) -> bytes:
        """Return the content. Raises ProjectError if it cannot be read, or is larger than `max_bytes`."""
        try:
            if max_bytes is not None and self.path.stat().st_size > max_bytes:
                raise ProjectError(f"{self.path} is larger than {max_bytes >> 10:,} KiB.")
            return self.path.read_bytes()
        except OSError as error:
            raise ProjectError(f"{self.path} cannot be read: {reason_of(error)}.") from error


class Readable(Protocol):
    """A content that lies in a file."""

    def read(self, max_bytes: int | None = None) -> bytes:
        """Return the content. Raises EntryError if it is missing, damaged or larger than `max_bytes`."""
        ...


Content: TypeAlias = bytes | Readable


def content_bytes(content: Content, max_bytes: int | None = None) -> bytes:
    """Return a content, read if it is stored. Raises ProjectError: see Archive.read()."""
    return content if isinstance(content, bytes) else content.read(max_bytes)


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a file; None if there is none."""
    try:
        with path.open("rb") as file:
            return _stamp(file)
    except FileNotFoundError:
        return None


def changed_error(path: Path) -> ArchiveChangedError:
    """Return the error for a file that is not the one that was opened."""
    return ArchiveChangedError(f"{path} was changed, moved or removed by another program. Open it again.")


def not_a_project(path: Path) -> ProjectError:
    """Return the error for a file of another kind."""
    return ProjectError(f"{path} is not a ddsgui project.")


def _max_bytes(name: str) -> int:
    if name.startswith(f"{MODELS_FOLDER}/"):
        return MAX_MODEL_BYTES
    return MAX_ENTRY_BYTES.get(Path(name).suffix, MAX_OTHER_ENTRY_BYTES)


def _stamp(file: IO[bytes]) -> Stamp:
    state = os.fstat(file.fileno())
    return state.st_ino, state.st_size, state.st_mtime_ns


def _content(file: IO[bytes], entry: _Entry) -> bytes | None:
    """Return the content of an entry; None if it is damaged."""
    file.seek(entry.offset)
    head = file.read(_HEADER_BYTES)
    if len(head) < _HEADER_BYTES or head[:4] != _LOCAL or entry.flags & 1:  # 1: encrypted
        return None
    file.seek(sum(struct.unpack("<HH", head[26:30])), os.SEEK_CUR)
    content: bytes | None = file.read(entry.stored_bytes)
    if entry.method == zipfile.ZIP_DEFLATED:
        content = _inflated(content, entry.bytes)
    elif entry.method != zipfile.ZIP_STORED:
        return None
    if content is None or len(content) != entry.bytes or zlib.crc32(content) != entry.crc:
        return None
    return content


def _inflated(content: bytes, length: int) -> bytes | None:
    """Return inflated bytes, one more than `length` at most; None if they are damaged."""
    with suppress(zlib.error):
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, length + 1)
    return None


class _BoundedFile:
    """A file from which zipfile reads no larger directory than MAX_DIRECTORY_BYTES."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, length: int = -1) -> bytes:
        if length > MAX_DIRECTORY_BYTES:
            raise ValueError("a directory too large to be one")
        return self._file.read(length)

    def close(self) -> None:
        """Do nothing: the file belongs to the caller."""
