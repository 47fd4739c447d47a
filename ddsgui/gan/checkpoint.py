"""Any readable file -> Generator. The content says what a file is, not its ending; nothing in it is executed."""

from __future__ import annotations

import os
import struct
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch

from ddsgui.errors import CheckpointError
from ddsgui.gan.discriminator import Discriminator
from ddsgui.gan.generator import Generator
from ddsgui.gan.native import (
    DomainMetadata,
    discriminator_from_native,
    file_sha256,
    generator_from_native,
    read_tensors,
    save_discriminator,
    save_generator,
)
from ddsgui.gan.rosinality import find_state, generator_from_rosinality, read_torch
from ddsgui.gan.rosinality_discriminator import discriminator_from_rosinality, find_discriminator

__all__ = [
    "DomainMetadata",
    "FileReport",
    "discriminator_path",
    "inspect_file",
    "load_discriminator",
    "load_generator",
    "save_discriminator",
    "save_generator",
]

Format = Literal["native", "rosinality"]


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


def load_generator(path: str | os.PathLike[str], device: torch.device | str | None = None) -> Generator:
    """The generator in a file: eval mode, float32, weights frozen, on the CPU unless `device` says otherwise.

    Reads native domains and rosinality's layouts. CheckpointError, in one sentence, if it cannot.
    """
    return _load(Path(path))[0].to(device or "cpu").freeze()


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
        tensors, document = _read_native(beside)
        found = discriminator_from_native(tensors, document, beside.name)
    elif _format(path) == "rosinality" and (state := find_discriminator(read_torch(path))) is not None:
        found = discriminator_from_rosinality(state, path.name)
    else:
        return None
    return found.to(device or "cpu").freeze()


def inspect_file(path: str | os.PathLike[str]) -> FileReport:
    """What a domain's, a part's or a discriminator's file is. CheckpointError if it is none of them."""
    path = Path(path)
    file_format = _format(path)
    common = {"path": str(path), "bytes": _size(path), "sha256": file_sha256(path)}
    if file_format == "native":
        tensors, document = read_tensors(path)
        if document.get("kind") == "part":
            return FileReport(
                format="ddsgui native",
                kind="part",
                name=str(document.get("name", "")),
                title=str(document.get("title", "")),
                configuration={k: document.get(k) for k in ("classes", "size", "channels")},
                parameters=sum(t.numel() for t in tensors.values()),
                card=document.get("card", {}),
                **common,
            )
        if document.get("kind") == "discriminator":
            discriminator = discriminator_from_native(tensors, document, path.name)
            return FileReport(
                format="ddsgui native",
                kind="discriminator",
                configuration=discriminator.config.as_dict(),
                parameters=sum(p.numel() for p in discriminator.parameters()),
                **common,
            )
        generator = generator_from_native(tensors, document, path.name)
        beside = discriminator_path(path)
        also = (f"its discriminator, in {beside.name}",) if beside.exists() else ()
        own = {key: document[key] for key in ("name", "title", "card", "parent") if document.get(key)}
        return FileReport(format="ddsgui native", also_inside=also, **_shape(generator), **own, **common)
    content = read_torch(path)
    generator = generator_from_rosinality(find_state(content, path.name), path.name)
    also = tuple(str(k) for k in content if k != "g_ema") if "g_ema" in content else ()
    return FileReport(format="rosinality", also_inside=also, **_shape(generator), **common)


def _shape(generator: Generator) -> dict[str, Any]:
    return {
        "kind": "domain",
        "configuration": generator.config.as_dict(),
        "parameters": sum(p.numel() for p in generator.parameters()),
    }


def _load(path: Path) -> tuple[Generator, dict[str, Any]]:
    if _format(path) == "native":
        tensors, document = read_tensors(path)
        return generator_from_native(tensors, document, path.name), document
    state = find_state(read_torch(path), path.name)
    return generator_from_rosinality(state, path.name), {}


def _read_native(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    if _format(path) != "native":
        raise CheckpointError(f"{path.name} is no discriminator of ddsgui.")
    return read_tensors(path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise CheckpointError(f"There is no file {path}.") from error


def _format(path: Path) -> Format:
    """What the first bytes say."""
    size = _size(path)
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    if not head:
        raise CheckpointError(f"{path.name} is empty.")
    if len(head) > 9 and head[8:9] == b"{" and struct.unpack("<Q", head[:8])[0] <= size:
        return "native"
    if head[:4] == b"PK\x03\x04":
        return "rosinality"
    if head[:1] == b"\x80" and head[1:2] <= b"\x05":
        if b"\x8a\nl\xfc\x9c" in head:  # torch.save before 1.6 begins with its magic number
            return "rosinality"
        raise CheckpointError(
            f"{path.name} is a Python pickle, perhaps of NVIDIA's programs; "
            "this version of ddsgui reads rosinality's .pt files and its own .safetensors."
        )
    if head[8:9] == b"{":
        raise CheckpointError(f"{path.name} is damaged or was not downloaded completely; get it again.")
    raise CheckpointError(f"{path.name} is not a model file that ddsgui can read.")
