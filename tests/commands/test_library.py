"""ddsgui library, as typed on the command line."""

from __future__ import annotations

import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ddsgui import paths
from ddsgui.cli import main
from ddsgui.commands.library import LINKED
from ddsgui.download.resumable import Download

GOLDEN = Path(__file__).parents[1] / "checkpoints/golden"


@pytest.fixture
def own(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user folder with a catalogue of two entries; nothing is bundled."""
    monkeypatch.setattr(paths, "assets", lambda: tmp_path / "nothing bundled")
    common = {"description": "gold", "licence": "CC0", "page": "https://example.org/", "resolution": [32, 32]}
    offers = [
        {"name": "linked", "title": "Linked", "direct": ["http://127.0.0.1:9/x.pt"], **common},
        {"name": "paged", "title": "Paged", "file_name": "rosinality.pt", "bytes": 5_000_000, **common},
    ]
    (home / "catalogue.json").write_text(json.dumps({"format": 1, "offers": offers}))
    return home


@pytest.fixture
def golden_mirror(monkeypatch: pytest.MonkeyPatch):
    """A mirror that serves the golden checkpoints."""

    class QuietServer(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Print no traceback when a client hangs up, as a refused download does."""

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *args, **options) -> None:
            super().__init__(*args, directory=str(GOLDEN), **options)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = QuietServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("DDSGUI_MIRROR", f"http://127.0.0.1:{server.server_port}/")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def failed(capsys: pytest.CaptureFixture[str], *line: str) -> str:
    assert main(["library", *line]) == 1
    sentence = capsys.readouterr().err
    assert sentence.count("\n") == 1
    return sentence.rstrip("\n")


def answered(capsys: pytest.CaptureFixture[str], *line: str):
    assert main(["library", *line, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_list_has_installed_and_available_entries(own, capsys):
    main(["library", "add", str(GOLDEN / "rosinality.pt"), "--name", "gold"])
    capsys.readouterr()
    assert main(["library", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert str(own) in lines[0]
    assert any(line.startswith("  gold  32 × 32 px, ") and line.endswith(", added") for line in lines)
    assert lines.index("Domains") < lines.index(LINKED)
    assert "  paged  Paged, 32 × 32 px, 5.0 MB, CC0" in lines
    assert [c["name"] for c in answered(capsys, "list")["cards"]] == ["gold", "linked", "paged"]
    assert [c["name"] for c in answered(capsys, "list", "--here")["cards"]] == ["gold"]
    assert answered(capsys, "list", "--kind", "part")["cards"] == []


def test_a_file_is_added_shown_verified_and_removed(own, capsys):
    added = answered(
        capsys, "add", str(GOLDEN / "nvlabs_stylegan2_ada.pkl"), "--name", "ada", "--title", "Ada"
    )
    assert (added["name"], added["title"], added["resolution"], added["state"]) == (
        "ada",
        "Ada",
        [32, 32],
        "added",
    )
    assert main(["library", "show", "ada"]) == 0
    assert "origin: converted from nvlabs_stylegan2_ada.pkl" in capsys.readouterr().out
    assert main(["library", "verify"]) == 0
    assert capsys.readouterr().out.startswith("ok    ada: SHA-256 ")
    assert main(["library", "remove", "ada"]) == 0
    assert "Removed" in capsys.readouterr().out
    assert "There is no domain or part ada" in failed(capsys, "remove", "ada")


def test_a_broken_file_is_listed_and_fails_to_verify(own, capsys):
    (own / "domains").mkdir()
    (own / "domains/bad.safetensors").write_bytes(b"nonsense")
    assert main(["library", "list", "--here"]) == 0
    assert "  bad  broken: " in capsys.readouterr().out
    assert main(["library", "verify", "bad"]) == 1
    assert capsys.readouterr().out.startswith("fail  bad: ")
    assert main(["library", "remove", "bad"]) == 0


def test_an_entry_is_downloaded_from_a_mirror(own, capsys, golden_mirror):
    (own / "catalogue.json").write_text((own / "catalogue.json").read_text().replace("5000000", "null"))
    got = answered(capsys, "get", "paged")
    assert (got["name"], got["licence"], got["page"]) == ("paged", "CC0", "https://example.org/")
    assert (
        json.loads((own / "checksums.json").read_text())["downloads"]["paged"]["sha256"]
        == got["card"]["sha256"]
    )


def test_a_mirror_with_another_file_is_reported(own, capsys, golden_mirror):
    assert "instead of 5000000" in failed(capsys, "get", "paged")


def test_a_file_behind_a_page_is_explained_and_added_by_hand(own, capsys):
    assert "from https://example.org/" in failed(capsys, "get", "paged")
    added = answered(capsys, "add", str(GOLDEN / "rosinality.pt"), "--as", "paged")
    assert (added["name"], added["title"], added["licence"]) == ("paged", "Paged", "CC0")
    assert "linked" in answered(capsys, "list")["cards"][-1]["name"]


def test_a_name_that_is_not_in_the_catalogue_is_reported(own, capsys):
    assert "linked, paged. Did you mean linked?" in failed(capsys, "get", "lined")
    assert "The catalogue does not have x" in failed(capsys, "add", "a.pt", "--as", "x")
    assert "The domain" not in failed(capsys, "show", "nothing")


def test_an_interrupted_download_resumes_with_the_same_command(
    own, capsys, golden_mirror, monkeypatch, caplog
):
    def interrupted(self):
        raise KeyboardInterrupt
        yield

    with monkeypatch.context() as patch:
        patch.setattr(Download, "steps", interrupted)
        assert main(["library", "get", "linked"]) == 130
    assert capsys.readouterr().err.endswith("Interrupted.\n")
    assert "resumes" in caplog.text


@pytest.mark.parametrize("line", ["--library {} library list", "library list --library {}"])
def test_another_folder_may_be_the_library(own, capsys, tmp_path, line):
    folder = tmp_path / "other"
    assert main(line.format(folder).split()) == 0
    assert str(folder) in capsys.readouterr().out.splitlines()[0]
    assert not folder.exists()
    assert answered(capsys, "list")["folder"] == str(own)


def test_a_library_that_is_a_file_is_refused(own, capsys):
    assert main(["--library", str(own / "catalogue.json"), "library", "list"]) == 1
    assert capsys.readouterr().err.startswith(f"{own / 'catalogue.json'} is a file")


def test_every_verb_accepts_another_library(library, tmp_path, capsys):
    folder = tmp_path / "other"
    assert main(["--library", str(folder), "library", "add", str(library / "domains/one.safetensors")]) == 0
    capsys.readouterr()
    assert main(["inspect", "one", "--library", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == str(folder / "domains/one.safetensors")
