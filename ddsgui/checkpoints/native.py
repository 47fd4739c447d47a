"""The native format: one safetensors file whose metadata holds a JSON document about what it is."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Generator as Steps
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open
from torch import Tensor, nn

from ddsgui.checkpoints.file_format import FORMAT_VERSION, METADATA_KEY
from ddsgui.checkpoints.messages import damaged_error, truncated_error
from ddsgui.checkpoints.safetensors_writer import write_steps
from ddsgui.errors import CheckpointError
from ddsgui.paths import write_beside
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig, Filter
from ddsgui.stylegan.generator import Generator, GeneratorConfig

MAX_HEADER = 4 << 20  # bytes; a large generator's takes some 20,000


@dataclass(frozen=True)
class DomainMetadata:
    """What a domain file says of itself."""

    name: str
    title: str = ""
    card: dict[str, Any] = field(default_factory=dict)  # origin, licence, training, limits
    parent: str | None = None  # SHA-256 of the domain that this one was adapted from


def save_tensors(path: Path, tensors: dict[str, Tensor], document: dict[str, Any]) -> None:
    """Write tensors and their document beside `path`, then rename. DdsError on a full or read-only disk."""
    with write_beside(path) as beside:
        deque(write_steps(beside, tensors, {METADATA_KEY: json.dumps(document)}), maxlen=0)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All tensors of a safetensors file, in float32, and its document ({} if foreign)."""
    tensors, document = read_raw(path)
    return {key: to_float32(value, f"{path.name}: {key}") for key, value in tensors.items()}, document


