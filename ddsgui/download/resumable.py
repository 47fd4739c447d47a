"""A file brought here whole over a network that breaks off: resumed, checked, and named only at the end."""

from __future__ import annotations

import re
import shutil
import time
from collections import deque
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from ddsgui import paths
from ddsgui.checkpoints.hashing import sha256_steps
from ddsgui.download.http import NETWORK_ERRORS, AddressError, UnreachableError, open_url, refuse_page
from ddsgui.download.partial_file import PartialFile, Source, blame_disk
from ddsgui.errors import LibraryError
from ddsgui.library.catalogue import CatalogueEntry

MAX_FRUITLESS_TRIES = 4  # connections in a row that bring nothing new
RETRY_SECONDS = 0.5  # seconds before the second of them; it doubles
BLOCK = 1 << 18  # bytes
REPORT_SECONDS = 0.1  # seconds between two reports
RATE_WINDOW_SECONDS = 5.0  # seconds that the rate is taken over
MAX_UNKNOWN_BYTES = 16 << 30  # bytes, where nobody says how large the file is


@dataclass(frozen=True)
class DownloadProgress:
    """How far a download is."""

    received: int  # bytes
    total: int | None  # bytes; None where nobody says
    rate: float  # bytes a second, lately
    host: str

    @property
    def seconds_left(self) -> float | None:
        """None where it cannot be told."""
        return None if self.total is None or self.rate <= 0 else (self.total - self.received) / self.rate


