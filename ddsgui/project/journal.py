"""A journal: the newest state of a project on the disk, appended to within a second of every change.

A record is a piece of a content, or a state. A state names the contents that make up the project from then on; equal
pieces are written once. The last state before the first record that is cut short or damaged is the one that counts, so
that a crash at any moment leaves the state before or after a change. See docs/project_file.md.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from weakref import WeakSet

from ddsgui.errors import ProjectError
from ddsgui.project.archive import Archive, Content, EntryError, StoredContent
from ddsgui.project.archive_writer import DEFLATED_SUFFIXES
from ddsgui.project.journal_state import (
    JournalInfo,
    Marked,
    Pieces,
    Reference,
    decode_info,
    decode_state,
    encode_state,
)
from ddsgui.project.record_file import RecordFile, read_records

PIECE, STATE = b"C", b"S"  # kinds of records
MIN_COMPACTED_BYTES = 32 << 20  # a journal smaller than this is never compacted
_DIGEST_BYTES = 32
_PLAIN, _DEFLATED = b"p", b"z"


@dataclass(frozen=True, eq=False)
class JournalContent:
    """A content that lies in a journal. The journal keeps it for as long as this value is in use."""

    journal: Journal
    digests: tuple[str, ...]
    size: int  # in bytes

    def __len__(self) -> int:
        return self.size

    def read(self, max_bytes: int | None = None) -> bytes:
        """Return the content. Raises EntryError if it is damaged or larger than `max_bytes`."""
        if max_bytes is not None and self.size > max_bytes:
            raise EntryError(f"A content of {self.journal.path.name} is larger than {max_bytes >> 10:,} KiB.")
        return b"".join(map(self.journal.piece, self.digests))


@dataclass(frozen=True)
class _Place:
    """The place of a piece: the digest, a byte for its form, and the data."""

    offset: int
    stored_bytes: int
    bytes: int  # once it is inflated


class Journal:
    """One journal, created if it is missing. One thread writes; others may read contents.

    `info` and `contents` are the newest state, without what `problems` says is lost. Raises DdsError if the file cannot
    be written, ProjectError if it is of another kind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.info = JournalInfo()
        self.contents: Mapping[str, Content] = {}
        self.problems: list[str] = []
        self._file = RecordFile(path)
        self._lock = threading.RLock()
        self._places: dict[str, _Place] = {}
        self._references: dict[str, Reference] = {}
        self._in_use: WeakSet[JournalContent] = WeakSet()
        self._next_check = MIN_COMPACTED_BYTES
        self._replay()

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return self._file.end

    def store(self, content: bytes, deflate: bool = False) -> JournalContent:
        """Append a content, unless it is in the journal already; commit() makes sure that it is on the disk.

        Raises DdsError if it cannot be written.
        """
        return self.content((self.store_piece(content, deflate),))

    def store_piece(self, piece: bytes, deflate: bool = False) -> str:
        """Append a piece, unless it is in the journal already, and return its digest. Raises DdsError."""
        digest = sha256(piece)
        if (name := digest.hexdigest()) not in self._places:
            data = _DEFLATED + zlib.compress(piece, 1) if deflate else _PLAIN + piece
            offset = self._file.append(PIECE, digest.digest() + data)
            with self._lock:
                self._places[name] = _Place(offset, _DIGEST_BYTES + len(data), len(piece))
        return name

    def content(self, digests: tuple[str, ...]) -> JournalContent:
        """Return the content of pieces that are in the journal."""
        content = JournalContent(self, digests, sum(self._places[digest].bytes for digest in digests))
        with self._lock:
            self._in_use.add(content)
        return content

    def commit(self, contents: Mapping[str, Content], info: JournalInfo) -> None:
        """Make these entries the newest state, which is on the disk once this returns. Raises DdsError if that fails.

        An entry that is the same object as in the last state costs nothing. Entries of the project's file stay there.
        """
        known = self.contents if info.path == self.info.path else {}
        references = {
            name: self._references[name]
            if known.get(name) is content
            else self._reference(name, content, info.path)
            for name, content in contents.items()
        }
        changes = {name: r for name, r in references.items() if self._references.get(name) != r}
        dropped = [name for name in self._references if name not in references]
        if changes or dropped or info != self.info:
            self._file.append(STATE, encode_state(info, changes, dropped))
        with self._lock:
            self.contents, self._references, self.info = dict(contents), references, info
        self._file.sync()
        if self.bytes > self._next_check:
            live = sum(self._places[digest].stored_bytes for digest in self._live())
            self._next_check = max(MIN_COMPACTED_BYTES, 2 * live)
            if self.bytes > self._next_check:
                self.compact()

    def compact(self) -> None:
        """Write the file again without the pieces that nothing uses any more. Raises DdsError; the old file stays."""
        with self._lock:
            live = self._live()
            places = [self._places[digest] for digest in live]
            pieces = ((PIECE, self._file.read(place.offset, place.stored_bytes)) for place in places)
            *offsets, _ = self._file.rewrite(
                record
                for records in (pieces, ((STATE, encode_state(self.info, self._references, ())),))
                for record in records
            )
            self._places = {
                digest: _Place(offset, place.stored_bytes, place.bytes)
                for digest, place, offset in zip(live, places, offsets, strict=True)
            }

    def piece(self, digest: str) -> bytes:
        """Return a piece. Raises EntryError if it is damaged."""
        with self._lock:
            place = self._places.get(digest)
            payload = b"" if place is None else self._file.read(place.offset, place.stored_bytes)
        form, data = payload[_DIGEST_BYTES : _DIGEST_BYTES + 1], payload[_DIGEST_BYTES + 1 :]
        with suppress(zlib.error):
            piece = zlib.decompress(data) if form == _DEFLATED else data
            if form and sha256(piece).hexdigest() == digest:
                return piece
        raise EntryError(f"A content of {self.path.name} is damaged.")

    def close(self) -> None:
        """Close the file; contents in it can no longer be read."""
        self._file.close()

    # ---- internals

    def _live(self) -> list[str]:
        """Return the digests of the pieces that the newest state or a value in memory uses, in the file's order."""
        used = {d for r in self._references.values() if isinstance(r, Pieces) for d in r.digests}
        used.update(digest for content in list(self._in_use) for digest in content.digests)
        return [digest for digest in self._places if digest in used]

    def _reference(self, name: str, content: Content, path: str | None) -> Reference:
        """Return where a content lies from now on. path: of the project's file."""
        if (
            isinstance(content, StoredContent)
            and str(content.archive.path) == path
            and (mark := content.archive.mark(content.name)) is not None
        ):
            return Marked(mark)
        if not isinstance(content, JournalContent) or content.journal is not self:
            data = content if isinstance(content, bytes) else content.read()
            content = self.store(data, deflate=name.endswith(DEFLATED_SUFFIXES))
        return Pieces(content.digests)

    def _replay(self) -> None:
        """Read the newest state; what follows it is cut off."""
        end, references = self._file.end, dict[str, Reference]()
        for kind, payload, offset in self._file.records():
            if kind == PIECE:
                data = payload[_DIGEST_BYTES + 1 :]
                with suppress(zlib.error):
                    is_deflated = payload[_DIGEST_BYTES : _DIGEST_BYTES + 1] == _DEFLATED
                    size = len(zlib.decompress(data)) if is_deflated else len(data)
                    self._places[payload[:_DIGEST_BYTES].hex()] = _Place(offset, len(payload), size)
            elif kind == STATE and (info := decode_state(payload, references)) is not None:
                self.info, end = info, offset + len(payload)
        self._file.cut(end)
        self._places = {digest: place for digest, place in self._places.items() if place.offset < end}
        archive = self._project_file(references)
        contents: dict[str, Content] = {}
        lost = 0
        for name, reference in references.items():
            if isinstance(reference, Pieces) and all(digest in self._places for digest in reference.digests):
                contents[name] = self.content(reference.digests)
            elif (
                isinstance(reference, Marked) and archive is not None and archive.mark(name) == reference.mark
            ):
                contents[name] = StoredContent(archive, name)
            else:
                lost += 1
        if lost and archive is not None:
            self.problems.append(
                f"{archive.path.name} was changed by another program: {lost:,} entries are lost."
            )
        self.contents, self._references = contents, {name: references[name] for name in contents}

    def _project_file(self, references: Mapping[str, Reference]) -> Archive | None:
        """Return the archive that a part of the state lies in, if there is such a part."""
        if self.info.path is None or not any(isinstance(r, Marked) for r in references.values()):
            return None
        try:
            return Archive(Path(self.info.path))
        except ProjectError as error:
            self.problems.append(str(error))
            return None


def read_info(path: Path) -> JournalInfo | None:
    """Return the facts of a journal's newest state without reading its contents; None if there is no state."""
    info = None
    for record in read_records(path, skipped=PIECE):
        if record.kind == STATE:
            info = decode_info(record.payload) or info
    return info
