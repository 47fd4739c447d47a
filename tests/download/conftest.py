"""A local server that can misbehave, and catalogue entries of its files."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest

from ddsgui.download import resumable
from ddsgui.download.request import Request
from ddsgui.library.catalogue import CatalogueEntry

Misbehave = Callable[["Handler"], None]


PAGE = "https://example.org/model"


class Handler(BaseHTTPRequestHandler):
    """Serves the files of its server; a path may have a special behaviour."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = cast(Server, self.server)
        server.asked.append((self.path, self.headers.get("Range")))
        self.close_connection = True
        behaviour = server.behaviours.get(self.path)
        if behaviour is not None:
            behaviour(self)
        elif self.path in server.files:
            self.serve(server.files[self.path])
        else:
            self.answer(404, b"no")

    def serve(self, content: bytes, etag: str | None = '"1"', stop: int | None = None) -> None:
        """Send content from the requested start, as a good server does; break off after `stop` bytes."""
        requested = self.headers.get("Range")
        start = int(requested.removeprefix("bytes=").rstrip("-")) if requested else 0
        if requested and self.headers.get("If-Range") not in (None, etag):
            start, requested = 0, None
        if start >= len(content) and requested:
            self.answer(416, b"")
            return
        headers = {"Content-Length": str(len(content) - start), **({"ETag": etag} if etag else {})}
        if requested:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.begin(206 if requested else 200, headers)
        self.wfile.write(content[start : None if stop is None else start + stop])

    def answer(self, code: int, content: bytes, **headers: str) -> None:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        self.begin(code, {"Content-Length": str(len(content)), **named})
        self.wfile.write(content)

    def begin(self, code: int, headers: dict[str, str]) -> None:
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.behaviours: dict[str, Misbehave] = {}
        self.asked: list[tuple[str, str | None]] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print no traceback: in some tests the client disconnects."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(resumable, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(resumable, "REPORT_SECONDS", 0.0)
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Shop:
    """Requests and catalogue entries for the files of one server."""

    server: Server
    content: bytes = field(default_factory=lambda: bytes(range(256)) * 4096)  # a megabyte

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def request(self, path: str = "/model.pt", **known: Any) -> Request:
        return Request(**{"urls": (self.server.url(path),), "name": "model.pt", "page": PAGE, **known})

    def offer(self, path: str = "/model.pt", **known: Any) -> CatalogueEntry:
        fields: dict[str, Any] = {
            "name": "model",
            "title": "Model",
            "kind": "domain",
            "description": "a model",
            "page": PAGE,
            "licence": "CC0",
            "file_name": "model.pt",
            "direct": (self.server.url(path),),
        }
        return CatalogueEntry(**{**fields, **known})


@pytest.fixture
def shop(server: Server) -> Shop:
    shop = Shop(server)
    server.files["/model.pt"] = shop.content
    return shop
