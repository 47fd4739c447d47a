"""The free memory, and a limit that turns its exhaustion into an exception."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

UNLIMITED = 1 << 62  # more bytes than any machine has


def used_memory() -> int:
    """Return the resident bytes of this process."""
    import psutil

    return psutil.Process().memory_info().rss


def allocatable_memory(device: torch.device) -> int | None:
    """Return the bytes on a device that can still be allocated; None if the system does not report it.

    Considers the system, a container and the limits of this process (ulimit -d and -v).
    """
    import torch

    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return max(0, torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    import psutil

    try:
        return max(0, min(psutil.virtual_memory().available, _left_by_container(), _left_by_limits()))
    except (OSError, psutil.Error):  # such as /proc hidden by a sandbox
        return None


def free_memory(device: torch.device) -> int | None:
    """Return the bytes on a device that are free or used by this program; None if the system does not report it."""
    import torch

    if device.type == "mps":
        return torch.mps.recommended_max_memory()
    left = allocatable_memory(device)
    if left is None:
        return None
    return left + (torch.cuda.memory_reserved(device) if device.type == "cuda" else used_memory())


@contextmanager
def memory_limit(device: torch.device) -> Iterator[None]:
    """Make requests for more memory than is free fail, so that the caller can still save its results.

    Linux grants more memory than it has, and kills the program once it is used. On other systems and devices, which
    refuse such requests themselves, this does nothing.
    """
    free = free_memory(device) if sys.platform == "linux" and device.type == "cpu" else None
    if free is None:
        yield
        return
    import resource

    import psutil

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    # Reserved pages that are not in use, such as the stacks of threads, also count against the limit.
    memory = psutil.Process().memory_info()
    reserved = max(0, memory.data - memory.rss)
    bound = free + reserved + psutil.swap_memory().free
    limits = [limit for limit in (soft, hard, bound) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _left_by_limits() -> int:
    """Return the bytes that ulimit leaves to this process."""
    if sys.platform != "linux":
        return UNLIMITED
    import resource

    import psutil

    memory = psutil.Process().memory_info()
    left = UNLIMITED
    for limit, used in ((resource.RLIMIT_DATA, memory.data), (resource.RLIMIT_AS, memory.vms)):
        soft = resource.getrlimit(limit)[0]
        if soft != resource.RLIM_INFINITY:
            left = min(left, soft - used)
    return left


def _left_by_container() -> int:
    """Return the bytes that a container (control group) leaves, its cache of files included."""
    try:
        group = Path("/proc/self/cgroup").read_text().rpartition("::")[2].strip()
        folder = Path("/sys/fs/cgroup") / group.lstrip("/")
        maximum = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return UNLIMITED if maximum == "max" else int(maximum) - used + int(stat.get("inactive_file", 0))
    except (OSError, ValueError):
        return UNLIMITED
