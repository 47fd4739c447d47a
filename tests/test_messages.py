"""Sentences of docs/messages.md that no other test produces, each from the file or action that a user meets."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from ddsgui import paths
from ddsgui.checkpoints.checkpoint import DomainMetadata, read_generator, save_generator
from ddsgui.errors import CheckpointError, LibraryError
from ddsgui.library.add import add
from ddsgui.library.catalogue import read_catalogue
from ddsgui.library.library import Library
from ddsgui.library.trash import remove
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.segmenter import PartMetadata, Segmenter, save_segmenter

CONFIG = GeneratorConfig(8, 4, 4, 1, (4, 4))


@pytest.fixture
def domain(tmp_path: Path) -> Path:
    """A native file."""
    generator = Generator(CONFIG)
    generator.estimate_w_mean()
    save_generator(generator, tmp_path / "mine.safetensors", DomainMetadata("mine"))
    return tmp_path / "mine.safetensors"


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["params_ema", "fuse_convs_dict.32.scale.0.weight"], "CodeFormer"),
        (["state_dict", "text_model.encoder.layers.0.self_attn.q_proj.weight"], "text encoder"),
        (
            ["models", "generator_smooth", "synthesis.layer0.weight", "synthesis.output0.weight"],
            "GenForce",
        ),
        (["state_dict", "generator_ema.constant_input.weight"], "MMagic"),
    ],
)
def test_a_model_of_another_kind(names: list[str], kind: str, tmp_path: Path) -> None:
    within = [name for name in names if "." not in name]
    content: Any = {name: torch.zeros(2, 2) for name in names if "." in name}
    for name in reversed(within):
        content = {name: content}
    torch.save(content, tmp_path / "model.pth")
    with pytest.raises(CheckpointError, match=rf"^model\.pth is .*{kind}.*; ddsgui mixes .*\.$"):
        read_generator(tmp_path / "model.pth")


def test_a_native_file_that_says_something_else_than_what_it_is(domain: Path) -> None:
    save_file(load_file(domain), domain, {"ddsgui": json.dumps(["nothing", "of", "this"])})
    with pytest.raises(CheckpointError, match=r"^mine\.safetensors .*readable"):
        read_generator(domain)


def test_a_native_file_with_something_of_its_own(domain: Path) -> None:
    from safetensors import safe_open

    with safe_open(domain, framework="pt") as file:
        metadata = file.metadata()
    save_file({**load_file(domain), "synthesis.extra": torch.zeros(1)}, domain, metadata)
    with pytest.raises(
        CheckpointError, match=r"^mine\.safetensors has unknown tensors: synthesis\.extra; it is"
    ):
        read_generator(domain)


def test_a_part_that_is_taken_for_an_offers_domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = paths.assets() / "catalogue.json"
    (tmp_path / "ships").mkdir()
    (tmp_path / "ships/catalogue.json").write_bytes(catalogue.read_bytes())
    monkeypatch.setattr(paths, "assets", lambda: tmp_path / "ships")
    offer = next(offer for offer in read_catalogue(tmp_path) if offer.kind == "domain")
    segmenter = Segmenter(CONFIG.layer_channels(), 8, ("spot",), "S")
    save_segmenter(segmenter, tmp_path / "spot.safetensors", PartMetadata("spot"))
    said = rf"^spot\.safetensors is a part, so it is not .*{re.escape(offer.name)}"
    with pytest.raises(LibraryError, match=said):
        add(Library(tmp_path), tmp_path / "spot.safetensors", published=offer)


def test_what_is_to_be_removed_is_gone_or_held(domain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    entry = add(library, domain)

    def held(self: Path, target: Path) -> None:
        raise OSError(errno.EACCES, "held")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", held)
        with pytest.raises(LibraryError, match=r"mine\.safetensors cannot be moved: permission denied"):
            remove(library, entry)
    assert library.entry("mine") == entry
    entry.path.unlink()
    with pytest.raises(LibraryError, match=r"mine\.safetensors no longer exists"):
        remove(library, entry)
