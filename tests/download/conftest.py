"""A server on this machine that can misbehave, and offers of its files."""

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
    """Serves what its server holds; a path may be given a behaviour of its own."""

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
        """As a good server does, from where it is asked; `stop` breaks off after so many bytes."""
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if asked and self.headers.get("If-Range") not in (None, etag):
            start, asked = 0, None
        if start >= len(content) and asked:
            self.answer(416, b"")
            return
        headers = {"Content-Length": str(len(content) - start), **({"ETag": etag} if etag else {})}
        if asked:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.begin(206 if asked else 200, headers)
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
        """Silence."""


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
        """A client that goes away is what some tests do."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(resumable, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(resumable, "REPORT_SECONDS", 0.0)
    one = Server()
    thread = threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield one
    one.shutdown()
    one.server_close()
    thread.join()


@dataclass
class Shop:
    """Offers of one server."""

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
    one = Shop(server)
    server.files["/model.pt"] = one.content
    return one
