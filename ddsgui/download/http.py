"""One file at one web address, read from any byte; failures become sentences."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from ddsgui.download.request import Request
from ddsgui.errors import LibraryError
from ddsgui.version import __version__

TIMEOUT_SECONDS = 10.0  # without a byte, after which a connection counts as lost
NETWORK_ERRORS = (http.client.HTTPException, OSError)  # trying again may help


class AddressError(LibraryError):
    """An address that cannot serve the file; another address may."""


class WrongHashError(AddressError):
    """An address that serves a different file."""


class UnreachableError(ConnectionError):
    """No connection at all; the message says why."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, and none to a less secure address."""

    max_redirections = 8
    max_repeats = 2

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if new.scheme not in ("http", "https") or (old.scheme, new.scheme) == ("https", "http"):
            fp.close()
            raise AddressError(
                f"{old.hostname} redirects to the unsafe address {newurl[:80]}, which was not followed."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def open_url(url: str, start: int, validator: str | None, request: Request) -> Iterator[Any]:
    """Yield the server's reply with the file from byte `start`; None if the file has no such byte.

    validator: the file's ETag or date, if the file must be unchanged to be resumed.
    Raises AddressError if this address cannot serve the file, and one of NETWORK_ERRORS if it may serve it later.
    """
    query = urllib.request.Request(
        url, headers={"User-Agent": f"ddsgui/{__version__}", "Accept-Encoding": "identity"}
    )
    if start:
        query.add_header("Range", f"bytes={start}-")
        if validator is not None:
            query.add_header("If-Range", validator)
    host = urlsplit(url).hostname or url
    try:
        reply = urllib.request.build_opener(_Redirects).open(query, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:
            yield None
            return
        raise _refusal(error.code, request, host) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise error.reason from error
        reason = getattr(error.reason, "strerror", None) or error.reason
        raise UnreachableError(f"there is no connection ({reason})") from error
    with reply:
        if reply.headers.get_content_type() == "text/html":
            raise _web_page_error(request, host)
        yield reply


def refuse_web_page(block: bytes, request: Request, host: str) -> None:
    """Raise AddressError if a file begins like a web page, whatever type the server gives."""
    if block[:512].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise _web_page_error(request, host)


def _refusal(code: int, request: Request, host: str) -> Exception:
    see_page = f"; see {request.page}" if request.page else ""
    if 300 <= code < 400:
        return AddressError(f"{host} redirects endlessly.")
    if code in (404, 410):
        return AddressError(f"{host} no longer has {request.name}{see_page}.")
    if code in (408, 425, 429) or code >= 500:
        return UnreachableError(f"the server is unavailable (error {code})")
    return AddressError(f"{host} refuses to send {request.name} (error {code}){see_page}.")


def _web_page_error(request: Request, host: str) -> AddressError:
    advice = f"Download the file at {request.page} and add it" if request.page else "Try again later"
    return AddressError(f"{host} sent a web page instead of {request.name}. {advice}.")