def read_raw(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """As read_tensors, but as the tensors are: of any type, and lying in the file."""
    _check_header(path)
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 — not a dict
            text = (file.metadata() or {}).get(METADATA_KEY, "{}")
        document = json.loads(text)
    except MemoryError:
        raise
    except Exception as error:  # the library lets several kinds through
        raise damaged_error(path.name) from error
    if not isinstance(document, dict):
        raise CheckpointError(f"{path.name} says nothing readable about what it is.")
    return tensors, document


def _check_header(path: Path) -> None:
    """CheckpointError if the header is too long to be one, or tells of more bytes than there are."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > min(MAX_HEADER, size - 8):
                raise damaged_error(path.name)
            header = json.loads(file.read(length))
        needed = (
            8
            + length
            + max((int(v["data_offsets"][1]) for k, v in header.items() if k[:2] != "__"), default=0)
        )
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise damaged_error(path.name) from error
    if needed > size:
        raise truncated_error(path.name, needed, size)


def to_float32(value: Tensor, what: str) -> Tensor:
    """A float32 copy, free of the file it came from. CheckpointError unless `value` is a plain array of floats.

    A view of a few numbers that claims to be a huge array would fill the memory when copied.
    """
    plain = value.layout == torch.strided and value.is_floating_point()
    if not plain or value.numel() * value.element_size() > value.untyped_storage().nbytes():
        raise CheckpointError(f"{what} is not a plain array of numbers; the file is damaged.")
    return value.to(torch.float32, copy=True)


def save_generator(generator: Generator, path: Path, metadata: DomainMetadata, *, half: bool = False) -> None:
    """Write a domain; `half` stores float16, which halves the file and cannot be told apart by eye."""
    with write_beside(path) as beside:
        deque(save_generator_steps(generator, beside, metadata, half=half), maxlen=0)


def save_generator_steps(
    generator: Generator, path: Path, metadata: DomainMetadata, *, half: bool = False
) -> Steps[float, None, None]:
    """As save_generator, straight into `path`; yields the share that is done, 0 … 1. OSError if it cannot write."""
    document = {
        "kind": "domain",
        "format": FORMAT_VERSION,
        "config": generator.config.as_dict(),
        **asdict(metadata),
    }
    dtype = torch.float16 if half else torch.float32
    return write_steps(path, generator.state_dict(), {METADATA_KEY: json.dumps(document)}, dtype)


def generator_from_native(tensors: dict[str, Tensor], document: dict[str, Any], name: str) -> Generator:
    """The generator of a native domain file; strict: every tensor has its place."""
    if document.get("kind") != "domain":
        kind = document.get("kind")
        what = f"is a {kind} of ddsgui, not a domain" if kind else "is no domain of ddsgui"
        raise CheckpointError(f"{name} {what}.")
    if document.get("format") != FORMAT_VERSION:
        raise CheckpointError(f"{name} was written by a newer version of ddsgui; update ddsgui to open it.")
    try:
        _check_channels(document["config"])
        config = GeneratorConfig.from_dict(document["config"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CheckpointError(f"{name} does not say what generator it holds.") from error
    return strict_generator(config, tensors, name)


def save_discriminator(discriminator: Discriminator, path: Path, *, half: bool = False) -> None:
    """Write what judged a domain's pictures, for whoever adapts that domain; `half` stores float16."""
    document = {"kind": "discriminator", "format": FORMAT_VERSION, "config": discriminator.config.as_dict()}
    dtype = torch.float16 if half else torch.float32
    state = {k: v for k, v in discriminator.state_dict().items() if not k.startswith("rgb_smaller.")}
    with write_beside(path) as beside:
        deque(write_steps(beside, state, {METADATA_KEY: json.dumps(document)}, dtype), maxlen=0)


def discriminator_from_native(
    tensors: dict[str, Tensor], document: dict[str, Any], name: str
) -> Discriminator:
    """The discriminator of a native file; strict: every tensor has its place."""
    if document.get("kind") != "discriminator":
        raise CheckpointError(f"{name} is no discriminator of ddsgui.")
    if document.get("format") != FORMAT_VERSION:
        raise CheckpointError(f"{name} was written by a newer version of ddsgui; update ddsgui to open it.")
    try:
        config = document["config"]
        _check_channels(config)
        channels = tuple(int(c) for c in config["channels"])
        resolution, kernel = int(config["resolution"]), str(config["filter"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CheckpointError(f"{name} does not say what discriminator it holds.") from error
    return strict_discriminator(
        DiscriminatorConfig(resolution, channels, cast(Filter, kernel)), tensors, name
    )


def _check_channels(config: Any) -> None:
    """ValueError if there are too many to be told of in a sentence."""
    if len(config["channels"]) > 16:
        raise ValueError("channels")


def strict_generator(config: GeneratorConfig, tensors: dict[str, Tensor], name: str) -> Generator:
    """A generator of `config` that takes exactly these tensors; CheckpointError names what does not fit."""
    with torch.device("meta"):
        generator = Generator(config)
    _assign(generator, tensors, name, "StyleGAN2 generator")
    return generator


def strict_discriminator(config: DiscriminatorConfig, tensors: dict[str, Tensor], name: str) -> Discriminator:
    """A discriminator of `config` that takes exactly these tensors; CheckpointError names what does not fit."""
    with torch.device("meta"):
        discriminator = Discriminator(config)
    _assign(discriminator, tensors, name, "StyleGAN2 discriminator")
    return discriminator


def _assign(network: nn.Module, tensors: dict[str, Tensor], name: str, what: str) -> None:
    """Make these the network's own tensors. CheckpointError unless each has its place and its shape, and is finite."""
    expected = network.state_dict()
    missing, extra = expected.keys() - tensors.keys(), tensors.keys() - expected.keys()
    if missing or extra:
        verb, keys = ("lacks", missing) if missing else ("has unknown tensors:", extra)
        raise CheckpointError(f"{name} {verb} {_some(keys)}; it is not a whole {what}.")
    for key, value in expected.items():
        if tensors[key].shape != value.shape:
            raise CheckpointError(
                f"{name}: {key} is {list(tensors[key].shape)} where {list(value.shape)} belongs; "
                f"it is not a {what} that ddsgui knows."
            )
        if not _finite(tensors[key]):
            raise CheckpointError(f"{name}: {key} holds numbers that are not finite; the file is damaged.")
    network.load_state_dict(tensors, assign=True)


def _finite(value: Tensor) -> bool:
    """Whether all numbers are; without a map of them, which would take more memory than the tensor itself."""
    least, greatest = value.aminmax()  # NaN is both
    return bool(torch.isfinite(least) and torch.isfinite(greatest))


def _some(keys: set[str]) -> str:
    shown = sorted(keys)[:3]
    return ", ".join(shown) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
