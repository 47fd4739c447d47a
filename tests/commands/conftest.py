"""A library of tiny random domains and a part, on which whole verbs run within seconds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
from ddsgui.images import write_png
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.synthesis.segmenter import PartMetadata, Segmenter, save_segmenter

SIDE = 16
PARENT = "0" * 64  # of all three, which makes them a family


def tiny(seed: int, side: int = SIDE) -> Generator:
    """Make a random generator of `side` pixels."""
    torch.manual_seed(seed)
    generator = Generator(GeneratorConfig(side, 8, 8, 2, (8,) * (side.bit_length() - 2)))
    generator.estimate_w_mean()
    return generator.freeze()


@pytest.fixture(scope="session")
def tiny_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user folder with the domains one, two and large (twice the size), the part spot, and two masks."""
    home = tmp_path_factory.mktemp("library")
    (home / "domains").mkdir()
    (home / "parts").mkdir()
    for seed, (name, side) in enumerate({"one": SIDE, "two": SIDE, "large": 2 * SIDE}.items()):
        generator = tiny(seed, side)
        card = {"origin": f"random weights, number {seed}"}
        metadata = DomainMetadata(name, name.title(), card, parent=PARENT)
        save_generator(generator, home / f"domains/{name}.safetensors", metadata)
    config = tiny(0).config
    segmenter = Segmenter(config.layer_channels(), SIDE, ("spot",), "S")
    save_segmenter(segmenter, home / "parts/spot.safetensors", PartMetadata("spot"))
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[4:10, 5:12] = 255
    write_png(home / "mask.png", mask)
    write_png(home / "large.png", mask.repeat(2, 0).repeat(2, 1))
    return home


@pytest.fixture(autouse=True)
def everywhere(quick_mixes: None) -> None:
    """Mixes are quick in every test here."""


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Compute on one thread, which is faster for pictures so small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def library(tiny_library: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny library as the user's library."""
    monkeypatch.setenv("DDSGUI_HOME", os.fspath(tiny_library))
    return tiny_library
