"""Downloads, from a server that breaks off, lies about length, and serves the wrong bytes."""

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


def brought(one: Download) -> tuple[list[DownloadProgress], str]:
    """All progress, and the SHA-256."""
    steps, told = one.steps(), []
    while True:
        try:
            told.append(next(steps))
        except StopIteration as end:
            return told, end.value


def refused(one: Download) -> str:
    with pytest.raises(LibraryError) as raised:
        brought(one)
    said = str(raised.value)
    assert said.endswith(".") and "\n" not in said
    return said


def test_a_file_comes_whole_with_progress(shop, tmp_path):
    one = Download(shop.request(), tmp_path / "deep")
    told, sha256 = brought(one)
    assert one.path.read_bytes() == shop.content
    assert sha256 == shop.sha256
    assert [p.name for p in one.path.parent.iterdir()] == ["model.pt"]
    amounts = [step.received for step in told]
    assert amounts == sorted(amounts) and amounts[-1] == len(shop.content)
    assert {step.total for step in told[:-2]} == {len(shop.content)}
    assert told[0].host == "127.0.0.1"


def test_the_time_that_is_left_is_told_once_it_is_known():
    assert DownloadProgress(50, 100, 10.0, "h").seconds_left == 5
    assert DownloadProgress(50, None, 10.0, "h").seconds_left is None
    assert DownloadProgress(50, 100, 0.0, "h").seconds_left is None


def test_a_connection_that_breaks_off_is_made_anew_and_goes_on(shop, tmp_path):
    piece = len(shop.content) // 3 + 1
    shop.server.behaviours["/model.pt"] = lambda h: h.serve(shop.content, stop=piece)
    one = Download(shop.request(), tmp_path)
    brought(one)
    assert one.path.read_bytes() == shop.content
    assert [asked for _, asked in shop.server.asked] == [None, f"bytes={piece}-", f"bytes={2 * piece}-"]


def test_a_server_that_breaks_off_for_good_leaves_what_came(shop, tmp_path):
    shop.server.behaviours["/model.pt"] = lambda h: h.serve(
        shop.content, stop=0 if h.headers.get("Range") else 1000
    )
    one = Download(shop.request(), tmp_path)
    said = refused(one)
    assert "127.0.0.1" in said and "breaks off" in said and "resumes" in said
    assert one.received == 1000
    assert not one.path.exists()
    del shop.server.behaviours["/model.pt"]
    brought(Download(shop.request(), tmp_path))
    assert one.path.read_bytes() == shop.content
    assert shop.server.asked[-1] == ("/model.pt", "bytes=1000-")


