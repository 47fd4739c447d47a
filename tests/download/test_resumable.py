"""Downloads from a server that connection was lost, gives a wrong length or serves the wrong bytes."""

from __future__ import annotations

import shutil
import time
from collections import namedtuple
from http.client import HTTPResponse
from pathlib import Path

import pytest

from ddsgui.download import http, resumable
from ddsgui.download.resumable import Download, DownloadProgress
from ddsgui.errors import LibraryError


def finish(download: Download) -> tuple[list[DownloadProgress], str]:
    """Run a download; return all its progress and the SHA-256."""
    steps, reports = download.steps(), []
    while True:
        try:
            reports.append(next(steps))
        except StopIteration as end:
            return reports, end.value


def refused(download: Download) -> str:
    with pytest.raises(LibraryError) as raised:
        finish(download)
    message = str(raised.value)
    assert message.endswith(".") and "\n" not in message
    return message


def test_a_file_arrives_complete_with_progress(shop, tmp_path):
    download = Download(shop.request(), tmp_path / "deep")
    reports, sha256 = finish(download)
    assert download.path.read_bytes() == shop.content
    assert sha256 == shop.sha256
    assert [p.name for p in download.path.parent.iterdir()] == ["model.pt"]
    amounts = [step.received for step in reports]
    assert amounts == sorted(amounts) and amounts[-1] == len(shop.content)
    assert {step.total for step in reports[:-2]} == {len(shop.content)}
    assert reports[0].host == "127.0.0.1"


def test_the_time_left_is_given_once_it_is_known():
    assert DownloadProgress(50, 100, 10.0, "h").seconds_left == 5
    assert DownloadProgress(50, None, 10.0, "h").seconds_left is None
    assert DownloadProgress(50, 100, 0.0, "h").seconds_left is None


def test_a_connection_that_breaks_off_is_opened_again_and_resumes(shop, tmp_path):
    piece = len(shop.content) // 3 + 1
    shop.server.behaviours["/model.pt"] = lambda h: h.serve(shop.content, stop=piece)
    download = Download(shop.request(), tmp_path)
    finish(download)
    assert download.path.read_bytes() == shop.content
    assert [requested for _, requested in shop.server.asked] == [
        None,
        f"bytes={piece}-",
        f"bytes={2 * piece}-",
    ]


def test_a_server_that_breaks_off_for_good_leaves_the_received_bytes(shop, tmp_path):
    shop.server.behaviours["/model.pt"] = lambda h: h.serve(
        shop.content, stop=0 if h.headers.get("Range") else 1000
    )
    download = Download(shop.request(), tmp_path)
    message = refused(download)
    assert "127.0.0.1" in message and "connection was lost" in message and "resumes" in message
    assert download.received == 1000
    assert not download.path.exists()
    del shop.server.behaviours["/model.pt"]
    finish(Download(shop.request(), tmp_path))
    assert download.path.read_bytes() == shop.content
    assert shop.server.asked[-1] == ("/model.pt", "bytes=1000-")


