"""The bytes of a pickle, taken one after the other.

Whatever a pickle says of lengths is held against the bytes that are there before anything is set aside for it.
"""

from __future__ import annotations

import codecs
import struct
import sys
from typing import Any

from ddsgui.checkpoints.messages import damaged_error

MAX_LINE = 4096
MAX_WHOLE = 64  # bytes of an integer
MAX_TEXT = 64 << 20  # bytes of one string: arrays of protocol 2 are strings, too
MAX_WIDE_TEXT = 64 << 20  # bytes that letters may take beyond those they have in the file
U8, U16, U32, U64, I32, F64 = map(struct.Struct, ("<B", "<H", "<I", "<Q", "<i", ">d"))


class PickleStream:
    """What stands in `view` from `position` on. CheckpointError where it says more than is there."""

    def __init__(self, view: memoryview, name: str, position: int = 0) -> None:
        self.position = position
        self._view, self._name = view, name
        self._wide = 0

    @property
    def remaining(self) -> int:
        """How many bytes are still to come."""
        return len(self._view) - self.position

    def take(self, length: int) -> memoryview:
        """So many bytes, where they lie in the file."""
        start = self.position
        if not 0 <= length <= self.remaining:
            raise damaged_error(self._name)
        self.position = start + length
        return self._view[start : self.position]

    def number(self, form: struct.Struct) -> Any:
        """A number of one of the forms above."""
        return form.unpack(self.take(form.size))[0]

    def long_integer(self, length: int) -> int:
        """An integer of so many bytes."""
        if length > MAX_WHOLE:
            raise damaged_error(self._name)
        return int.from_bytes(self.take(length), "little", signed=True)

    def text(self, length: int, encoding: str) -> str:
        """So many bytes as letters."""
        raw = self.take(length)
        if length > MAX_TEXT:
            raise damaged_error(self._name)
        text = str(raw, encoding, "surrogatepass" if encoding == "utf-8" else "strict")
        self._wide += max(0, sys.getsizeof(text) - 2 * length - 128)
        if self._wide > MAX_WIDE_TEXT:
            raise damaged_error(self._name)
        return text

    def line(self) -> str:
        """A line of protocol 0, without its end. ValueError if it has none."""
        ahead = bytes(self._view[self.position : self.position + MAX_LINE])
        length = ahead.index(b"\n")
        self.position += length + 1
        return ahead[:length].decode("latin-1")

    def integer_line(self) -> int | bool:
        """A line that holds an integer. ValueError if it does not."""
        line = self.line()
        if line in ("00", "01"):  # protocol 0 has no other booleans
            return line == "01"
        if len(line) > 40:
            raise ValueError(line)
        return int(line.removesuffix("L"))

    def quoted_line(self) -> str:
        """A line that holds a string between quotation marks. ValueError if it does not."""
        line = self.line()
        if len(line) < 2 or line[0] not in "'\"" or line[-1] != line[0]:
            raise ValueError(line)
        return codecs.escape_decode(line[1:-1].encode())[0].decode("latin-1")  # type: ignore[attr-defined]
