from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from ddsgui import paths
from ddsgui.errors import LibraryError
from ddsgui.library.families import shares_latent_space, unrelated_warning
from ddsgui.library.library import Library


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Domains:
    """A folder to which different domain files are written, with or without a parent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def write(self, name: str, parent: str | None = None, **document: Any) -> Path:
        self.count += 1
        path = self.folder / f"{name}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"kind": "domain", "format": 1, "parent": parent, **document})
        save_file({"a": np.full(2, self.count, np.float32)}, path, metadata={"ddsgui": text})
        return path


@pytest.fixture
def domains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Domains:
    monkeypatch.setattr(paths, "assets", lambda: tmp_path / "nothing bundled")
    return Domains(tmp_path / "user/domains")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "user")


def test_parent_and_child_siblings_and_cousins_share(library: Library, domains: Domains) -> None:
    base = domains.write("base")
    child = domains.write("child", sha256(base))
    domains.write("sister", sha256(base))
    domains.write("grandchild", sha256(child))
    for a, b in (("base", "child"), ("child", "sister"), ("grandchild", "sister"), ("grandchild", "base")):
        assert shares_latent_space(library, a, b) is True
        assert shares_latent_space(library, b, a) is True
    assert unrelated_warning(library, "child", "sister") is None


def test_domains_without_parents_are_unrelated_and_so_are_their_children(
    library: Library, domains: Domains
) -> None:
    domains.write("drawn", sha256(domains.write("faces")))
    domains.write("tabby", sha256(domains.write("cats")))
    assert shares_latent_space(library, "faces", "cats") is False
    assert shares_latent_space(library, "drawn", "tabby") is False
    warning = unrelated_warning(library, "drawn", "tabby")
    assert warning is not None and "drawn and tabby" in warning


def test_a_missing_parent_relates_its_children_and_leaves_the_rest_unknown(
    library: Library, domains: Domains
) -> None:
    domains.write("one", "ab" * 32)
    domains.write("two", "ab" * 32)
    domains.write("three", "cd" * 32)
    domains.write("scratch")
    assert shares_latent_space(library, "one", "two") is True
    assert shares_latent_space(library, "one", "three") is None
    assert shares_latent_space(library, "one", "scratch") is None
    assert unrelated_warning(library, "one", "scratch") is None


def test_a_foreign_file_is_unknown_unless_it_is_named_or_is_a_copy(
    library: Library, domains: Domains, tmp_path: Path
) -> None:
    foreign = tmp_path / "foreign.pt"
    foreign.write_bytes(b"PK and more")
    domains.write("scratch")
    domains.write("converted", None, card={"sha256": sha256(foreign)})
    domains.write("adapted", sha256(foreign))
    assert shares_latent_space(library, str(foreign), "scratch") is None
    assert shares_latent_space(library, "converted", "scratch") is None
    for name in ("converted", "adapted", str(foreign)):
        assert shares_latent_space(library, name, str(foreign)) is True
    copy = tmp_path / "copy.pt"
    copy.write_bytes(foreign.read_bytes())
    assert shares_latent_space(library, str(copy), str(foreign)) is True


def test_a_domain_outside_the_library_names_its_parent(
    library: Library, domains: Domains, tmp_path: Path
) -> None:
    base = domains.write("base")
    outside = Domains(tmp_path / "elsewhere")
    outside.count = 100
    child = outside.write("child v1.2", sha256(base))
    stranger = outside.write("stranger")
    assert shares_latent_space(library, str(child), "base") is True
    assert shares_latent_space(library, str(stranger), "base") is False
    warning = unrelated_warning(library, str(stranger), "base")
    assert warning is not None and "stranger and base" in warning


def test_a_parent_hidden_by_a_domain_of_the_same_name_still_counts(
    library: Library, domains: Domains, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "assets", lambda: tmp_path / "assets")
    bundled = Domains(tmp_path / "assets/domains")
    bundled.count = 100
    shipped = bundled.write("portrait")
    own = domains.write("portrait", sha256(shipped))
    domains.write("drawn", sha256(own))
    domains.write("etched", sha256(shipped))
    assert shares_latent_space(library, "drawn", "etched") is True


def test_an_odd_card_does_not_relate_domains(library: Library, domains: Domains) -> None:
    domains.write("odd", card={"sha256": 3})
    domains.write("bare", card=["what"])
    assert shares_latent_space(library, "odd", "bare") is False


def test_a_file_that_changed_is_read_again(library: Library, domains: Domains) -> None:
    base = domains.write("base")
    domains.write("child", sha256(base))
    assert shares_latent_space(library, "base", "child") is True
    time = base.stat().st_mtime_ns
    domains.write("base")
    os.utime(base, ns=(time + 10**9, time + 10**9))
    assert shares_latent_space(library, "base", "child") is None


def test_an_unknown_name_is_reported(library: Library, domains: Domains) -> None:
    domains.write("base")
    with pytest.raises(LibraryError, match="no domain bse"):
        shares_latent_space(library, "bse", "base")


def test_the_bundled_domains_are_one_family_and_heads_that_stand_apart() -> None:
    library = Library()
    names = [entry.name for entry in library.domains()]
    assert {"portrait", "caricature", "emoji"} <= set(names)
    for name in names:
        assert shares_latent_space(library, "portrait", name) is (name != "emoji"), name
