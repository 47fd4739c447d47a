"""How much memory there is to work with, as far as the system tells; and a bound that makes its end an exception."""

from __future__ import annotations

import ctypes
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def free_memory(device: torch.device) -> int | None:
    """Bytes on a device that are free or this program's already; None if the system does not say."""
    import torch

    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device)
    if device.type == "mps":
        return torch.mps.recommended_max_memory()
    with suppress(OSError, ValueError, StopIteration, subprocess.SubprocessError):
        if sys.platform == "linux":
            own = _kilobytes("/proc/self/status", "VmRSS")
            return min(_kilobytes("/proc/meminfo", "MemAvailable") + own, _control_group_limit())
        if sys.platform == "darwin":
            return _of_macos()
        if sys.platform == "win32":
            return _of_windows()
    return None


@contextmanager
def memory_limit(device: torch.device) -> Iterator[None]:
    """Within it a request for more memory than there is fails, and whoever asked can still save what there is.

    Linux grants more than it has, and kills the program once it is used. Elsewhere, and for other devices, which
    refuse by themselves, this does nothing.
    """
    free = free_memory(device) if sys.platform == "linux" and device.type == "cpu" else None
    if free is None:
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    # Pages that are reserved and not in use, such as the stacks of threads, count as well: they stay free.
    own = _kilobytes("/proc/self/status", "VmData") - _kilobytes("/proc/self/status", "VmRSS")
    bound = free + max(0, own) + _kilobytes("/proc/meminfo", "SwapFree")
    limits = [limit for limit in (soft, hard, bound) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _kilobytes(path: str, name: str) -> int:
    """Bytes of a line such as "VmRSS:   123 kB"."""
    lines = Path(path).read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) * 1024


def _control_group_limit() -> int:
    """What a container leaves, its cache of files included; without a limit, more than any machine has."""
    unlimited = 1 << 62
    try:
        group = Path("/proc/self/cgroup").read_text().rpartition("::")[2].strip()
        folder = Path("/sys/fs/cgroup") / group.lstrip("/")
        most = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return unlimited
    if most == "max":
        return unlimited
    own = _kilobytes("/proc/self/status", "VmRSS")
    return int(most) - used + int(stat.get("inactive_file", 0)) + own


def _of_macos() -> int:
    """Pages that are free or can be had at once."""
    import resource

    told = subprocess.run(["/usr/bin/vm_stat"], capture_output=True, text=True, check=True, timeout=5).stdout
    kinds = ("free", "inactive", "speculative", "purgeable")
    pages = sum(int(n) for kind in kinds for n in re.findall(rf"^Pages {kind}:\s+(\d+)", told, re.MULTILINE))
    return pages * resource.getpagesize()


def _of_windows() -> int | None:
    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            ("total", ctypes.c_uint64),
            ("available", ctypes.c_uint64),
            *(
                (name, ctypes.c_uint64)
                for name in ("page_total", "page", "virtual_total", "virtual", "extended")
            ),
        )

    status = Status(length=ctypes.sizeof(Status))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        return None
    return int(status.available)
