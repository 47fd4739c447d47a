from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ddsgui import paths
from ddsgui.errors import LibraryError
from ddsgui.library.catalogue import find_catalogue_entry, mirrors, read_catalogue

ENTRY = {
    "name": "cats",
    "title": "Cats",
    "description": "cats",
    "page": "https://example.org/cats",
    "licence": "CC0",
    "file_name": "cats.pt",
}


def write(folder: Path, *entries: Any, **top: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "catalogue.json"
    path.write_text(json.dumps({"format": 1, "offers": list(entries), **top}))
    return path


def test_the_bundled_catalogue_is_readable_and_names_licences_and_pages(tmp_path):
    offers = {offer.name: offer for offer in read_catalogue(tmp_path)}
    assert {"ffhq-1024", "lsun-cat", "lsun-horse", "lsun-car", "lsun-church"} <= offers.keys()
    assert {"few-shot-ffhq", "few-shot-sketches", "few-shot-caricatures"} <= offers.keys()
    for offer in offers.values():
        assert offer.licence and offer.licence_url and offer.page.startswith("https://")
        assert all(link.startswith("https://") for link in offer.direct)
    assert offers["lsun-car"].crop == (512, 384)
    assert offers["ffhq-1024"].crop is None
    family = {offer.name for offer in offers.values() if offer.family == "few-shot-ffhq"}
    assert len(family) == 8
    assert not any(offers[name].direct for name in family)


def test_the_users_catalogue_adds_and_replaces_entries(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "assets", lambda: tmp_path / "assets")
    write(tmp_path / "assets", ENTRY, {**ENTRY, "name": "dogs"})
    write(tmp_path / "own", {**ENTRY, "title": "My cats"}, {**ENTRY, "name": "birds", "resolution": [64, 64]})
    offers = {offer.name: offer for offer in read_catalogue(tmp_path / "own")}
    assert list(offers) == ["cats", "dogs", "birds"]
    assert offers["cats"].title == "My cats"
    assert (offers["cats"].direct, offers["cats"].bytes, offers["cats"].resolution) == ((), None, None)
    assert offers["birds"].resolution == (64, 64)


def test_a_file_without_a_name_is_called_like_its_entry(own):
    write(own.folder, {key: value for key, value in ENTRY.items() if key != "file_name"})
    assert find_catalogue_entry(own.folder, "cats").file_name == "cats"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({**ENTRY, "kind": "song"}, "domain or part"),
        ({key: ENTRY[key] for key in ENTRY if key != "page"}, "at cats: 'page' is missing"),
        ({**ENTRY, "page": "file:///etc/passwd"}, "page must be an http"),
        ({**ENTRY, "direct": ["ftp://x/y"]}, "direct must be an http"),
        ({**ENTRY, "name": "../cats"}, "domain cannot be called"),
        ({**ENTRY, "file_name": "../cats"}, "file cannot be called"),
        ({**ENTRY, "bytes": -1}, "bytes must be a whole number"),
        ({**ENTRY, "bytes": True}, "bytes must be a whole number"),
        ({**ENTRY, "resolution": 64}, "resolution must be"),
        ({**ENTRY, "sha256": "ab"}, "64 hexadecimal digits"),
        ({**ENTRY, "colour": "red"}, "unknown key colour"),
        ({**ENTRY, "title": 3}, "title must be a string"),
        ({**ENTRY, "direct": 3}, "broken at cats"),
        (["cats"], "number 1"),
    ],
)
def test_a_broken_entry_is_reported_with_its_error(own, entry, words):
    path = write(own.folder, entry)
    with pytest.raises(LibraryError) as raised:
        read_catalogue(own.folder)
    message = str(raised.value)
    assert words in message and str(path) in message and "\n" not in message


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": 2, "offers": []}', '{"format": 1}', "[" * 9999]
)
def test_a_file_that_is_not_a_catalogue_is_reported(own, content):
    own.folder.mkdir()
    (own.folder / "catalogue.json").write_text(content)
    with pytest.raises(LibraryError, match="delete it"):
        read_catalogue(own.folder)


def test_an_unknown_entry_is_reported_with_the_available_ones(own):
    write(own.folder, ENTRY)
    with pytest.raises(LibraryError, match=r"Did you mean cats\?"):
        find_catalogue_entry(own.folder, "cat")
    write(own.folder)
    with pytest.raises(LibraryError, match="is empty"):
        find_catalogue_entry(own.folder, "cat")


def test_mirrors_come_from_the_environment_and_from_a_file(own, monkeypatch):
    assert mirrors(own.folder) == ()
    own.folder.mkdir()
    (own.folder / "mirrors.json").write_text('["https://b.example/x", "https://a.example/"]')
    monkeypatch.setenv("DDSGUI_MIRROR", "http://10.0.0.1:8000/models https://b.example/x/")
    assert mirrors(own.folder) == (
        "http://10.0.0.1:8000/models/",
        "https://b.example/x/",
        "https://a.example/",
    )


@pytest.mark.parametrize("content", ["{}", "[1]", '["ftp://x/"]', '["nonsense"]', "x", '["http://[::1"]'])
def test_mirrors_that_are_not_addresses_are_refused(own, content):
    own.folder.mkdir()
    (own.folder / "mirrors.json").write_text(content)
    with pytest.raises(LibraryError, match=r"mirrors\.json"):
        mirrors(own.folder)


def test_a_variable_that_is_not_a_mirror_is_refused(own, monkeypatch):
    monkeypatch.setenv("DDSGUI_MIRROR", "/srv/models")
    with pytest.raises(LibraryError, match="DDSGUI_MIRROR contains /srv/models"):
        mirrors(own.folder)
