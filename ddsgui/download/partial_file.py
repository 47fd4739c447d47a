"""The beginning of a file that is being downloaded, and what is known of the file that it is the beginning of."""

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
    """The file at a server that bytes came from."""

    url: str
    total: int | None  # bytes
    etag: str | None
    modified: str | None

    @property
    def validator(self) -> str | None:
        """What proves to the server that its file is still the same; a weak ETag does not."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


class PartialFile:
    """FILE.part, with FILE.part.json beside it that says of which file it is the beginning."""

    def __init__(self, whole: Path) -> None:
        """`whole`: the name that the file takes once it is whole."""
        self.whole = whole
        self.path = whole.with_name(f"{whole.name}.part")
        self._note = whole.with_name(f"{whole.name}.part.json")

    @property
    def received(self) -> int:
        """Bytes that are here."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def source_to_resume(self, url: str, *, proven: bool) -> Source | None:
        """Where the bytes came from, if the file at `url` can be trusted to go on from there.

        `proven`: a SHA-256 will prove the whole in the end, so that another server may go on with it, too.
        """
        try:
            noted = json.loads(self._note.read_text("utf-8"))
            origin = Source(*(noted[key] for key in ("url", "total", "etag", "modified")))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        if not self.received or not all(isinstance(v, str | int | None) for v in asdict(origin).values()):
            return None
        if origin.url == url and origin.validator is not None:
            return origin
        return Source(url, origin.total, None, None) if proven else None

    def save_source(self, origin: Source) -> None:
        """Say where the bytes come from. LibraryError if the disk is full."""
        with blame_disk(self._note):
            self._note.write_text(json.dumps(asdict(origin)), "utf-8")

    @contextmanager
    def open_at(self, start: int) -> Iterator[IO[bytes]]:
        """To be written from byte `start` on; what was behind it goes. LibraryError if it cannot be."""
        with blame_disk(self.path):
            file = self.path.open("r+b" if start else "wb")
        with file:
            with blame_disk(self.path):
                file.seek(start)
                file.truncate()
            yield file

    def complete(self) -> None:
        """Take the file's name. LibraryError if it cannot."""
        with blame_disk(self.whole):
            self.path.replace(self.whole)
        self._note.unlink(missing_ok=True)

    def delete(self) -> None:
        """Delete both."""
        for path in (self.path, self._note):
            path.unlink(missing_ok=True)


@contextmanager
def blame_disk(path: Path) -> Iterator[None]:
    """An OSError of a file here, told apart from one of the network."""
    try:
        yield
    except OSError as error:
        raise LibraryError(f"{path} cannot be written: {paths.reason_of(error)}.") from error
