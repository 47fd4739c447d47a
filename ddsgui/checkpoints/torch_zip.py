"""A zip archive as torch.save writes it: entries that are stored, each a view of the file's own bytes.

zipfile reads the directory. No entry is inflated, so none can be larger than the file, and none is copied.
"""

from __future__ import annotations

import struct
import zipfile
import zlib

from ddsgui.checkpoints.messages import damaged_error, truncated_error
from ddsgui.errors import CheckpointError

MAX_DIRECTORY_BYTES = 4 << 20  # a training state with a thousand tensors takes some 100 kB
_END, _LOCAL = b"PK\5\6", b"PK\3\4"  # signatures of the last record and of the header before each entry
_HEADER_BYTES = 30  # of that header, without its name and extra fields
_COUNT_64, _START_64 = 0xFFFF, 0xFFFFFFFF  # too large for this record, and stated in another


class TorchZip:
    """The entries of a zip archive by name. Raises CheckpointError if the directory is damaged or missing."""

    def __init__(self, view: memoryview, name: str) -> None:
        self._view, self._name = view, name
        count, start = self._last_record()
        try:
            with zipfile.ZipFile(_Reader(view)) as archive:  # type: ignore[arg-type] — all that zipfile asks for
                entries, directory = archive.infolist(), archive.start_dir
        except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError, EOFError) as error:
            raise damaged_error(name) from error
        self.entries = {entry.filename: entry for entry in entries}
        # zipfile does not compare these, and takes the last of two entries with one name; torch writes no two.
        if count not in (len(entries), _COUNT_64) or start not in (directory, _START_64):
            raise damaged_error(name)
        if len(self.entries) < len(entries) or self._overlap(entries):
            raise damaged_error(name)

    def read(self, entry_name: str) -> memoryview:
        """Return the bytes of an entry, in place. Raises CheckpointError if they are compressed or changed."""
        entry = self.entries.get(entry_name)
        if entry is None:
            raise damaged_error(self._name)
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise CheckpointError(
                f"{self._name} is a compressed archive, which torch does not write; "
                "unpack it and open the model file inside."
            )
        head = self._view[entry.header_offset : entry.header_offset + _HEADER_BYTES]
        if len(head) < _HEADER_BYTES or head[:4] != _LOCAL:
            raise damaged_error(self._name)
        start = (
            entry.header_offset + len(head) + sum(struct.unpack("<HH", head[26:30]))
        )  # after name and extra
        data = self._view[start : start + entry.file_size]
        if len(data) != entry.file_size:
            raise damaged_error(self._name)
        if entry.CRC and zlib.crc32(data) != entry.CRC:  # torch can be told to write no checksums
            raise damaged_error(self._name, f"the checksum of {entry_name[-40:]} is wrong")
        return data

    def _last_record(self) -> tuple[int, int]:
        """Return the number of entries and the place of the directory that the archive states at its end."""
        tail = bytes(self._view[-(22 + 0xFFFF) :])
        record = tail[tail.rfind(_END) :] if _END in tail else b""
        if len(record) < 22:
            raise truncated_error(self._name)
        count, _size, start = struct.unpack("<HII", record[10:20])
        return count, start

    def _overlap(self, entries: list[zipfile.ZipInfo]) -> bool:
        """Return whether entries overlap each other or the end: so a small file could claim to hold much."""
        end = 0
        for entry in sorted(entries, key=lambda entry: entry.header_offset):
            if entry.header_offset < end:
                return True
            end = entry.header_offset + _HEADER_BYTES + entry.compress_size
        return end > len(self._view)


class _Reader:
    """The part of a file object that zipfile needs, over a memoryview."""

    def __init__(self, view: memoryview) -> None:
        self._view, self._position = view, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        start = (0, self._position, len(self._view))[whence]
        if start + offset < 0:
            raise OSError("a place before the beginning")  # as files do; zipfile knows it
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def read(self, length: int = -1) -> bytes:
        stop = len(self._view) if length < 0 else self._position + length
        piece = self._view[self._position : stop]
        if len(piece) > MAX_DIRECTORY_BYTES:
            raise ValueError("a directory too large to be one")
        self._position += len(piece)
        return bytes(piece)

    def close(self) -> None:
        """Do nothing: the view belongs to the caller."""
