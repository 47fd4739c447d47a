"""Any readable file -> Generator. The content says what a file is, not its ending; nothing in it is executed."""

from __future__ import annotations

import os
import struct
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch

from ddsgui.errors import CheckpointError
from ddsgui.gan.generator import Generator
from ddsgui.gan.native import (
    DomainMetadata,
    file_sha256,
    generator_from_native,
    read_tensors,
    save_generator,
)
from ddsgui.gan.rosinality import find_state, generator_from_rosinality, read_torch

__all__ = ["DomainMetadata", "FileReport", "inspect_file", "load_generator", "save_generator"]

Format = Literal["native", "rosinality"]


@dataclass(frozen=True)
class FileReport:
    """What a file is, for `ddsgui inspect`."""

    path: str
    format: str
    kind: str  # "domain" or "part"
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


def inspect_file(path: str | os.PathLike[str]) -> FileReport:
    """What a domain or part file is. CheckpointError if it is neither."""
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
        generator = generator_from_native(tensors, document, path.name)
        own = {key: document[key] for key in ("name", "title", "card", "parent") if document.get(key)}
        return FileReport(format="ddsgui native", **_shape(generator), **own, **common)
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
