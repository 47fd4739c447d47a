"""The bytes of a pickle, read in order. Every length is compared with the bytes that are left before it is used."""

from __future__ import annotations

import codecs
import struct
import sys
from typing import Any

from ddsgui.checkpoints.messages import damaged_error

MAX_LINE_BYTES = 4096
MAX_INTEGER_BYTES = 64
MAX_TEXT_BYTES = 64 << 20  # per string: arrays of protocol 2 are strings, too
MAX_WIDE_TEXT_BYTES = 64 << 20  # that all strings together may take in memory beyond their bytes in the file
U8, U16, U32, U64, I32, F64 = map(struct.Struct, ("<B", "<H", "<I", "<Q", "<i", ">d"))


class PickleStream:
    """The bytes of `view` from `position` on. Its methods raise CheckpointError where fewer are left than they need."""

    def __init__(self, view: memoryview, name: str, position: int = 0) -> None:
        self.position = position
        self._view, self._name = view, name
        self._wide = 0

    @property
    def remaining(self) -> int:
        """The number of bytes that are left."""
        return len(self._view) - self.position

    def take(self, length: int) -> memoryview:
        """Return the next bytes, not copied."""
        start = self.position
        if not 0 <= length <= self.remaining:
            raise damaged_error(self._name)
        self.position = start + length
        return self._view[start : self.position]

    def number(self, format: struct.Struct) -> Any:
        """Return the next number in a format such as U8."""
        return format.unpack(self.take(format.size))[0]

    def long_integer(self, length: int) -> int:
        """Return the next integer, of `length` bytes."""
        if length > MAX_INTEGER_BYTES:
            raise damaged_error(self._name)
        return int.from_bytes(self.take(length), "little", signed=True)

    def text(self, length: int, encoding: str) -> str:
        """Return the next bytes as text."""
        raw = self.take(length)
        if length > MAX_TEXT_BYTES:
            raise damaged_error(self._name)
        text = str(raw, encoding, "surrogatepass" if encoding == "utf-8" else "strict")
        self._wide += max(0, sys.getsizeof(text) - 2 * length - 128)
        if self._wide > MAX_WIDE_TEXT_BYTES:
            raise damaged_error(self._name)
        return text

    def line(self) -> str:
        """Return the next line (protocol 0) without its end. Raises ValueError if it has none."""
        line = bytes(self._view[self.position : self.position + MAX_LINE_BYTES])
        length = line.index(b"\n")
        self.position += length + 1
        return line[:length].decode("latin-1")

    def integer_line(self) -> int | bool:
        """Return the integer in the next line. Raises ValueError if there is none."""
        line = self.line()
        if line in ("00", "01"):  # the booleans of protocol 0
            return line == "01"
        if len(line) > 40:
            raise ValueError(line)
        return int(line.removesuffix("L"))

    def quoted_line(self) -> str:
        """Return the quoted string in the next line. Raises ValueError if there is none."""
        line = self.line()
        if len(line) < 2 or line[0] not in "'\"" or line[-1] != line[0]:
            raise ValueError(line)
        return codecs.escape_decode(line[1:-1].encode())[0].decode("latin-1")  # type: ignore[attr-defined]