class Download:
    """One file of the catalogue on its way into a folder.

    What has come lies in FILE.part, with FILE.part.json beside it that says of which file it is the beginning; the
    next download goes on from there. The file takes its name once its size and its SHA-256 are right.
    """

    def __init__(
        self, offer: CatalogueEntry, folder: Path, mirrors: tuple[str, ...] = (), sha256: str | None = None
    ) -> None:
        """`mirrors`: addresses of folders, tried first. `sha256`: of the file, where it is known."""
        self.offer = offer
        self.path = folder / offer.file_name
        self.partial = PartialFile(self.path)
        self.sha256 = sha256 or offer.sha256
        self._urls = (*(urljoin(mirror, quote(offer.file_name)) for mirror in mirrors), *offer.direct)
        self._marks: deque[tuple[float, int]] = deque()

    @property
    def received(self) -> int:
        """Bytes that are here already."""
        return self.path.stat().st_size if self.path.is_file() else self.partial.received

    def discard(self) -> None:
        """Forget what has come."""
        with suppress(OSError):
            self.path.unlink()
        with suppress(OSError):
            self.partial.delete()

    def steps(self) -> Generator[DownloadProgress, None, str]:
        """Bring the file to `path`; its SHA-256. Whoever stops iterating may go on later.

        A step waits for the network up to web_file.TIMEOUT seconds. LibraryError if it cannot be had.
        """
        if not self._urls:
            raise LibraryError(
                f"{self.offer.title} is handed out on a web page only: get the file at {self.offer.page} and add "
                f"it as {self.offer.name}."
            )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"{self.path.parent} cannot be made: {paths.reason_of(error)}.") from error
        if self.path.is_file():  # it came, and was not added
            digest = yield from self._digest(self.path, urlsplit(self._urls[0]).hostname or "")
            if self.sha256 in (None, digest):
                return digest
            self.path.unlink()
        failure: AddressError | None = None
        for url in self._urls:
            try:
                return (yield from self._bring(url))
            except AddressError as error:
                failure = failure or error
        assert failure is not None
        raise LibraryError(str(failure)) from failure

    def _bring(self, url: str) -> Generator[DownloadProgress, None, str]:
        """From one address, with as many connections as it takes."""
        host = urlsplit(url).hostname or url
        best, fruitless = self.partial.received, 0
        while True:
            try:
                total = yield from self._receive(url, host)
                break
            except NETWORK_ERRORS as error:
                received = self.partial.received
                fruitless = 0 if received > best else fruitless + 1
                best = max(best, received)
                if fruitless >= MAX_FRUITLESS_TRIES:
                    raise AddressError(self._broken_off(host, error)) from error
                until = time.monotonic() + RETRY_SECONDS * 2**fruitless
                while time.monotonic() < until:
                    yield self._progress(host)
                    time.sleep(REPORT_SECONDS)
        digest = yield from self._digest(self.partial.path, host)
        if self.sha256 is not None and digest != self.sha256:
            self.discard()
            raise AddressError(
                f"What {host} sent is not {self._meant} (its SHA-256 is {digest[:12]}…, not "
                f"{self.sha256[:12]}…); it was deleted."
            )
        self.partial.complete()
        yield DownloadProgress(self.received, total, 0.0, host)
        return digest

    def _receive(self, url: str, host: str) -> Generator[DownloadProgress, None, int | None]:
        """One connection, to the end of the file; its size. One of BREAKS if it does not come so far."""
        begun = self.partial.source_to_resume(url, proven=self.sha256 is not None)
        start = self.partial.received if begun is not None else 0
        if begun is not None and start and start == begun.total:
            return start
        with open_url(url, start, begun.validator if begun else None, self.offer) as reply:
            if reply is None:  # it has no such range: the file is another one by now
                self.partial.delete()
                raise ConnectionResetError("the file has changed")
            start, total = self._place(reply, start, begun)
            self._check_size(total, host)
            self._check_room(total, start)
            if start == 0:
                self.partial.delete()
            self.partial.save_source(
                Source(url, total, reply.headers["ETag"], reply.headers["Last-Modified"])
            )
            yield from self._write(reply, start, total, host)
        if total is not None and self.partial.received < total:
            raise ConnectionResetError("the connection broke off")
        self._check_size(self.partial.received, host)
        return total

    def _write(
        self, reply: Any, start: int, total: int | None, host: str
    ) -> Generator[DownloadProgress, None, None]:
        most = total or self.offer.bytes or MAX_UNKNOWN_BYTES
        shown, received = 0.0, start
        path = self.partial.path
        with self.partial.open_at(start) as file:
            while block := reply.read1(BLOCK):
                if received == 0:
                    refuse_page(block, self.offer, host)
                received += len(block)
                if received > most:
                    raise AddressError(
                        f"{host} sends more than the {_size(most)} that {self.offer.file_name} has."
                    )
                with blame_disk(path):
                    file.write(block)
                now = time.monotonic()
                if now - shown >= REPORT_SECONDS:
                    with blame_disk(path):
                        file.flush()
                    shown = now
                    yield self._progress(host, received, total)

    def _place(self, reply: Any, asked: int, begun: Source | None) -> tuple[int, int | None]:
        """Where in the file the answer begins, and the size of the whole."""
        if reply.status == 206:
            match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", reply.headers.get("Content-Range", ""))
            fits = match and int(match[1]) == asked and begun and begun.total in (None, int(match[2]))
            if not match or not fits:
                self.partial.delete()
                raise ConnectionResetError("the file has changed")
            return asked, int(match[2])
        length = reply.headers.get("Content-Length", "")
        return 0, int(length) if length.isdecimal() else None

    def _check_size(self, total: int | None, host: str) -> None:
        expected = self.offer.bytes
        if total is not None and expected is not None and total != expected:
            self.partial.delete()
            raise AddressError(
                f"{host} has a {self.offer.file_name} of {_size(total)} ({total} bytes), where one of {expected} "
                "bytes is meant; it was not taken."
            )

    def _check_room(self, total: int | None, start: int) -> None:
        free = shutil.disk_usage(self.path.parent).free
        if total is not None and total - start > free:
            raise LibraryError(
                f"{self.offer.file_name} needs {_size(total - start)} more and {self.path.parent} has "
                f"{_size(free)} free; make room or choose another folder with --library."
            )

    def _digest(self, path: Path, host: str) -> Generator[DownloadProgress, None, str]:
        steps = sha256_steps(path)
        while True:
            try:
                with blame_disk(path):
                    next(steps)
            except StopIteration as end:
                return end.value
            yield self._progress(host)

    def _progress(self, host: str, received: int | None = None, total: int | None = None) -> DownloadProgress:
        received = self.received if received is None else received
        now = time.monotonic()
        self._marks.append((now, received))
        while len(self._marks) > 2 and now - self._marks[0][0] > RATE_WINDOW_SECONDS:
            self._marks.popleft()
        then, before = self._marks[0]
        rate = max(0, received - before) / (now - then) if now > then else 0.0
        return DownloadProgress(received, total or self.offer.bytes, rate, host)

    @property
    def _meant(self) -> str:
        if self.offer.sha256 is not None:
            return f"the {self.offer.file_name} that is meant"
        return f"the {self.offer.file_name} that came the first time"

    def _broken_off(self, host: str, error: Exception) -> str:
        here = self.partial.received
        why = "it does not answer" if isinstance(error, TimeoutError) else "the connection breaks off"
        if isinstance(error, UnreachableError):
            why = str(error)
        kept = f"; {_size(here)} are kept, and the next try goes on from there" if here else ""
        return f"{self.offer.file_name} could not be had from {host}: {why}{kept}."


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
