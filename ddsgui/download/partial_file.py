"""An unfinished download on this disk, with a note about its source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from ddsgui import paths
from ddsgui.errors import LibraryError


@dataclass(frozen=True)
class Source:
    """The server's file that the received bytes come from."""

    url: str
    total: int | None  # bytes
    etag: str | None
    modified: str | None

    @property
    def validator(self) -> str | None:
        """The ETag or date that proves the server's file unchanged; a weak ETag does not."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


class PartialFile:
    """FILE.part, with its source in FILE.part.json next to it."""

    def __init__(self, whole: Path) -> None:
        """whole: the path that the file gets once it is complete."""
        self.whole = whole
        self.path = whole.with_name(f"{whole.name}.part")
        self._note = whole.with_name(f"{whole.name}.part.json")

    @property
    def received(self) -> int:
        """The number of bytes received so far."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def source_to_resume(self, url: str, *, proven: bool) -> Source | None:
        """Return the source of the received bytes if `url` can safely supply the rest, else None.

        proven: a SHA-256 will check the complete file, so that another server may supply the rest.
        """
        try:
            note = json.loads(self._note.read_text("utf-8"))
            source = Source(*(note[key] for key in ("url", "total", "etag", "modified")))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        if not self.received or not all(isinstance(v, str | int | None) for v in asdict(source).values()):
            return None
        if source.url == url and source.validator is not None:
            return source
        return Source(url, source.total, None, None) if proven else None

    def save_source(self, source: Source) -> None:
        """Save the source of the bytes. Raises LibraryError if it cannot be written."""
        with blame_disk(self._note):
            self._note.write_text(json.dumps(asdict(source)), "utf-8")

    @contextmanager
    def open_at(self, start: int) -> Iterator[IO[bytes]]:
        """Open the file for writing at byte `start` and truncate it there. Raises LibraryError if that fails."""
        with blame_disk(self.path):
            file = self.path.open("r+b" if start else "wb")
        with file:
            with blame_disk(self.path):
                file.seek(start)
                file.truncate()
            yield file

    def complete(self) -> None:
        """Give the file its final name. Raises LibraryError if that fails."""
        with blame_disk(self.whole):
            self.path.replace(self.whole)
        self._note.unlink(missing_ok=True)

    def delete(self) -> None:
        """Delete the file and its note."""
        for path in (self.path, self._note):
            path.unlink(missing_ok=True)


@contextmanager
def blame_disk(path: Path) -> Iterator[None]:
    """Turn an OSError of a local file into a LibraryError, so that it is not mistaken for a network error."""
    try:
        yield
    except OSError as error:
        raise LibraryError(f"{path} cannot be written: {paths.reason_of(error, path.parent)}.") from error
