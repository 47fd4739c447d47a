"""Safetensors files: read without a copy, and written one tensor at a time.

The library's own writer needs a second copy of all tensors and cannot be stopped or show its progress. The layout of
a file: the length of the header in 8 bytes, the header in JSON, the numbers of all tensors without gaps.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from ddsgui.checkpoints.file_format import METADATA_KEY
from ddsgui.checkpoints.messages import damaged_error, truncated_error
from ddsgui.errors import CheckpointError
from ddsgui.paths import utf8_path

MAX_HEADER_BYTES = 4 << 20  # a large generator's takes some 20,000
_DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return all tensors, of any dtype and not copied, and ddsgui's document ({} of a foreign file).

    Raises CheckpointError if the file is damaged.
    """
    _check_header(path)
    try:
        with utf8_path(path) as named, safe_open(named, framework="pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 — not a dict
            text = (file.metadata() or {}).get(METADATA_KEY, "{}")
        document = json.loads(text)
    except MemoryError:
        raise
    except Exception as error:  # the library raises errors of several kinds
        raise damaged_error(path.name) from error
    if not isinstance(document, dict):
        raise CheckpointError(f"{path.name} has an unreadable description of its content.")
    return tensors, document


def write_steps(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], dtype: torch.dtype | None = None
) -> Generator[float, None, None]:
    """Write a new file; yield the progress, 0 … 1, after every tensor. Raises OSError if it cannot be written.

    dtype: what all tensors are converted to; None keeps theirs. If the iteration is stopped, half a file is left.
    """
    dtypes = {key: dtype or value.dtype for key, value in tensors.items()}
    # The largest numbers first, so that each tensor begins at a multiple of its numbers' size.
    order = sorted(tensors, key=lambda key: (-dtypes[key].itemsize, key))
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for key in order:
        start, end = end, end + tensors[key].numel() * dtypes[key].itemsize
        shape = list(tensors[key].shape)
        header[key] = {"dtype": _DTYPES[dtypes[key]], "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        written = 0
        for key in order:
            plain = tensors[key].detach().to("cpu", dtypes[key]).contiguous().flatten()
            written += file.write(plain.view(torch.uint8).numpy().data)
            yield written / end if end else 1.0


def _check_header(path: Path) -> None:
    """Raise CheckpointError if the header is too long, or describes more bytes than the file has."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > min(MAX_HEADER_BYTES, size - 8):
                raise damaged_error(path.name)
            header = json.loads(file.read(length))
        ends = [int(tensor["data_offsets"][1]) for key, tensor in header.items() if not key.startswith("__")]
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
    needed = 8 + length + max(ends, default=0)
    if needed > size:
        raise truncated_error(path.name, needed, size)
