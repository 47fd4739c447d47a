from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch

from ddsgui import memory
from ddsgui.memory import allocatable_memory, free_memory, memory_limit, used_memory

CPU = torch.device("cpu")
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads files of Linux")


def test_free_and_used_memory_are_plausible():
    free, left = free_memory(CPU), allocatable_memory(CPU)
    assert free is not None and left is not None
    assert 2**20 < left < free < 2**50
    assert 2**20 < used_memory() < 2**50


@linux
def test_the_limit_of_a_container_counts(monkeypatch):
    monkeypatch.setattr(memory, "_left_by_container", lambda: 12345)
    monkeypatch.setattr(memory, "used_memory", lambda: 100)
    assert allocatable_memory(CPU) == 12345
    assert free_memory(CPU) == 12445


@linux
@pytest.mark.parametrize("maximum", ["8000", "max"])
def test_a_container_has_its_maximum_less_the_used_memory_without_cache(monkeypatch, maximum):
    files = {
        "/proc/self/cgroup": "1:cpu:/\n0::/box\n",
        "/sys/fs/cgroup/box/memory.max": f"{maximum}\n",
        "/sys/fs/cgroup/box/memory.current": "5000\n",
        "/sys/fs/cgroup/box/memory.stat": "anon 3000\ninactive_file 700\n",
    }
    monkeypatch.setattr(Path, "read_text", lambda path: files[str(path)])
    assert memory._left_by_container() == (memory.UNLIMITED if maximum == "max" else 3700)


@linux
@pytest.mark.parametrize("name", ["RLIMIT_DATA", "RLIMIT_AS"])
def test_a_limit_of_the_process_counts(monkeypatch, name):
    import resource

    limited = getattr(resource, name)
    used = psutil.Process().memory_info()
    soft = (used.data if name == "RLIMIT_DATA" else used.vms) + (100 << 20)
    monkeypatch.setattr(
        resource, "getrlimit", lambda limit: (soft if limit == limited else resource.RLIM_INFINITY,) * 2
    )
    left = allocatable_memory(CPU)
    assert left is not None and abs(left - (100 << 20)) < 10 << 20


def test_memory_is_unknown_if_the_system_does_not_report_it(monkeypatch):
    def refuse() -> None:
        raise PermissionError("/proc is hidden")

    monkeypatch.setattr(psutil, "virtual_memory", refuse)
    assert allocatable_memory(CPU) is None
    assert free_memory(CPU) is None
    with memory_limit(CPU):
        pass


@linux
def test_an_allocation_beyond_the_limit_fails_and_a_later_one_does_not(monkeypatch):
    program = (
        "import torch\n"
        "from ddsgui import memory\n"
        "from ddsgui.device import memory_guard\n"
        "from ddsgui.errors import DeviceError\n"
        "free = memory.used_memory() + (200 << 20)\n"
        "memory.free_memory = lambda device: free\n"
        "try:\n"
        "    with memory_guard(), memory.memory_limit(torch.device('cpu')):\n"
        "        torch.zeros(50 << 20, dtype=torch.uint8)\n"
        "        torch.zeros(1 << 30, dtype=torch.uint8)\n"
        "except DeviceError as error:\n"
        "    print(error)\n"
        "print(len(torch.empty(1 << 30, dtype=torch.uint8)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(memory.__file__).parents[1]
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Memory ran out")
    assert done.stdout.endswith(f"{1 << 30}\n")
