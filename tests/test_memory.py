from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ddsgui import memory
from ddsgui.memory import free_memory, memory_limit

CPU = torch.device("cpu")
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux' files")


def test_there_is_some_memory():
    free = free_memory(CPU)
    assert free is None or 2**20 < free < 2**50


@linux
def test_a_container_counts(monkeypatch):
    monkeypatch.setattr(memory, "_control_group_limit", lambda: 12345)
    assert free_memory(CPU) == 12345


def test_what_the_system_does_not_say_is_unknown(monkeypatch):
    monkeypatch.setattr(sys, "platform", "plan9")
    assert free_memory(CPU) is None
    with memory_limit(CPU):
        pass


def test_macos_adds_up_the_pages_that_can_be_had(monkeypatch):
    resource = pytest.importorskip("resource")
    told = (
        "Mach Virtual Memory Statistics: (page size of 16384 bytes)\n"
        "Pages free:                 100.\nPages active:               900.\nPages inactive:              50.\n"
    )
    done = subprocess.CompletedProcess([], 0, told)
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: done)
    assert memory._of_macos() == 150 * resource.getpagesize()


@linux
def test_a_request_beyond_what_there_is_fails_and_the_next_one_does_not(monkeypatch):
    program = (
        "import torch\n"
        "from ddsgui import memory\n"
        "from ddsgui.device import memory_guard\n"
        "from ddsgui.errors import DeviceError\n"
        "free = memory._kilobytes('/proc/self/status', 'VmRSS') + (200 << 20)\n"
        "memory.free_memory = lambda device: free\n"
        "try:\n"
        "    with memory_guard(), memory.memory_limit(torch.device('cpu')):\n"
        "        torch.zeros(50 << 20, dtype=torch.uint8)\n"
        "        torch.zeros(1 << 30, dtype=torch.uint8)\n"
        "except DeviceError as error:\n"
        "    print(error)\n"
        "print(len(torch.zeros(1 << 30, dtype=torch.uint8)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(memory.__file__).parents[1]
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The memory ran out;")
    assert done.stdout.endswith(f"{1 << 30}\n")
