"""Which device computes, how its memory is tuned, and what to say when it runs out."""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ddsgui.errors import DeviceError

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")

_M_TRIM_THRESHOLD = -1  # malloc.h
_M_MMAP_THRESHOLD = -3


def choose(name: str = "auto") -> torch.device:
    """The device called `name`, one of NAMES; "auto" is the fastest there is. DeviceError if it is absent."""
    import torch

    if name not in DEVICES:
        raise DeviceError(f"There is no device {name}; choose one of {', '.join(DEVICES)}.")
    there = available()
    chosen = there[0] if name == "auto" else name
    if chosen not in there:
        raise DeviceError(f"The device {name} is not there; this computer has {', '.join(reversed(there))}.")
    return torch.device(chosen)


def available() -> list[str]:
    """The devices of this computer, fastest first; "cpu" is always the last."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [name for name, is_there in there.items() if is_there]


def tune_allocator() -> None:
    """Keep freed memory, and let idle threads sleep; call it once, before torch is imported.

    An iteration frees and asks again for the same large blocks. glibc maps each of them anew, and the page
    faults cost more than some of the layers. Elsewhere than on glibc this does nothing.

    OpenMP's threads spin while they wait for each other. Where another program, or our own window, takes a
    core, that burns the time the late thread needs: iterations took up to ten times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if platform.libc_ver()[0] != "glibc":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt.argtypes, mallopt.restype = (ctypes.c_int, ctypes.c_int), ctypes.c_int
    mallopt(_M_MMAP_THRESHOLD, 1 << 30)
    mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


@contextmanager
def memory_guard() -> Iterator[None]:
    """Turn memory that ran out, on any device, into a DeviceError that says what to try; caches are freed."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        traceback.clear_frames(error.__traceback__)  # they hold the tensors that are to be freed
        free_caches()
        raise DeviceError(
            "The memory ran out; close other programs, choose a domain of a lower resolution,"
            " or compute on another device."
        ) from error


def free_caches() -> None:
    """Give back the memory that nothing uses any more."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is None:
        return
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception is about memory; PyTorch has a class of its own for CUDA alone."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError) or (torch and isinstance(error, torch.OutOfMemoryError)):
        return True
    text = str(error).lower()
    # The last one is all that oneDNN says when there is no room for a convolution's machine code.
    said = ("out of memory", "can't allocate memory", "not enough memory", "bad_alloc")
    return any(words in text for words in said) or text == "could not create a primitive"
