from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from ddsgui import paths
from ddsgui.errors import LibraryError
from ddsgui.library.library import Library


def write(path: Path, kind: str, **document: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"kind": kind, "format": 1, "name": "inside", **document})
    save_file({"a": np.zeros(2, np.float32)}, path, metadata={"ddsgui": text})
    return path


@pytest.fixture
def library(tmp_path, monkeypatch) -> Library:
    """A library with the domains portrait and caricature and the part hair bundled, and the user's domain engraving."""
    monkeypatch.setattr(paths, "assets", lambda: tmp_path / "assets")
    for name in ("portrait", "caricature"):
        write(
            tmp_path / f"assets/domains/{name}.safetensors", "domain", title=name.title(), config={"w_dim": 8}
        )
    write(tmp_path / "assets/parts/hair.safetensors", "part")
    write(tmp_path / "user/domains/engraving.safetensors", "domain")
    return Library(tmp_path / "user")


def test_bundled_and_own_domains_are_listed_by_name(library):
    entries = library.domains()
    assert [(e.name, e.title, e.bundled) for e in entries] == [
        ("caricature", "Caricature", True),
        ("engraving", "engraving", False),
        ("portrait", "Portrait", True),
    ]
    assert entries[0].metadata["config"] == {"w_dim": 8}
    assert [e.name for e in library.parts()] == ["hair"]


def test_a_domain_is_found_by_name_and_by_path(library, tmp_path):
    path = tmp_path / "user/domains/engraving.safetensors"
    assert library.domain("engraving") == path
    assert library.domain(str(path)) == path
    foreign = tmp_path / "foreign.pt"
    foreign.touch()
    assert library.domain(str(foreign)) == foreign


def test_the_users_domain_hides_the_bundled_one(library, tmp_path):
    own = write(tmp_path / "user/domains/portrait.safetensors", "domain")
    assert library.domain("portrait") == own
    assert [e.name for e in library.domains()].count("portrait") == 1


def test_a_copied_file_has_the_name_of_the_copy(library, tmp_path):
    write(tmp_path / "user/parts/hair 2.safetensors", "part", name="hair")
    assert [e.name for e in library.parts()] == ["hair", "hair 2"]


def test_an_unknown_name_is_reported_with_the_available_and_the_nearest_ones(library):
    with pytest.raises(LibraryError) as raised:
        library.domain("Portrat")
    assert "caricature, engraving, portrait. Did you mean portrait?" in str(raised.value)
    with pytest.raises(LibraryError, match=r"no part xyz.*hair"):
        library.part("xyz")


def test_missing_files_and_folders_are_reported(library, tmp_path):
    with pytest.raises(LibraryError, match=r"There is no file .*gone\.pt"):
        library.domain(str(tmp_path / "gone.pt"))
    with pytest.raises(LibraryError, match="is a folder"):
        library.part(str(tmp_path))


def test_an_empty_library_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "assets", lambda: tmp_path)
    with pytest.raises(LibraryError, match="library is empty"):
        Library(tmp_path).domain("portrait")


@pytest.mark.parametrize(
    "content",
    [b"", b"hello, I am text", b"\xff" * 64, b"\x02\0\0\0\0\0\0\0{}", b"PK\x03\x04"],
)
def test_a_broken_file_is_omitted_with_a_line_in_the_log(library, tmp_path, caplog, content):
    (tmp_path / "user/domains/broken.safetensors").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        names = [e.name for e in library.domains()]
    assert names == ["caricature", "engraving", "portrait"]
    assert "broken.safetensors" in caplog.text


@pytest.mark.parametrize("document", ["[1]", "{", "[" * 100_000, json.dumps({"kind": "domain", "format": 9})])
def test_a_file_with_a_foreign_document_is_omitted(library, tmp_path, caplog, document):
    path = tmp_path / "user/domains/odd.safetensors"
    save_file({"a": np.zeros(2, np.float32)}, path, metadata={"ddsgui": document})
    assert "odd" not in [e.name for e in library.domains()]
    assert "odd.safetensors" in caplog.text


def test_a_part_among_the_domains_is_omitted(library, tmp_path):
    write(tmp_path / "user/domains/mouth.safetensors", "part")
    assert "mouth" not in [e.name for e in library.domains()]


def test_a_new_part_goes_to_the_users_folder(library, tmp_path):
    path = library.part_path("left ear")
    assert path == tmp_path / "user/parts/left ear.safetensors"
    write(path, "part")
    assert library.part("left ear") == path


def test_a_new_domain_goes_to_the_users_folder(library, tmp_path):
    path = library.domain_path("wood cut")
    assert path == tmp_path / "user/domains/wood cut.safetensors"
    with pytest.raises(LibraryError, match="A domain cannot be called"):
        library.domain_path("../portrait")


@pytest.mark.parametrize("companion", ["discriminator", "training"])
def test_a_companion_file_is_not_a_domain_and_no_domain_can_have_its_name(
    library, tmp_path, caplog, companion
):
    write(tmp_path / f"user/domains/engraving.{companion}.safetensors", companion)
    assert [e.name for e in library.domains()] == ["caricature", "engraving", "portrait"]
    assert not caplog.text
    with pytest.raises(LibraryError, match="cannot be called"):
        library.domain_path(f"engraving.{companion}")


@pytest.mark.parametrize("name", ["", ".", "../hair", "a/b", "a\\b", ".hidden", "a" * 200, "a ", "a\n"])
def test_names_that_no_file_should_have_are_refused(library, name):
    with pytest.raises(LibraryError, match="cannot be called"):
        library.part_path(name)


def test_a_file_is_read_again_only_once_it_has_changed(library, tmp_path, monkeypatch):
    path = tmp_path / "user/domains/engraving.safetensors"
    first = library.domains()
    with monkeypatch.context() as patch:
        patch.setattr("ddsgui.library.library.safe_open", lambda *_, **__: pytest.fail("it is read again"))
        assert library.domains() == first
    write(path, "domain", title="Banknote")
    assert "Banknote" in [entry.title for entry in library.domains()]
