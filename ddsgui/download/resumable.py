"""Downloads over networks that fail: resumed, verified, and given their final name only at the end."""

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
from urllib.parse import urlsplit

from ddsgui import paths
from ddsgui.checkpoints.hashing import sha256_steps
from ddsgui.download.http import (
    NETWORK_ERRORS,
    AddressError,
    UnreachableError,
    WrongHashError,
    open_url,
    refuse_web_page,
)
from ddsgui.download.partial_file import PartialFile, Source, blame_disk
from ddsgui.download.request import Request
from ddsgui.errors import LibraryError

MAX_FRUITLESS_TRIES = 4  # connections in a row that receive nothing new
RETRY_SECONDS = 0.5  # before the second of these; doubles each time
BLOCK_BYTES = 1 << 18
REPORT_SECONDS = 0.1  # between two reports
RATE_WINDOW_SECONDS = 5.0  # that the rate is averaged over
MAX_UNKNOWN_BYTES = 16 << 30  # limit for a file of unknown size


@dataclass(frozen=True)
class DownloadProgress:
    """The state of a download that is running."""

    received: int  # bytes
    total: int | None  # bytes; None if unknown
    rate: float  # recent bytes per second
    host: str

    @property
    def seconds_left(self) -> float | None:
        """The estimated time to the end; None if unknown."""
        return None if self.total is None or self.rate <= 0 else (self.total - self.received) / self.rate