def test_who_stops_looking_can_go_on_later(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(resumable, "BLOCK_BYTES", 4096)
    one = Download(shop.request(), tmp_path)
    steps = one.steps()
    for _ in range(5):
        next(steps)
    steps.close()
    assert 0 < one.received < len(shop.content)
    again = Download(shop.request(), tmp_path)
    before = again.received
    told, _ = brought(again)
    assert told[0].received > before
    assert shop.server.asked[-1][1] == f"bytes={before}-"
    assert again.path.read_bytes() == shop.content


def test_a_file_that_changed_meanwhile_begins_anew(shop, tmp_path):
    shop.server.behaviours["/model.pt"] = lambda h: h.serve(b"old" * 1000, '"0"', stop=100)
    steps = Download(shop.request(), tmp_path).steps()
    next(steps)
    steps.close()
    del shop.server.behaviours["/model.pt"]
    one = Download(shop.request(), tmp_path)
    assert one.received == 100
    brought(one)
    assert one.path.read_bytes() == shop.content


def test_a_server_that_knows_no_ranges_begins_anew(shop, tmp_path):
    pieces = iter([5000, None])

    def whole(handler):
        handler.begin(200, {"Content-Length": str(len(shop.content)), "ETag": '"1"'})
        handler.wfile.write(shop.content[: next(pieces)])

    shop.server.behaviours["/model.pt"] = whole
    one = Download(shop.request(), tmp_path)
    brought(one)
    assert one.path.read_bytes() == shop.content


def test_without_a_sign_that_the_file_is_the_same_it_begins_anew_unless_its_hash_is_known(shop, tmp_path):
    def served():
        pieces = iter([5000, None])
        shop.server.behaviours["/model.pt"] = lambda h: h.serve(shop.content, None, next(pieces))
        shop.server.asked.clear()

    for sha256, asked in ((None, None), (shop.sha256, "bytes=5000-")):
        served()
        one = Download(shop.request(sha256=sha256), tmp_path / str(sha256))
        brought(one)
        assert one.path.read_bytes() == shop.content
        assert shop.server.asked[-1][1] == asked


@pytest.mark.parametrize("range_", ["bytes 7-9/1048576", "bytes 5000-9/77", "nonsense"])
def test_a_server_that_answers_another_range_is_not_believed(shop, tmp_path, range_):
    def odd(handler):
        if handler.headers.get("Range"):
            handler.begin(206, {"Content-Length": "3", "Content-Range": range_, "ETag": '"1"'})
            handler.wfile.write(b"abc")
        else:
            handler.serve(shop.content, stop=5000 if len(shop.server.asked) == 1 else None)

    shop.server.behaviours["/model.pt"] = odd
    one = Download(shop.request(), tmp_path)
    brought(one)
    assert one.path.read_bytes() == shop.content


def test_a_length_that_is_too_long_is_a_connection_that_breaks_off(shop, tmp_path):
    def liar(handler):
        start = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        total = len(shop.content) + 10
        headers = {"Content-Length": str(total - start), "ETag": '"1"'}
        if start:
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        handler.begin(206 if start else 200, headers)
        handler.wfile.write(shop.content[start:])

    shop.server.behaviours["/model.pt"] = liar
    said = refused(Download(shop.request(), tmp_path))
    assert "breaks off" in said
    assert not (tmp_path / "model.pt").exists()


def test_a_length_that_is_too_short_is_told_where_the_size_is_known(shop, tmp_path):
    shop.server.behaviours["/model.pt"] = lambda h: h.answer(200, shop.content[:1000])
    said = refused(Download(shop.request(size=len(shop.content)), tmp_path))
    assert "1000 bytes" in said and str(len(shop.content)) in said
    assert list(tmp_path.iterdir()) == []


def chunked(content: bytes, chunks: int):
    def send(handler):
        handler.begin(200, {"Transfer-Encoding": "chunked"})
        for _ in range(chunks):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        handler.wfile.write(b"0\r\n\r\n")

    return send


def test_a_file_of_untold_length_comes_too(shop, tmp_path):
    shop.server.behaviours["/model.pt"] = chunked(shop.content, 2)
    one = Download(shop.request(), tmp_path)
    told, _ = brought(one)
    assert one.path.read_bytes() == shop.content * 2
    assert told[0].total is None


def test_a_file_without_end_is_stopped(shop, tmp_path):
    shop.server.behaviours["/model.pt"] = chunked(shop.content, 50)
    said = refused(Download(shop.request(size=len(shop.content)), tmp_path))
    assert "sends more than the 1.0 MB" in said
    assert (tmp_path / "model.pt.part").stat().st_size <= len(shop.content)


def test_wrong_bytes_are_deleted(shop, tmp_path):
    shop.server.files["/model.pt"] = b"x" * len(shop.content)
    said = refused(Download(shop.request(sha256=shop.sha256), tmp_path))
    assert shop.sha256[:12] in said and "deleted" in said
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_came_and_was_not_added_is_not_fetched_again(shop, tmp_path):
    brought(Download(shop.request(), tmp_path))
    shop.server.asked.clear()
    assert brought(Download(shop.request(), tmp_path))[1] == shop.sha256
    assert shop.server.asked == []
    (tmp_path / "model.pt").write_bytes(b"something else")
    brought(Download(shop.request(sha256=shop.sha256), tmp_path))
    assert (tmp_path / "model.pt").read_bytes() == shop.content


@pytest.mark.parametrize("type_", ["text/html; charset=utf-8", "application/octet-stream"])
def test_a_web_page_is_no_file(shop, tmp_path, type_):
    page = b"  <!DOCTYPE html><title>Too many people have looked at this file</title>"
    shop.server.behaviours["/model.pt"] = lambda h: h.answer(200, page, Content_Type=type_)
    said = refused(Download(shop.request(), tmp_path))
    assert "sent a web page instead of model.pt" in said and "https://example.org/model" in said


def test_redirects_are_followed_and_end(shop, tmp_path):
    shop.server.behaviours["/old.pt"] = lambda h: h.answer(302, b"", Location="/model.pt")
    one = Download(shop.request("/old.pt"), tmp_path)
    brought(one)
    assert one.path.read_bytes() == shop.content
    shop.server.behaviours["/loop.pt"] = lambda h: h.answer(302, b"", Location="/loop.pt")
    assert "without end" in refused(Download(shop.request("/loop.pt"), tmp_path / "loop"))


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/model.pt"])
def test_redirects_lead_to_the_web_only(shop, tmp_path, place):
    shop.server.behaviours["/model.pt"] = lambda h: h.answer(302, b"", Location=place)
    said = refused(Download(shop.request(), tmp_path))
    assert "unsafe address" in said or "without end" in said
    assert not (tmp_path / "model.pt").exists()


@pytest.mark.parametrize(
    ("code", "words"),
    [(404, "no longer has model.pt"), (403, "refuses to send model.pt"), (503, "unavailable")],
)
def test_a_server_that_will_not_is_told(shop, tmp_path, code, words):
    shop.server.behaviours["/model.pt"] = lambda h: h.answer(code, b"no")
    assert words in refused(Download(shop.request(), tmp_path))


def test_a_server_that_is_not_there_is_told(shop, tmp_path):
    offer = shop.request(urls=("http://127.0.0.1:9/model.pt",))
    assert "there is no connection" in refused(Download(offer, tmp_path))


def test_a_server_that_says_nothing_is_told(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.05)
    shop.server.behaviours["/model.pt"] = lambda h: time.sleep(0.4)
    assert "does not answer" in refused(Download(shop.request(), tmp_path))


def test_a_network_that_fails_amid_a_file_is_no_surprise(shop, tmp_path, monkeypatch):
    def gone(self, amount=-1):
        raise OSError(113, "No route to host")

    with monkeypatch.context() as patch:
        patch.setattr(HTTPResponse, "read1", gone)
        assert "breaks off" in refused(Download(shop.request(), tmp_path))


def test_addresses_are_tried_in_turn(shop, tmp_path):
    shop.server.files["/mirror/b/model.pt"] = shop.content
    a, b, own = map(shop.server.url, ("/mirror/a/model.pt", "/mirror/b/model.pt", "/model.pt"))
    brought(Download(shop.request(urls=(a, b, own)), tmp_path / "1"))
    assert [path for path, _ in shop.server.asked] == ["/mirror/a/model.pt", "/mirror/b/model.pt"]
    brought(Download(shop.request(urls=(a, own)), tmp_path / "2"))
    assert shop.server.asked[-1][0] == "/model.pt"


def test_an_address_that_has_another_file_is_passed_over(shop, tmp_path):
    shop.server.files["/mirror/model.pt"] = b"x" * len(shop.content)
    urls = (shop.server.url("/mirror/model.pt"), shop.server.url("/model.pt"))
    one = Download(shop.request(urls=urls, sha256=shop.sha256), tmp_path)
    brought(one)
    assert one.path.read_bytes() == shop.content


def test_the_first_digits_of_a_hash_are_enough(shop, tmp_path):
    brought(Download(shop.request(sha256=shop.sha256[:8]), tmp_path / "right"))
    wrong = "0" * 8 if not shop.sha256.startswith("0" * 8) else "1" * 8
    assert "deleted" in refused(Download(shop.request(sha256=wrong), tmp_path / "wrong"))


def test_a_file_is_hashed_once(shop, tmp_path, monkeypatch):
    hashed = []
    steps = resumable.sha256_steps
    monkeypatch.setattr(resumable, "sha256_steps", lambda path: hashed.append(path) or steps(path))
    brought(Download(shop.request(), tmp_path))
    assert len(hashed) == 1


def test_a_disk_without_room_is_told_before(shop, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 1000))
    said = refused(Download(shop.request(), tmp_path))
    assert "make room" in said


def test_a_folder_that_cannot_be_made_is_told(shop, tmp_path):
    (tmp_path / "file").touch()
    assert "a file is in the way" in refused(Download(shop.request(), tmp_path / "file/deep"))


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"url": 1, "total": "x", "etag": [], "modified": null}'])
def test_a_broken_note_beside_a_beginning_begins_anew(shop, tmp_path, note):
    (tmp_path / "model.pt.part").write_bytes(b"rubbish")
    Path(tmp_path / "model.pt.part.json").write_text(note)
    one = Download(shop.request(), tmp_path)
    brought(one)
    assert one.path.read_bytes() == shop.content


def test_what_came_can_be_forgotten(shop, tmp_path):
    steps = Download(shop.request(), tmp_path).steps()
    next(steps)
    steps.close()
    one = Download(shop.request(), tmp_path)
    one.discard()
    assert one.received == 0
    assert list(tmp_path.iterdir()) == []