def test_a_stopped_download_can_resume_later(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(resumable, "BLOCK_BYTES", 4096)
    download = Download(shop.request(), tmp_path)
    steps = download.steps()
    for _ in range(5):
        next(steps)
    steps.close()
    assert 0 < download.received < len(shop.content)
    again = Download(shop.request(), tmp_path)
    before = again.received
    reports, _ = finish(again)
    assert reports[0].received > before
    assert shop.server.asked[-1][1] == f"bytes={before}-"
    assert again.path.read_bytes() == shop.content


def test_a_file_that_changed_meanwhile_is_downloaded_from_scratch(shop, tmp_path):
    shop.server.behaviours["/model.pt"] = lambda h: h.serve(b"old" * 1000, '"0"', stop=100)
    steps = Download(shop.request(), tmp_path).steps()
    next(steps)
    steps.close()
    del shop.server.behaviours["/model.pt"]
    download = Download(shop.request(), tmp_path)
    assert download.received == 100
    finish(download)
    assert download.path.read_bytes() == shop.content


def test_a_server_without_ranges_sends_the_file_from_scratch(shop, tmp_path):
    pieces = iter([5000, None])

    def whole(handler):
        handler.begin(200, {"Content-Length": str(len(shop.content)), "ETag": '"1"'})
        handler.wfile.write(shop.content[: next(pieces)])

    shop.server.behaviours["/model.pt"] = whole
    download = Download(shop.request(), tmp_path)
    finish(download)
    assert download.path.read_bytes() == shop.content


def test_a_file_without_etag_resumes_only_if_its_hash_is_known(shop, tmp_path):
    def break_off_once():
        pieces = iter([5000, None])
        shop.server.behaviours["/model.pt"] = lambda h: h.serve(shop.content, None, next(pieces))
        shop.server.asked.clear()

    for sha256, requested in ((None, None), (shop.sha256, "bytes=5000-")):
        break_off_once()
        download = Download(shop.request(sha256=sha256), tmp_path / str(sha256))
        finish(download)
        assert download.path.read_bytes() == shop.content
        assert shop.server.asked[-1][1] == requested


@pytest.mark.parametrize("range_", ["bytes 7-9/1048576", "bytes 5000-9/77", "nonsense"])
def test_a_server_that_answers_another_range_is_not_trusted(shop, tmp_path, range_):
    def odd(handler):
        if handler.headers.get("Range"):
            handler.begin(206, {"Content-Length": "3", "Content-Range": range_, "ETag": '"1"'})
            handler.wfile.write(b"abc")
        else:
            handler.serve(shop.content, stop=5000 if len(shop.server.asked) == 1 else None)

    shop.server.behaviours["/model.pt"] = odd
    download = Download(shop.request(), tmp_path)
    finish(download)
    assert download.path.read_bytes() == shop.content


def test_a_length_that_is_too_long_counts_as_a_broken_connection(shop, tmp_path):
    def liar(handler):
        start = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        total = len(shop.content) + 10
        headers = {"Content-Length": str(total - start), "ETag": '"1"'}
        if start:
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        handler.begin(206 if start else 200, headers)
        handler.wfile.write(shop.content[start:])

    shop.server.behaviours["/model.pt"] = liar
    message = refused(Download(shop.request(), tmp_path))
    assert "connection was lost" in message
    assert not (tmp_path / "model.pt").exists()


def test_a_length_that_is_too_short_is_reported_if_the_size_is_known(shop, tmp_path):
    shop.server.behaviours["/model.pt"] = lambda h: h.answer(200, shop.content[:1000])
    message = refused(Download(shop.request(size=len(shop.content)), tmp_path))
    assert "1000 bytes" in message and str(len(shop.content)) in message
    assert list(tmp_path.iterdir()) == []


def chunked(content: bytes, chunks: int):
    def send(handler):
        handler.begin(200, {"Transfer-Encoding": "chunked"})
        for _ in range(chunks):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        handler.wfile.write(b"0\r\n\r\n")

    return send


def test_a_file_of_unknown_length_is_downloaded(shop, tmp_path):
    shop.server.behaviours["/model.pt"] = chunked(shop.content, 2)
    download = Download(shop.request(), tmp_path)
    reports, _ = finish(download)
    assert download.path.read_bytes() == shop.content * 2
    assert reports[0].total is None


def test_a_file_without_end_is_stopped(shop, tmp_path):
    shop.server.behaviours["/model.pt"] = chunked(shop.content, 50)
    message = refused(Download(shop.request(size=len(shop.content)), tmp_path))
    assert "sends more than the 1.0 MB" in message
    assert (tmp_path / "model.pt.part").stat().st_size <= len(shop.content)


def test_wrong_bytes_are_deleted(shop, tmp_path):
    shop.server.files["/model.pt"] = b"x" * len(shop.content)
    message = refused(Download(shop.request(sha256=shop.sha256), tmp_path))
    assert shop.sha256[:12] in message and "deleted" in message
    assert list(tmp_path.iterdir()) == []


def test_a_complete_file_is_not_downloaded_again(shop, tmp_path):
    finish(Download(shop.request(), tmp_path))
    shop.server.asked.clear()
    assert finish(Download(shop.request(), tmp_path))[1] == shop.sha256
    assert shop.server.asked == []
    (tmp_path / "model.pt").write_bytes(b"something else")
    finish(Download(shop.request(sha256=shop.sha256), tmp_path))
    assert (tmp_path / "model.pt").read_bytes() == shop.content


@pytest.mark.parametrize("type_", ["text/html; charset=utf-8", "application/octet-stream"])
def test_a_web_page_is_not_taken_for_the_file(shop, tmp_path, type_):
    page = b"  <!DOCTYPE html><title>Too many people have looked at this file</title>"
    shop.server.behaviours["/model.pt"] = lambda h: h.answer(200, page, Content_Type=type_)
    message = refused(Download(shop.request(), tmp_path))
    assert "web page" in message and "https://example.org/model" in message


def test_redirects_are_followed_and_end(shop, tmp_path):
    shop.server.behaviours["/old.pt"] = lambda h: h.answer(302, b"", Location="/model.pt")
    download = Download(shop.request("/old.pt"), tmp_path)
    finish(download)
    assert download.path.read_bytes() == shop.content
    shop.server.behaviours["/loop.pt"] = lambda h: h.answer(302, b"", Location="/loop.pt")
    assert "endlessly" in refused(Download(shop.request("/loop.pt"), tmp_path / "loop"))


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/model.pt"])
def test_redirects_to_other_schemes_are_not_followed(shop, tmp_path, place):
    shop.server.behaviours["/model.pt"] = lambda h: h.answer(302, b"", Location=place)
    message = refused(Download(shop.request(), tmp_path))
    assert "unsafe address" in message or "endlessly" in message
    assert not (tmp_path / "model.pt").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [(404, "no longer has model.pt"), (403, "refuses to send model.pt"), (503, "unavailable")],
)
def test_a_server_that_refuses_is_reported(shop, tmp_path, code, words):
    shop.server.behaviours["/model.pt"] = lambda h: h.answer(code, b"no")
    assert words in refused(Download(shop.request(), tmp_path))


