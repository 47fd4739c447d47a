"""Copies of domains and parts travel in a project, and arrive only if they are what they claim to be."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from ddsgui import paths
from ddsgui.editing.recipe import Recipe
from ddsgui.errors import DdsError
from ddsgui.jobs.copies import SentCopy, add_copies_steps, save_to_send
from ddsgui.library.library import Kind, Library
from ddsgui.project import archive
from ddsgui.project.model_use import ModelUse
from ddsgui.project.opening import open_project
from ddsgui.project.project import Project
from ddsgui.project.project_file import read_project, write_project
from ddsgui.project.project_run import ProjectRun
from ddsgui.steps import result_of
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import OptimizerSettings
from tests.project.example_runs import project_run
from tests.qt.tiny_library import make_tiny_library

FILES: dict[tuple[Kind, str], str] = {
    ("domain", "portrait"): "domains/portrait.safetensors",
    ("domain", "caricature"): "domains/caricature.safetensors",
    ("part", "eyes-nose-mouth"): "parts/eyes-nose-mouth.safetensors",
}


@pytest.fixture(scope="module")
def sender(tmp_path_factory) -> Library:
    """A library that has two domains and a part which no other library has."""
    folder = tmp_path_factory.mktemp("sender")
    make_tiny_library(folder)
    return Library(folder)


@pytest.fixture
def receiver(tmp_path, monkeypatch) -> Library:
    """An empty library of a program that brings nothing."""
    (tmp_path / "assets").mkdir()
    monkeypatch.setattr(paths, "assets", lambda: tmp_path / "assets")
    return Library(tmp_path / "receiver")


def uses_of(library: Library) -> tuple[ModelUse, ...]:
    return tuple(
        ModelUse(kind, name, sha256((library.folder / file).read_bytes()).hexdigest())
        for (kind, name), file in FILES.items()
    )


def test_models_of_the_queue_are_copied(tmp_path, sender):
    recipe = Recipe("portrait", "caricature", "", Seed(1), None, OptimizerSettings().as_dict())
    files = {
        "order.json": b'{"entries": []}',
        f"{'0' * 16}.json": json.dumps({"recipe": recipe.as_dict()}).encode(),
    }
    sent = save_to_send(tmp_path / "sent.ddsgui", Project(queue_files=files), sender)
    assert [use.name for use in sent.copied] == ["portrait", "caricature"]


def run_with(*uses: ModelUse) -> ProjectRun:
    run = project_run()
    return replace(run, summary=replace(run.summary, models=uses))


def send(path: Path, library: Library, *uses: ModelUse) -> SentCopy:
    return save_to_send(path, Project().with_run(run_with(*uses)), library)


def test_missing_models_are_offered_and_added(tmp_path, sender, receiver):
    uses = uses_of(sender)
    sent = send(tmp_path / "sent.ddsgui", sender, *uses)
    assert sent.copied == uses and not sent.left_out
    assert not read_project(tmp_path / "sent.ddsgui").damage()
    opened = open_project(tmp_path / "sent.ddsgui", receiver)
    assert set(opened.copies) == set(uses) and opened.missing is None
    assert result_of(add_copies_steps(receiver, opened.project, opened.copies)) == opened.copies
    assert opened.journal is not None
    opened.journal.close()
    for use in uses:
        path = receiver.domain(use.name) if use.kind == "domain" else receiver.part(use.name)
        assert sha256(path.read_bytes()).hexdigest() == use.sha256
    again = open_project(tmp_path / "sent.ddsgui", receiver)
    assert not again.copies and again.missing is None and again.journal is not None
    again.journal.close()


def test_copies_stay_in_a_project_that_is_saved_again(tmp_path, sender, monkeypatch):
    monkeypatch.setitem(archive.MAX_ENTRY_BYTES, ".safetensors", 1000)  # domains are larger than latents
    path = tmp_path / "sent.ddsgui"
    send(path, sender, uses_of(sender)[0])
    project = read_project(path)
    written = write_project(path, replace(project, runs=(project.runs[0].renamed("Ada"),)))
    assert not written.problems and list(written.copies) == [uses_of(sender)[0].sha256]


def test_only_what_the_runs_were_made_with_is_copied(tmp_path, sender):
    portrait, caricature, part = uses_of(sender)
    changed = replace(caricature, sha256="0" * 64)
    gone = ModelUse("domain", "gone", "1" * 64)
    sent = send(tmp_path / "sent.ddsgui", sender, portrait, changed, gone, part)
    assert sent.copied == (portrait, part)
    assert len(sent.left_out) == 2 and "caricature" in sent.left_out[0] and "gone" in sent.left_out[1]


def test_bundled_models_are_not_copied(tmp_path, sender, monkeypatch):
    assets = tmp_path / "assets"
    shutil.copytree(sender.folder, assets)
    monkeypatch.setattr(paths, "assets", lambda: assets)
    sent = send(tmp_path / "sent.ddsgui", Library(tmp_path / "empty"), *uses_of(sender))
    assert not sent.copied and not sent.left_out and not sent.project.copies


def test_a_domain_of_the_same_name_is_not_replaced(tmp_path, sender, receiver):
    portrait = uses_of(sender)[0]
    send(tmp_path / "sent.ddsgui", sender, portrait)
    own = receiver.domain_path("portrait")
    shutil.copy(sender.domain("caricature"), own)
    before = own.read_bytes()
    opened = open_project(tmp_path / "sent.ddsgui", receiver)
    assert not opened.copies and opened.missing is not None and portrait.sha256 in opened.missing
    with pytest.raises(DdsError):
        result_of(add_copies_steps(receiver, opened.project, [portrait]))
    assert own.read_bytes() == before and opened.journal is not None
    opened.journal.close()


@pytest.mark.parametrize("name", ["../portrait", "a/b", "", "portrait\0"])
def test_a_copy_goes_to_no_other_place(sender, receiver, tmp_path, name):
    use = replace(uses_of(sender)[0], name=name)
    content = sender.domain("portrait").read_bytes()
    with pytest.raises(DdsError):
        result_of(add_copies_steps(receiver, Project(copies={use.sha256: content}), [use]))
    assert not list(tmp_path.rglob("*.safetensors"))


@pytest.mark.parametrize("content", [b"", b"no model", b"\x80\x04cos\nsystem\n."])
def test_something_else_in_place_of_a_copy_is_refused(sender, receiver, tmp_path, content):
    honest = uses_of(sender)[0]
    claimed = ModelUse("domain", "portrait", sha256(content).hexdigest())
    for use in (honest, claimed):
        with pytest.raises(DdsError):
            result_of(add_copies_steps(receiver, Project(copies={use.sha256: content}), [use]))
    as_part = ModelUse("part", "portrait", honest.sha256)
    whole = sender.domain("portrait").read_bytes()
    with pytest.raises(DdsError):
        result_of(add_copies_steps(receiver, Project(copies={honest.sha256: whole}), [as_part]))
    assert not list(tmp_path.rglob("*.safetensors"))
