"""The machine and the programs that a report was made with."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

import psutil
import torch

from ddsgui.version import __version__

PACKAGES = ("torch", "numpy", "opencv-python-headless", "safetensors", "matplotlib")


def versions() -> dict[str, str]:
    """Return the versions of ddsgui, Python and the packages that compute."""
    packages = {name: metadata.version(name) for name in PACKAGES}
    return {"ddsgui": __version__, "Python": platform.python_version(), **packages}


def machine(device: torch.device) -> dict[str, str]:
    """Return the processor, the device, the threads, the memory and the system."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return {
        "processor": _processor(),
        "processors": str(os.cpu_count()),
        "device": name,
        "threads": str(torch.get_num_threads()),
        "memory": f"{psutil.virtual_memory().total / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
