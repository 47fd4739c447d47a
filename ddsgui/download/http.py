"""One file at one address of the web, read from where it is wanted; what goes wrong said in a sentence."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from ddsgui import __version__
from ddsgui.errors import LibraryError
from ddsgui.library.catalogue import CatalogueEntry

TIMEOUT_SECONDS = 10.0  # seconds without a byte, after which a connection is given up
NETWORK_ERRORS = (http.client.HTTPException, OSError)  # another try may do better


class AddressError(LibraryError):
    """This address will not do; another may."""


class UnreachableError(ConnectionError):
    """No connection at all; says why."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few, and none to where less is safe."""

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
                f"{old.hostname} sends to the unsafe address {newurl[:80]}, which was not followed."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def open_url(url: str, start: int, validator: str | None, offer: CatalogueEntry) -> Iterator[Any]:
    """The server's reply with the file from byte `start` on; None if there is no such byte.

    `validator`: the file's ETag or date, if it must still be the same to go on. AddressError if the address will
    not do; one of BREAKS if it may later.
    """
    request = urllib.request.Request(
        url, headers={"User-Agent": f"ddsgui/{__version__}", "Accept-Encoding": "identity"}
    )
    if start:
        request.add_header("Range", f"bytes={start}-")
        if validator is not None:
            request.add_header("If-Range", validator)
    host = urlsplit(url).hostname or url
    try:
        reply = urllib.request.build_opener(_Redirects).open(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:
            yield None
            return
        raise _refused(error.code, offer, host) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise error.reason from error
        why = getattr(error.reason, "strerror", None) or error.reason
        raise UnreachableError(f"there is no connection ({why})") from error
    with reply:
        if reply.headers.get_content_type() == "text/html":
            raise _page(offer, host)
        yield reply


def refuse_page(block: bytes, offer: CatalogueEntry, host: str) -> None:
    """AddressError if a file begins as web pages do, whatever the server called it."""
    if block[:512].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise _page(offer, host)


def _refused(code: int, offer: CatalogueEntry, host: str) -> Exception:
    if 300 <= code < 400:
        return AddressError(f"{host} sends from one address to the next without end.")
    if code in (404, 410):
        return AddressError(f"{host} has no {offer.file_name} any more; look at {offer.page}.")
    if code in (408, 425, 429) or code >= 500:
        return UnreachableError(f"it is out of order or busy (error {code})")
    return AddressError(f"{host} does not hand out {offer.file_name} (error {code}); look at {offer.page}.")


def _page(offer: CatalogueEntry, host: str) -> AddressError:
    return AddressError(
        f"{host} sent a web page instead of {offer.file_name}: get the file at {offer.page} and add it."
    )