class Download:
    """The download of one file into a folder.

    Received bytes are in FILE.part, with FILE.part.json next to it; the next download resumes from there. The file
    gets its name once its size and SHA-256 are correct.
    """

    def __init__(self, request: Request, folder: Path) -> None:
        self.request = request
        self.path = folder / request.name
        self.partial = PartialFile(self.path)
        self._total: int | None = None  # bytes, as the server says
        self._recent: deque[tuple[float, int]] = deque()  # (time, bytes received then)

    @property
    def received(self) -> int:
        """The number of bytes on this disk."""
        return self.path.stat().st_size if self.path.is_file() else self.partial.received

    def discard(self) -> None:
        """Delete what has been received."""
        with suppress(OSError):
            self.path.unlink()
        with suppress(OSError):
            self.partial.delete()

    def steps(self) -> Generator[DownloadProgress, None, str]:
        """Download the file to `path` and return its SHA-256. Closing the generator keeps the received bytes.

        A step waits up to http.TIMEOUT_SECONDS for the network. The file is read once, at the end, for its SHA-256.
        Raises AddressError if no address can serve the file, and LibraryError if it cannot be saved.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"{self.path.parent} cannot be created: {paths.reason_of(error, self.path.parent)}."
            ) from error
        if self.path.is_file():  # an earlier download that was not used
            digest = yield from self._hash_steps(self.path, urlsplit(self.request.urls[0]).hostname or "")
            if self._is_expected(digest):
                return digest
            self.path.unlink()
        failure: AddressError | None = None
        for url in self.request.urls:
            try:
                return (yield from self._fetch_steps(url))
            except AddressError as error:
                failure = failure or error
        raise failure or AddressError(f"There is no address for {self.request.name}.")

    def _fetch_steps(self, url: str) -> Generator[DownloadProgress, None, str]:
        """Download from one address, with as many connections as it takes."""
        host = urlsplit(url).hostname or url
        most, fruitless = self.partial.received, 0
        while True:
            try:
                total = yield from self._receive_steps(url, host)
                break
            except NETWORK_ERRORS as error:
                received = self.partial.received
                fruitless = 0 if received > most else fruitless + 1
                most = max(most, received)
                if fruitless >= MAX_FRUITLESS_TRIES:
                    raise AddressError(self._failure_message(host, error)) from error
                until = time.monotonic() + RETRY_SECONDS * 2**fruitless
                while time.monotonic() < until:
                    yield self._progress(host)
                    time.sleep(REPORT_SECONDS)
        digest = yield from self._hash_steps(self.partial.path, host)
        if not self._is_expected(digest):
            self.discard()
            raise WrongHashError(
                f"{host} sent a damaged or different {self.request.name} (its SHA-256 is {digest[:12]}…, not "
                f"{(self.request.sha256 or '')[:12]}…), so it was deleted."
            )
        self.partial.complete()
        yield DownloadProgress(self.received, total, 0.0, host)
        return digest

    def _receive_steps(self, url: str, host: str) -> Generator[DownloadProgress, None, int | None]:
        """Receive to the end of the file over one connection; return the file's size.

        Raises one of NETWORK_ERRORS if the connection ends earlier.
        """
        source = self.partial.source_to_resume(url, proven=self.request.sha256 is not None)
        start = self.partial.received if source is not None else 0
        if source is not None and start and start == source.total:
            return start
        with open_url(url, start, source.validator if source else None, self.request) as reply:
            if reply is None:  # the server's file is shorter: it has changed
                self.partial.delete()
                raise ConnectionResetError("the file has changed")
            start, total = self._read_range(reply, start, source)
            self._total = total
            self._check_size(total, host)
            self._check_disk_space(total, start)
            if start == 0:
                self.partial.delete()
            self.partial.save_source(
                Source(url, total, reply.headers["ETag"], reply.headers["Last-Modified"])
            )
            yield from self._write_steps(reply, start, total, host)
        if total is not None and self.partial.received < total:
            raise ConnectionResetError("the connection broke off")
        self._check_size(self.partial.received, host)
        return total

    def _write_steps(
        self, reply: Any, start: int, total: int | None, host: str
    ) -> Generator[DownloadProgress, None, None]:
        limit = total or self.request.size or MAX_UNKNOWN_BYTES
        last_report, received = 0.0, start
        path = self.partial.path
        with self.partial.open_at(start) as file:
            while block := reply.read1(BLOCK_BYTES):
                if received == 0:
                    refuse_web_page(block, self.request, host)
                received += len(block)
                if received > limit:
                    raise AddressError(
                        f"{host} sends more than the {_size(limit)} that {self.request.name} should have."
                    )
                with blame_disk(path):
                    file.write(block)
                now = time.monotonic()
                if now - last_report >= REPORT_SECONDS:
                    with blame_disk(path):
                        file.flush()
                    last_report = now
                    yield self._progress(host, received, total)

    def _read_range(self, reply: Any, asked: int, source: Source | None) -> tuple[int, int | None]:
        """Return the first byte of the reply, and the size of the complete file."""
        if reply.status == 206:
            match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", reply.headers.get("Content-Range", ""))
            fits = match and int(match[1]) == asked and source and source.total in (None, int(match[2]))
            if not match or not fits:
                self.partial.delete()
                raise ConnectionResetError("the file has changed")
            return asked, int(match[2])
        length = reply.headers.get("Content-Length", "")
        return 0, int(length) if length.isdecimal() else None

    def _check_size(self, total: int | None, host: str) -> None:
        expected = self.request.size
        if total is not None and expected is not None and total != expected:
            self.partial.delete()
            raise AddressError(
                f"{host} has a {self.request.name} of {total} bytes instead of {expected}, so it was not downloaded."
            )

    def _check_disk_space(self, total: int | None, start: int) -> None:
        free = shutil.disk_usage(self.path.parent).free
        if total is not None and total - start > free:
            raise LibraryError(
                f"{self.request.name} needs {_size(total - start)} more and {self.path.parent} has "
                f"{_size(free)} free. Free some space or choose another folder with --library."
            )

    def _hash_steps(self, path: Path, host: str) -> Generator[DownloadProgress, None, str]:
        steps = sha256_steps(path)
        while True:
            try:
                with blame_disk(path):
                    next(steps)
            except StopIteration as end:
                return end.value
            yield self._progress(host)

    def _is_expected(self, digest: str) -> bool:
        return digest.startswith(self.request.sha256 or "")

    def _progress(self, host: str, received: int | None = None, total: int | None = None) -> DownloadProgress:
        received = self.received if received is None else received
        now = time.monotonic()
        self._recent.append((now, received))
        while len(self._recent) > 2 and now - self._recent[0][0] > RATE_WINDOW_SECONDS:
            self._recent.popleft()
        then, before = self._recent[0]
        rate = max(0, received - before) / (now - then) if now > then else 0.0
        return DownloadProgress(received, total or self._total or self.request.size, rate, host)

    def _failure_message(self, host: str, error: Exception) -> str:
        received = self.partial.received
        reason = (
            "the server does not answer" if isinstance(error, TimeoutError) else "the connection was lost"
        )
        if isinstance(error, UnreachableError):
            reason = str(error)
        resume = (
            f". The first {_size(received)} are saved, and the next try resumes from there"
            if received
            else ""
        )
        return f"{self.request.name} could not be downloaded from {host}: {reason}{resume}."


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
