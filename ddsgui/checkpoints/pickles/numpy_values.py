"""NumPy arrays as pickles describe them: a dtype, a shape and the bytes of plain numbers."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from ddsgui.checkpoints.pickles.interpreter import Constructor, Placeholder
from ddsgui.checkpoints.pickles.stubs import Stub


class PickledDtype(Placeholder):
    """A NumPy dtype, whose byte order comes with its state."""

    def __init__(self, code: Any, *_: Any) -> None:
        self.dtype = np.dtype(short_text(code))
        if self.dtype.kind not in "biufc":
            raise TypeError("a dtype that is not of plain numbers")

    def build(self, state: Any) -> np.dtype[Any]:
        """Return the dtype of (version, byte order, subarray, fields, …). Raises TypeError unless of plain numbers."""
        if state[2] is not None or state[3] is not None:  # subarrays and records
            raise TypeError("a dtype that is not of plain numbers")
        order = short_text(state[1])
        return self.dtype if order == "|" else self.dtype.newbyteorder(cast(Any, order))


def pickled_dtype(code: Any, *_: Any) -> PickledDtype | Stub:
    """Return the dtype of plain numbers, or a stub of text, dates, objects and records."""
    if isinstance(code, Constructor | Stub):  # the class of a record
        return Stub("numpy.dtype")
    try:
        kind = np.dtype(short_text(code)).kind
    except TypeError as error:
        raise ValueError("not a dtype") from error
    return PickledDtype(code) if kind in "biufc" else Stub("numpy.dtype")


class PickledArray(Placeholder):
    """An array, whose shape, dtype and bytes come with its state."""

    def __init__(self, *_: Any) -> None:
        pass

    def build(self, state: Any) -> np.ndarray:
        """Return the array of (version, shape, dtype, True for Fortran's order, bytes)."""
        _, shape, dtype, fortran, data = state
        return rebuild_array(data, dtype, shape, "F" if fortran else "C")


def rebuild_array(data: Any, dtype: Any, shape: Any, order: str = "C") -> np.ndarray:
    """Return an array over bytes, not copied. Raises TypeError or ValueError unless dtype, shape and bytes agree."""
    dtype = _dtype(dtype)
    raw = data.encode("latin-1") if isinstance(data, str) else data
    if not isinstance(raw, memoryview | bytes) or order not in ("C", "F"):
        raise TypeError("an array without bytes")
    if not isinstance(shape, tuple) or len(shape) > 16 or not all(type(n) is int and n >= 0 for n in shape):
        raise TypeError("not a shape")
    count = 1
    for n in shape:
        count *= n
    if count * dtype.itemsize != len(raw):
        raise ValueError("an array and its bytes differ in size")
    flat = np.frombuffer(raw, dtype) if count else np.empty(0, dtype)
    return flat.reshape(shape, order="F" if order == "F" else "C")


def rebuild_scalar(dtype: Any, data: Any) -> Any:
    """Return a single number as a Python number."""
    return rebuild_array(data, dtype, ()).item()


def _dtype(value: Any) -> np.dtype[Any]:
    value = value.dtype if isinstance(value, PickledDtype) else value
    if not isinstance(value, np.dtype):
        raise TypeError("not a dtype")
    return value


def short_text(value: Any) -> str:
    """Return the name of a type or a byte order. Raises TypeError unless it is text of at most 16 characters."""
    if not isinstance(value, str | memoryview) or len(value) > 16:
        raise TypeError("not a short text")
    return value if isinstance(value, str) else str(value, "ascii")
