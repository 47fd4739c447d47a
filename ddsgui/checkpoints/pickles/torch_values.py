"""Torch's tensors as files describe them: a storage of bytes, and the place of the numbers in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

MAX_DIMENSIONS = 16

STORAGES: dict[str, torch.dtype | None] = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
    "ComplexFloatStorage": torch.complex64,
    "ComplexDoubleStorage": torch.complex128,
    "UntypedStorage": None,
    # Quantised numbers: only their width counts, because nothing reads them.
    "QInt8Storage": torch.int8,
    "QUInt8Storage": torch.uint8,
    "QInt32Storage": torch.int32,
    "QUInt4x2Storage": torch.uint8,
    "QUInt2x4Storage": torch.uint8,
}
_NEWER_DTYPES = (
    "float8_e4m3fn",
    "float8_e5m2",
    "float8_e4m3fnuz",
    "float8_e5m2fnuz",
    "uint16",
    "uint32",
    "uint64",
)
DTYPES: dict[str, torch.dtype] = {
    **{str(d).removeprefix("torch."): d for d in STORAGES.values() if d is not None},
    **{name: dtype for name in _NEWER_DTYPES if isinstance(dtype := getattr(torch, name, None), torch.dtype)},
}


@dataclass(frozen=True)
class StorageType:
    """The type of a storage, such as torch.FloatStorage; dtype is None for untyped bytes."""

    dtype: torch.dtype | None

    @property
    def width(self) -> int:
        """Bytes per number."""
        return 1 if self.dtype is None else self.dtype.itemsize


@dataclass(frozen=True)
class Storage:
    """A row of numbers; data is None while only the structure of the file is known, and the numbers come later."""

    kind: StorageType
    data: memoryview | None

    def part(self, offset: int, length: int) -> Storage:
        """Return `length` numbers from `offset` on. Raises ValueError if the storage does not have them."""
        if self.data is None:
            return self
        start, stop = offset * self.kind.width, (offset + length) * self.kind.width
        if not 0 <= start <= stop <= len(self.data):
            raise ValueError("a part beyond its storage")
        return Storage(self.kind, self.data[start:stop])


def rebuild_tensor(storage: Storage, offset: int, size: Any, stride: Any, *_: Any) -> Tensor:
    """Return a tensor in a storage, not copied. Raises ValueError if it lies outside, or repeats numbers.

    A view that repeats a few numbers as a huge tensor would fill the memory when copied.
    """
    return _view(storage, storage.kind.dtype, offset, size, stride)


def rebuild_untyped(
    storage: Storage, offset: int, size: Any, stride: Any, _gradient: Any, _hooks: Any, dtype: Any, *_: Any
) -> Tensor:
    """Return a tensor in a storage of untyped bytes: see rebuild_tensor."""
    return _view(storage, dtype, offset, size, stride)


def _view(storage: Storage, dtype: Any, offset: Any, size: Any, stride: Any) -> Tensor:
    numbers = (offset, *size, *stride)
    if not isinstance(storage, Storage) or not isinstance(dtype, torch.dtype):
        raise TypeError("not a storage")
    if len(size) != len(stride) or len(size) > MAX_DIMENSIONS or not all(type(n) is int for n in numbers):
        raise TypeError("not a shape")
    if min(numbers) < 0 or max(numbers) > 1 << 48:
        raise ValueError("a size or stride out of range")
    if storage.data is None:
        return torch.empty(0)
    available = len(storage.data) // dtype.itemsize
    count = 1
    for n in size:
        count *= n
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) if count else 0
    if last >= max(available, 1) or count > available:
        raise ValueError("a tensor beyond its storage")
    if not available:
        return torch.empty(size, dtype=dtype)
    flat = torch.frombuffer(storage.data, dtype=dtype, count=available)
    return flat.as_strided(size, stride, offset)
