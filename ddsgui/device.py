"""The choice of a device, the tuning of its memory, and the error when memory runs out."""

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
from ddsgui.text import plural

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")

_M_TRIM_THRESHOLD = -1  # malloc.h
_M_MMAP_THRESHOLD = -3


def choose(name: str = "auto") -> torch.device:
    """Return the device called `name`, one of DEVICES; "auto" is the fastest one of this computer.

    Raises DeviceError if this computer does not have it.
    """
    import torch

    if name not in DEVICES:
        raise DeviceError(f"There is no device {name}. Choose from {', '.join(DEVICES)}.")
    devices = available()
    chosen = devices[0] if name == "auto" else name
    if chosen not in devices:
        raise DeviceError(f"This computer has no {name}. Choose {' or '.join(reversed(devices))}.")
    return torch.device(chosen)


def device_label(device: torch.device) -> str:
    """Return the words for a device: the name of a graphics card, or "CPU, 2 threads"."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type.upper()}, {plural(torch.get_num_threads(), 'thread')}"


def available() -> list[str]:
    """Return the devices of this computer, fastest first; "cpu" is always the last."""
    import torch

    devices = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [name for name, is_available in devices.items() if is_available]


def bfloat16_is_faster(device: torch.device) -> bool:
    """Return whether this device multiplies bfloat16 faster than float32."""
    import torch

    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


def tune_allocator() -> None:
    """Keep freed memory, and let idle threads sleep; call it once, before torch is imported.

    An iteration frees and requests the same large blocks. glibc would map each of them again, and the
    page faults would cost more than some of the layers. Without glibc this does nothing.

    OpenMP's threads spin while they wait for each other. Where another program, or our own window, uses a
    core, the spinning takes the time that the last thread needs: iterations took up to ten times as long.
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
    """Turn an out-of-memory error of any device into a DeviceError that says what to try, and free the caches."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        traceback.clear_frames(error.__traceback__)  # their locals hold the tensors to be freed
        free_caches()
        raise DeviceError(
            "Memory ran out. Close other programs, choose a domain of a lower resolution or use another device."
        ) from error


def free_caches() -> None:
    """Return unused memory to the system."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is None:
        return
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def _is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception is about memory; PyTorch has a class for CUDA only."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError) or (torch and isinstance(error, torch.OutOfMemoryError)):
        return True
    text = str(error).lower()
    phrases = ("out of memory", "can't allocate memory", "not enough memory", "bad_alloc")
    # The last one is what oneDNN says when there is no memory for a convolution's machine code.
    return any(phrase in text for phrase in phrases) or text == "could not create a primitive"
