"""Model files of any readable format. The content decides the format, not the ending; nothing in a file is run."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from ddsgui.checkpoints.layouts.registry import find_generator, log_choice, read_contents
from ddsgui.checkpoints.model_file import FileReport, ModelFile, discriminator_path
from ddsgui.checkpoints.native import DomainMetadata, save_discriminator, save_generator
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator

__all__ = [
    "DomainMetadata",
    "FileReport",
    "discriminator_path",
    "inspect_file",
    "load_discriminator",
    "load_generator",
    "read_generator",
    "save_discriminator",
    "save_generator",
]


def load_generator(
    path: str | os.PathLike[str],
    device: torch.device | str | None = None,
    *,
    class_index: int | None = None,
) -> Generator:
    """Return the generator in a file: eval mode, float32, weights frozen, on the CPU or on `device`.

    Reads native domains, and rosinality's and NVIDIA's layouts. class_index: the class that a class-conditional
    generator draws. Raises CheckpointError, in one sentence, if the file cannot be read.
    """
    generator = read_generator(path, device)
    generator.choose_class(class_index, Path(path).name)
    return generator


def read_generator(path: str | os.PathLike[str], device: torch.device | str | None = None) -> Generator:
    """Return the generator as load_generator does, but without a class: to convert or inspect it, not to draw."""
    layout, match = find_generator(read_contents(Path(path)))
    log_choice(match)
    return layout.build(match).to(device or "cpu").freeze()


def load_discriminator(
    domain: str | os.PathLike[str], device: torch.device | str | None = None
) -> Discriminator | None:
    """Return the discriminator of the domain in this file; None if there is none in it or next to it.

    In eval mode, float32, weights frozen. Reads the native file next to the domain's, and the "d" of rosinality's
    training states. Raises CheckpointError, in one sentence, if it is damaged.
    """
    discriminator = ModelFile(Path(domain)).discriminator()
    return None if discriminator is None else discriminator.to(device or "cpu").freeze()


def inspect_file(path: str | os.PathLike[str]) -> FileReport:
    """Return the facts about a domain, a part or a discriminator. Raises CheckpointError if it is none of them."""
    return ModelFile(Path(path)).report()