def test_a_server_that_cannot_be_reached_is_reported(shop, tmp_path):
    offer = shop.request(urls=("http://127.0.0.1:9/model.pt",))
    assert "there is no connection" in refused(Download(offer, tmp_path))


def test_a_server_that_does_not_answer_is_reported(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.05)
    shop.server.behaviours["/model.pt"] = lambda h: time.sleep(0.4)
    assert "does not answer" in refused(Download(shop.request(), tmp_path))


def test_a_network_that_fails_during_a_file_is_reported(shop, tmp_path, monkeypatch):
    def gone(self, amount=-1):
        raise OSError(113, "No route to host")

    with monkeypatch.context() as patch:
        patch.setattr(HTTPResponse, "read1", gone)
        assert "connection was lost" in refused(Download(shop.request(), tmp_path))


def test_addresses_are_tried_in_turn(shop, tmp_path):
    shop.server.files["/mirror/b/model.pt"] = shop.content
    a, b, own = map(shop.server.url, ("/mirror/a/model.pt", "/mirror/b/model.pt", "/model.pt"))
    finish(Download(shop.request(urls=(a, b, own)), tmp_path / "1"))
    assert [path for path, _ in shop.server.asked] == ["/mirror/a/model.pt", "/mirror/b/model.pt"]
    finish(Download(shop.request(urls=(a, own)), tmp_path / "2"))
    assert shop.server.asked[-1][0] == "/model.pt"


def test_an_address_with_another_file_is_skipped(shop, tmp_path):
    shop.server.files["/mirror/model.pt"] = b"x" * len(shop.content)
    urls = (shop.server.url("/mirror/model.pt"), shop.server.url("/model.pt"))
    download = Download(shop.request(urls=urls, sha256=shop.sha256), tmp_path)
    finish(download)
    assert download.path.read_bytes() == shop.content


def test_the_first_digits_of_a_hash_are_enough(shop, tmp_path):
    finish(Download(shop.request(sha256=shop.sha256[:8]), tmp_path / "right"))
    wrong = "0" * 8 if not shop.sha256.startswith("0" * 8) else "1" * 8
    assert "deleted" in refused(Download(shop.request(sha256=wrong), tmp_path / "wrong"))


def test_a_file_is_hashed_once(shop, tmp_path, monkeypatch):
    hashed = []
    steps = resumable.sha256_steps
    monkeypatch.setattr(resumable, "sha256_steps", lambda path: hashed.append(path) or steps(path))
    finish(Download(shop.request(), tmp_path))
    assert len(hashed) == 1


def test_a_full_disk_is_reported_before_the_download(shop, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 1000))
    message = refused(Download(shop.request(), tmp_path))
    assert "Free some space" in message


def test_a_folder_that_cannot_be_made_is_reported(shop, tmp_path):
    (tmp_path / "file").touch()
    assert "a file is in the way" in refused(Download(shop.request(), tmp_path / "file/deep"))


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"url": 1, "total": "x", "etag": [], "modified": null}'])
def test_a_partial_file_with_a_broken_note_is_downloaded_from_scratch(shop, tmp_path, note):
    (tmp_path / "model.pt.part").write_bytes(b"rubbish")
    Path(tmp_path / "model.pt.part.json").write_text(note)
    download = Download(shop.request(), tmp_path)
    finish(download)
    assert download.path.read_bytes() == shop.content


def test_received_bytes_can_be_discarded(shop, tmp_path):
    steps = Download(shop.request(), tmp_path).steps()
    next(steps)
    steps.close()
    download = Download(shop.request(), tmp_path)
    download.discard()
    assert download.received == 0
    assert list(tmp_path.iterdir()) == []
