"""The states of a journal: the facts about a project, and where each of its entries lies."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from ddsgui.project.archive import Mark
from ddsgui.text import json_text


@dataclass(frozen=True)
class Pieces:
    """A content in the journal: the SHA-256 of each of its pieces, as hexadecimal digits."""

    digests: tuple[str, ...]


@dataclass(frozen=True)
class Marked:
    """A content in the project's file: an entry of the same name, with this mark."""

    mark: Mark


Reference: TypeAlias = Pieces | Marked


@dataclass(frozen=True)
class JournalInfo:
    """The facts about a project that stand next to its contents."""

    path: str | None = None  # of the project's file; None of a project that has none
    unsaved: bool = False  # True if the project's file lacks something
    closed: bool = False  # by the artist; False after a crash
    started: str = ""  # when the journal was begun, ISO 8601 in UTC
    base_next: int = 1  # the next number in the project's file

    @classmethod
    def from_dict(cls, data: object) -> JournalInfo:
        """Return what asdict() gave; a value of another type counts as missing."""
        values = data if isinstance(data, dict) else {}
        path, started, base_next = values.get("path"), values.get("started"), values.get("base_next")
        return cls(
            path if isinstance(path, str) else None,
            values.get("unsaved") is True,
            values.get("closed") is True,
            started if isinstance(started, str) else "",
            base_next if type(base_next) is int else 1,
        )


def encode_state(info: JournalInfo, changes: Mapping[str, Reference], dropped: Iterable[str]) -> bytes:
    """Return a state: the facts, and the entries that differ from those of the state before."""
    entries = {name: r.digests if isinstance(r, Pieces) else r.mark for name, r in changes.items()}
    document = {"info": asdict(info), "entries": entries, "dropped": list(dropped)}
    return zlib.compress(json_text(document).encode(), 1)


def decode_state(payload: bytes, references: dict[str, Reference]) -> JournalInfo | None:
    """Apply a state to the references of the one before and return its facts; None if it cannot be read."""
    try:
        document: Any = json.loads(zlib.decompress(payload))
        changes = {name: _reference(values) for name, values in document["entries"].items()}
        dropped, info = document["dropped"], JournalInfo.from_dict(document["info"])
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    for name in (*dropped, *changes):  # changed ones too, so that they are in the order of the newest state
        references.pop(name, None)
    references |= changes
    return info


def decode_info(payload: bytes) -> JournalInfo | None:
    """Return the facts of a state alone; None if it cannot be read."""
    return decode_state(payload, {})


def _reference(values: list[Any]) -> Reference:
    if all(isinstance(value, str) for value in values):
        return Pieces(tuple(values))
    crc, size = values
    return Marked((crc, size))
