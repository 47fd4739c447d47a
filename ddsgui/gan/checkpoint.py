"""Any readable file -> Generator. The content says what a file is, not its ending; nothing in it is executed."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from ddsgui.errors import CheckpointError
from ddsgui.gan.contents import NATIVE, Contents, read_contents
from ddsgui.gan.discriminator import Discriminator
from ddsgui.gan.generator import Generator
from ddsgui.gan.native import (
    DomainMetadata,
    discriminator_from_native,
    file_sha256,
    save_discriminator,
    save_generator,
)
from ddsgui.gan.rosinality_discriminator import discriminator_from_rosinality, find_discriminator

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


@dataclass(frozen=True)
class FileReport:
    """What a file is, for `ddsgui inspect`."""

    path: str
    format: str
    kind: str  # "domain", "part" or "discriminator"
    bytes: int
    sha256: str
    name: str = ""
    title: str = ""
    configuration: dict[str, Any] = field(default_factory=dict)
    parameters: int = 0
    card: dict[str, Any] = field(default_factory=dict)
    parent: str | None = None
    also_inside: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)


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


def discriminator_path(domain: str | os.PathLike[str]) -> Path:
    """Where a domain's discriminator lies if it has one: beside its file, so that downloads can leave it out."""
    path = Path(domain)
    return path.with_name(f"{path.stem}.discriminator.safetensors")


def load_discriminator(
    domain: str | os.PathLike[str], device: torch.device | str | None = None
) -> Discriminator | None:
    """What judged the pictures of the domain in this file; None if nothing of the kind is in it or beside it.

    In eval mode, float32, weights frozen. Reads the native file beside the domain's and the "d" of rosinality's
    training states. CheckpointError, in one sentence, if what is there is broken.
    """
    path = Path(domain)
    beside = discriminator_path(path)
    if beside.exists():
        contents = read_contents(beside)
        if contents.kind != "discriminator":
            raise CheckpointError(f"{beside.name} is no discriminator of ddsgui.")
        found = discriminator_from_native(contents.floats(), contents.document, beside.name)
    elif (state := find_discriminator(read_contents(path).data)) is not None:
        found = discriminator_from_rosinality(state, path.name)
    else:
        return None
    return found.to(device or "cpu").freeze()


def inspect_file(path: str | os.PathLike[str]) -> FileReport:
    """What a domain's, a part's or a discriminator's file is. CheckpointError if it is none of them."""
    path = Path(path)
    contents = read_contents(path)
    common = {"path": str(path), "bytes": path.stat().st_size, "sha256": file_sha256(path)}
    if contents.kind == "part":
        return _part_report(contents, common)
    if contents.kind == "discriminator":
        discriminator = discriminator_from_native(contents.floats(), contents.document, path.name)
        return FileReport(
            format=NATIVE,
            kind="discriminator",
            configuration=discriminator.config.as_dict(),
            parameters=sum(p.numel() for p in discriminator.parameters()),
            **common,
        )
    found = contents.found()
    generator = found.build()
    also = found.beside
    if (beside := discriminator_path(path)).exists():
        also = (*also, f"its discriminator, in {beside.name}")
    own = {
        key: contents.document[key]
        for key in ("name", "title", "card", "parent")
        if contents.document.get(key)
    }
    return FileReport(
        format=found.layout,
        kind="domain",
        configuration=generator.config.as_dict(),
        parameters=sum(p.numel() for p in generator.parameters()),
        also_inside=also,
        **own,
        **common,
    )


def _part_report(contents: Contents, common: dict[str, Any]) -> FileReport:
    document = contents.document
    return FileReport(
        format=NATIVE,
        kind="part",
        name=str(document.get("name", "")),
        title=str(document.get("title", "")),
        configuration={key: document.get(key) for key in ("classes", "size", "channels")},
        parameters=sum(tensor.numel() for tensor in contents.floats().values()),
        card=document.get("card", {}),
        **common,
    )
