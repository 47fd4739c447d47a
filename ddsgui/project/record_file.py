"""An append-only file of checksummed records."""

from __future__ import annotations

import os
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from ddsgui.errors import DdsError, ProjectError
from ddsgui.paths import reason_of, write_beside

MAGIC = b"ddsgui journal 1\n"
MAX_RECORD_BYTES = 256 << 20
_HEAD = struct.Struct("<cII")  # kind, bytes of the payload, CRC-32 of kind and payload


class Record(NamedTuple):
    """A record as it lies in the file."""

    kind: bytes  # one byte
    payload: bytes
    offset: int  # of the payload


class RecordFile:
    """One file, created if it is missing. One thread appends; others may read.

    Raises DdsError if it cannot be opened for writing, ProjectError if it is of another kind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.end = len(MAGIC)  # of the records; what follows is overwritten
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _open(path)
            head = self._file.read(len(MAGIC))
            if len(head) < len(MAGIC):  # new, or cut short in its first moment
                self._file.seek(0)
                self._file.truncate()
                self._file.write(MAGIC)
                self.sync()
                _sync_folder(path.parent)
        except OSError as error:
            raise DdsError(f"{path} cannot be written: {reason_of(error, path.parent)}.") from error
        if head not in (MAGIC, MAGIC[: len(head)]):
            self._file.close()
            raise ProjectError(f"{path} is not a journal of ddsgui.")

    def records(self) -> Iterator[Record]:
        """Yield the records from the first to the one before damage. Afterwards call cut()."""
        with self._lock:
            self._file.seek(len(MAGIC))
            yield from _records(self._file)

    def cut(self, end: int) -> None:
        """Remove what comes after an offset."""
        with self._lock, suppress(OSError):
            self.end = end
            self._file.truncate(end)

    def append(self, kind: bytes, payload: bytes) -> int:
        """Append a record and return the offset of its payload. Raises DdsError; the file then stays as it was."""
        record = memoryview(_record(kind, payload))
        with self._lock:
            try:
                self._file.seek(self.end)
                while record:
                    record = record[self._file.write(record) :]
            except (OSError, ValueError) as error:
                with suppress(OSError, ValueError):
                    self._file.truncate(self.end)
                raise self._error(error) from error
            self.end += _HEAD.size + len(payload)
            return self.end - len(payload)

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes, fewer at the end of the file or if they cannot be read."""
        with self._lock, suppress(OSError, ValueError):
            self._file.seek(offset)
            return self._file.read(length)
        return b""

    def sync(self) -> None:
        """Return once everything is on the disk. Raises DdsError if that fails."""
        try:
            os.fsync(self._file.fileno())
        except (OSError, ValueError) as error:
            raise self._error(error) from error

    def rewrite(self, records: Iterable[tuple[bytes, bytes]]) -> list[int]:
        """Write the file again with these records, completely or not at all; return the offsets of their payloads.

        Raises DdsError if it cannot be written.
        """
        with self._lock:
            offsets: list[int] = []
            try:
                with write_beside(self.path) as beside:
                    with beside.open("wb") as file:
                        end = file.write(MAGIC)
                        for kind, payload in records:
                            end += file.write(_record(kind, payload))
                            offsets.append(end - len(payload))
                        file.flush()
                        os.fsync(file.fileno())
                    self._file.close()  # some systems do not rename over an open file
                self.end = end
            finally:
                if self._file.closed:
                    self._file = _open(self.path)
            _sync_folder(self.path.parent)
            return offsets

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    def _error(self, error: Exception) -> DdsError:
        reason = reason_of(error) if isinstance(error, OSError) else "it is closed"
        return DdsError(f"{self.path} cannot be written: {reason}.")


def read_records(path: Path, skipped: bytes) -> Iterator[Record]:
    """Yield the records of a file that is only read, without those of a kind; none if it cannot be read."""
    with suppress(OSError), path.open("rb") as file:
        if file.read(len(MAGIC)) == MAGIC:
            yield from _records(file, skipped)


def _open(path: Path) -> IO[bytes]:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)


def _record(kind: bytes, payload: bytes) -> bytes:
    return _HEAD.pack(kind, len(payload), _crc(kind, payload)) + payload


def _crc(kind: bytes, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(kind))


def _records(file: IO[bytes], skipped: bytes = b"") -> Iterator[Record]:
    """Yield records up to the first that is cut short or damaged; those of the kind `skipped` are passed over."""
    size, offset = os.fstat(file.fileno()).st_size, file.tell()
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        kind, length, crc = _HEAD.unpack(head)
        offset += _HEAD.size
        if length > MAX_RECORD_BYTES or offset + length > size:
            return
        if kind == skipped:
            file.seek(length, os.SEEK_CUR)
        else:
            payload = file.read(length)
            if len(payload) < length or _crc(kind, payload) != crc:
                return
            yield Record(kind, payload, offset)
        offset += length


def _sync_folder(folder: Path) -> None:
    """Make sure that a new name in a folder is on the disk, where folders can be flushed."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
