"""A user's library of version 0.1.0 is opened and used.

The folder has a domain, a part, a removed domain with its companion, checksums, a catalogue, and a download that
broke off after 2000 bytes.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from ddsgui.checkpoints.checkpoint import load_generator
from ddsgui.library import checksums, trash
from ddsgui.library.add import fetch_steps
from ddsgui.library.card import cards
from ddsgui.library.catalogue import find_catalogue_entry
from ddsgui.library.checksums import Checksums
from ddsgui.library.library import Library, read_entry
from ddsgui.library.verification import verify_steps
from ddsgui.steps import result_of
from ddsgui.synthesis.segmenter import load_segmenter

FIXTURES = Path(__file__).parent / "fixtures/0.1.0"


@pytest.fixture
def old(own: Library) -> Library:
    """The library in that folder, with the modification times that its checksums recorded."""
    shutil.copytree(FIXTURES / "library", own.folder)
    for name, recorded in json.loads((own.folder / "checksums.json").read_text())["files"].items():
        if (own.folder / name).exists():
            os.utime(own.folder / name, ns=(recorded["changed"], recorded["changed"]))
    return own


def test_the_domain_and_part_are_read(old):
    domain, part = old.entry("tiny"), old.entry("spot")
    assert (domain.title, domain.resolution, domain.card["licence"]) == ("Tiny", (8, 8), "CC0")
    assert (part.kind, part.classes, part.fits(domain)) == ("part", 1, True)
    assert load_generator(domain.path).config.resolution == 8
    assert load_segmenter(part.path).classes == ("spot",)
    for entry in (domain, part):
        verification = result_of(verify_steps(old, entry))
        assert verification.ok and "as recorded" in verification.text


def test_the_checksums_are_used(old, monkeypatch):
    monkeypatch.setattr(checksums, "_hash_steps", lambda path: pytest.fail("read again"))
    recorded = json.loads((old.folder / "checksums.json").read_text())["files"]
    assert Checksums(old.folder).of(old.domain("tiny")) == recorded["domains/tiny.safetensors"]["sha256"]
    assert Checksums(old.folder).download("cats") == "ab" * 32


def test_the_removed_domain_can_still_be_restored_and_is_deleted_after_a_day(old):
    (folder,) = (old.folder / ".removed").iterdir()
    path = old.folder / "domains/gone.safetensors"
    entry = read_entry(folder / path.name, "domain")
    removed = trash.RemovedEntry(type(entry)(**{**vars(entry), "path": path}), folder, ())
    assert removed.restore().name == "gone"
    assert old.entry("gone").path == path
    assert path.with_name("gone.discriminator.safetensors").read_bytes() == b"companion"
    removed = trash.remove(old, old.entry("gone"))
    os.utime(removed.folder, (0, 0))
    trash.empty_trash(old)
    assert not removed.folder.exists()


def test_the_catalogue_is_read_and_its_download_resumes(old, server):
    content = (FIXTURES / "faces.safetensors").read_bytes()
    server.files["/faces.safetensors"] = content
    # The catalogue and the download's note name the port of the server at that time.
    for name in ("catalogue.json", "downloads/faces.safetensors.part.json"):
        text = (old.folder / name).read_text()
        (old.folder / name).write_text(text.replace("http://127.0.0.1:40577/", server.url("/")))
    (card,) = (card for card in cards(old) if card.published is not None)
    assert (card.name, card.received, card.bytes) == ("faces", 2000, len(content))
    entry = result_of(fetch_steps(old, find_catalogue_entry(old.folder, "faces")))
    assert [requested for _, requested in server.asked] == ["bytes=2000-"]
    assert entry.path.read_bytes() == content
    assert not list((old.folder / "downloads").iterdir())
