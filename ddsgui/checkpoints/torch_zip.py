"""A zip archive whose entries are stored as they are, the way torch writes it: where in the file each one lies.

No entry is ever inflated, so that none can be larger than the file. Layout: PKWARE's APPNOTE, sections 4.3 and 4.5.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from ddsgui.checkpoints.messages import damaged_error, truncated_error
from ddsgui.errors import CheckpointError

MAX_ENTRIES = 100_000
_END, _END64, _LOCATOR64, _CENTRAL, _LOCAL = b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\1\2", b"PK\3\4"


@dataclass(frozen=True)
class Entry:
    """One file inside."""

    checksum: int  # CRC-32
    method: int  # 0: stored
    packed: int  # bytes in the archive
    size: int  # bytes once unpacked
    start: int  # of its local header


class Archive:
    """The entries of a zip archive by name. CheckpointError if its directory is damaged or not there."""

    def __init__(self, view: memoryview, name: str) -> None:
        self._view, self._name = view, name
        try:
            self.entries = self._directory()
        except (struct.error, ValueError) as error:
            raise damaged_error(name) from error

    def read(self, entry_name: str) -> memoryview:
        """The bytes of an entry, where they lie. CheckpointError if they are packed, or not what they were."""
        entry = self.entries.get(entry_name)
        if entry is None:
            raise damaged_error(self._name)
        if entry.method != 0 or entry.packed != entry.size:
            raise CheckpointError(
                f"{self._name} is a packed archive, which torch does not write; "
                "unpack it and open the model file inside."
            )
        head = self._view[entry.start : entry.start + 30]
        if len(head) < 30 or head[:4] != _LOCAL:
            raise damaged_error(self._name)
        start = entry.start + 30 + sum(struct.unpack("<HH", head[26:30]))
        data = self._view[start : start + entry.size]
        if len(data) != entry.size:
            raise damaged_error(self._name)
        if entry.checksum and zlib.crc32(data) != entry.checksum:  # torch can be told to write none
            raise damaged_error(self._name, f"the checksum of {entry_name[-40:]} is wrong")
        return data

    def _directory(self) -> dict[str, Entry]:
        count, size, start = self._where()
        position, stop = start, start + size
        if count > MAX_ENTRIES or stop > len(self._view):
            raise ValueError("no directory")
        entries: dict[str, Entry] = {}
        for _ in range(count):
            head = self._view[position : position + 46]
            if head[:4] != _CENTRAL:
                raise ValueError("no directory")
            _, method, _, _, checksum, packed, length = struct.unpack("<HHHHIII", head[8:28])
            name_length, extra_length, note_length = struct.unpack("<HHH", head[28:34])
            local = struct.unpack("<I", head[42:46])[0]
            position += 46
            name = str(self._view[position : position + name_length], "utf-8")
            extra = self._view[position + name_length : position + name_length + extra_length]
            length, packed, local = _in_full(extra, length, packed, local)
            entries[name] = Entry(checksum, method, packed, length, local)
            position += name_length + extra_length + note_length
        self._check_apart(entries)
        return entries

    def _where(self) -> tuple[int, int, int]:
        """Number of entries, and size and start of the directory."""
        tail_start = max(0, len(self._view) - 22 - 0xFFFF)
        tail = bytes(self._view[tail_start:])
        found = tail.rfind(_END)
        if found < 0:
            raise truncated_error(self._name)
        count, size, start = struct.unpack("<HII", tail[found + 10 : found + 20])
        if count != 0xFFFF and size != 0xFFFFFFFF and start != 0xFFFFFFFF:
            return count, size, start
        locator = tail[found - 20 : found]
        if found < 20 or locator[:4] != _LOCATOR64:
            return count, size, start
        end = struct.unpack("<Q", locator[8:16])[0]
        head = self._view[end : end + 56]
        if head[:4] != _END64:
            raise ValueError("no end")
        return struct.unpack("<QQQ", head[32:56])

    def _check_apart(self, entries: dict[str, Entry]) -> None:
        """Entries that lie on top of each other make a small file claim much."""
        end = 0
        for entry in sorted(entries.values(), key=lambda e: e.start):
            if entry.start < end:
                raise ValueError("entries overlap")
            end = entry.start + 30 + entry.packed
        if end > len(self._view):
            raise ValueError("entries beyond the end")


def _in_full(extra: memoryview, *fields: int) -> list[int]:
    """Sizes and offsets of 4 GiB and more are all ones, and stand in an extra field."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack("<HH", extra[position : position + 4])
        if kind == 1:
            values = iter(
                struct.unpack(f"<{length // 8}Q", extra[position + 4 : position + 4 + length // 8 * 8])
            )
            return [next(values, field) if field == 0xFFFFFFFF else field for field in fields]
        position += 4 + length
    return list(fields)
