"""Writes a safetensors file tensor by tensor, so that it takes no memory beside them and can be stopped in between.

The layout: the header's length in 8 bytes, the header in JSON, the numbers of all tensors without a gap.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from pathlib import Path

import torch
from torch import Tensor

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


def write_steps(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], dtype: torch.dtype | None = None
) -> Generator[float, None, None]:
    """Write a new file; yields the share that is done, 0 … 1, after each tensor. OSError if it cannot be written.

    `dtype`: what all tensors are turned into; None leaves them as they are. Whoever stops iterating has half a file.
    """
    kinds = {key: dtype or value.dtype for key, value in tensors.items()}
    # Each on an address that its kind divides.
    order = sorted(tensors, key=lambda key: (-kinds[key].itemsize, key))
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for key in order:
        start, end = end, end + tensors[key].numel() * kinds[key].itemsize
        shape = list(tensors[key].shape)
        header[key] = {"dtype": _DTYPES[kinds[key]], "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        written = 0
        for key in order:
            plain = tensors[key].detach().to("cpu", kinds[key]).contiguous().flatten()
            written += file.write(plain.view(torch.uint8).numpy().data)
            yield written / end if end else 1.0
