"""Any readable file -> Generator. The content says what a file is, not its ending; nothing in it is executed."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from ddsgui.checkpoints.layouts.registry import read_contents
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
    """The generator in a file: eval mode, float32, weights frozen, on the CPU unless `device` says otherwise.

    Reads native domains, rosinality's and NVIDIA's layouts; `class_index` says what a class-conditional one is to
    draw. CheckpointError, in one sentence, if it cannot.
    """
    generator = read_generator(path, device)
    generator.choose_class(class_index, Path(path).name)
    return generator


def read_generator(path: str | os.PathLike[str], device: torch.device | str | None = None) -> Generator:
    """As load_generator, without asking for a class: to convert a file or to tell of it, not to draw."""
    return read_contents(Path(path)).found().build().to(device or "cpu").freeze()


def load_discriminator(
    domain: str | os.PathLike[str], device: torch.device | str | None = None
) -> Discriminator | None:
    """What judged the pictures of the domain in this file; None if nothing of the kind is in it or beside it.

    In eval mode, float32, weights frozen. Reads the native file beside the domain's and the "d" of rosinality's
    training states. CheckpointError, in one sentence, if what is there is broken.
    """
    found = ModelFile(Path(domain)).discriminator()
    return None if found is None else found.to(device or "cpu").freeze()


def inspect_file(path: str | os.PathLike[str]) -> FileReport:
    """What a domain's, a part's or a discriminator's file is. CheckpointError if it is none of them."""
    return ModelFile(Path(path)).report()
