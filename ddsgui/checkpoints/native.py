"""The native format: a safetensors file whose metadata has a JSON document about its content.

layouts/native.py makes networks of such a file.
"""

from __future__ import annotations

import json
from collections.abc import Generator as Steps
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ddsgui.checkpoints.assembly import to_float32
from ddsgui.checkpoints.file_format import FORMAT_VERSION, METADATA_KEY
from ddsgui.checkpoints.safetensors_file import read_safetensors, write_steps
from ddsgui.paths import write_beside
from ddsgui.steps import result_of
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator


@dataclass(frozen=True)
class DomainMetadata:
    """The description of a domain in its file."""

    name: str
    title: str = ""
    card: dict[str, Any] = field(default_factory=dict)  # origin, licence, training, limits
    parent: str | None = None  # SHA-256 of the domain that this one was adapted from


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return all tensors of a safetensors file in float32, and its document ({} of a foreign file).

    Raises CheckpointError if the file is damaged.
    """
    tensors, document = read_safetensors(path)
    return {key: to_float32(value, f"{path.name}: {key}") for key, value in tensors.items()}, document


def save_tensors(path: Path, tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    """Write tensors and their document, atomically. Raises DdsError if the disk is full or read-only."""
    with write_beside(path) as unnamed:
        result_of(write_steps(unnamed, tensors, _metadata(document)))


def save_generator(generator: Generator, path: Path, metadata: DomainMetadata, *, half: bool = False) -> None:
    """Write a domain, atomically; `half` stores float16: half the size, and no visible difference."""
    with write_beside(path) as unnamed:
        result_of(save_generator_steps(generator, unnamed, metadata, half=half))


def save_generator_steps(
    generator: Generator, path: Path, metadata: DomainMetadata, *, half: bool = False
) -> Steps[float, None, None]:
    """Write a domain straight to `path`; yield the progress, 0 … 1. Raises OSError if it cannot be written."""
    document = {
        "kind": "domain",
        "format": FORMAT_VERSION,
        "config": generator.config.as_dict(),
        **asdict(metadata),
    }
    return write_steps(path, generator.state_dict(), _metadata(document), _dtype(half))


def save_discriminator(discriminator: Discriminator, path: Path, *, half: bool = False) -> None:
    """Write a domain's discriminator, with which an adaptation of the domain begins; `half` stores float16."""
    document = {
        "kind": "discriminator",
        "format": FORMAT_VERSION,
        "config": discriminator.config.as_dict(),
    }
    state = {k: v for k, v in discriminator.state_dict().items() if not k.startswith("rgb_smaller.")}
    with write_beside(path) as unnamed:
        result_of(write_steps(unnamed, state, _metadata(document), _dtype(half)))


def _metadata(document: dict[str, Any]) -> dict[str, str]:
    return {METADATA_KEY: json.dumps(document)}


def _dtype(half: bool) -> torch.dtype:
    return torch.float16 if half else torch.float32
