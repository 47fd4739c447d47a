"""Checks of the surroundings: is everything there that ddsgui needs, and what is to be done where it is not."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from ddsgui import paths
from ddsgui.errors import DdsError, LibraryError
from ddsgui.library.catalogue import mirrors, read_catalogue
from ddsgui.library.library import COMPANION_SUFFIXES, Kind, read_entry
from ddsgui.requirements import required, within

State = Literal["ok", "warn", "fail"]

LITTLE_MEMORY = 2.0  # GB
AGAIN = "Install ddsgui again."
ELSEWHERE = "Set DDSGUI_HOME to a folder of yours, or give one with --library."
APT = (
    "apt-get install libegl1 libgl1 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libglib2.0-0 libxcb-cursor0"
)

# Qt ends the whole process when it finds no display, so it is asked in a process of its own.
_ASK_QT = """
from PySide6.QtGui import QInputDevice
from PySide6.QtWidgets import QApplication
app = QApplication([])
print(app.platformName())
print(", ".join(f"{s.size().width()} x {s.size().height()}" for s in app.screens()))
print(", ".join({d.name() for d in QInputDevice.devices() if d.type() == QInputDevice.DeviceType.Stylus}))
"""


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    name: str
    state: State
    found: str
    advice: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return asdict(self)


def examine() -> Iterator[Check]:
    """All checks, one after another; a check that breaks is itself a failed check."""
    for check in (packages, torchvision, devices, memory, display, models, catalogue, user_folder):
        try:
            yield from check()
        except Exception as error:  # a broken installation may raise anything; that is what doctor is for
            yield Check(check.__name__.replace("_", " "), "fail", f"{type(error).__name__}: {error}", AGAIN)


def packages() -> Iterator[Check]:
    """Python and what ddsgui depends on, each against the range it was tried with."""
    ranges = required()
    python, wanted = platform.python_version(), ranges.pop("python")
    if within(python, wanted):
        yield Check("Python", "ok", python)
    else:
        yield Check("Python", "fail", python, f"Use Python {wanted}.")
    for name, wanted in ranges.items():
        advice = f'python -m pip install "{name}{wanted}"'
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check(name, "fail", "not installed", advice)
            continue
        if within(version, wanted):
            yield Check(name, "ok", version)
        else:
            yield Check(name, "warn", f"{version}, tried with {wanted}", advice)


def torchvision() -> Iterator[Check]:
    """torchvision is often built for another torch."""
    from ddsgui.synthesis.torchvision_compat import torchvision_models

    try:
        torchvision_models()
    except Exception as error:
        advice = "The backbone vgg16 works without it; for others install torch and torchvision together."
        yield Check("other backbones", "warn", f"torchvision does not load: {error}", advice)
    else:
        yield Check("other backbones", "ok", "torchvision loads")


def devices() -> Iterator[Check]:
    """What can compute."""
    import torch

    from ddsgui.device import available

    there = available()
    yield Check("devices", "ok", ", ".join(there))
    yield Check("threads", "ok", f"{torch.get_num_threads()} of {os.cpu_count()} processors")


def memory() -> Iterator[Check]:
    """Working memory, where the system tells."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, OSError, ValueError):
        return
    found = f"{total:.1f} GB"
    if total < LITTLE_MEMORY:
        yield Check("memory", "warn", found, "Close other programs and stay with domains of 64 pixels.")
    else:
        yield Check("memory", "ok", found)


def display() -> Iterator[Check]:
    """Will the window open, and is there a pen?"""
    asked = subprocess.run(
        [sys.executable, "-c", _ASK_QT],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tempfile.gettempdir(),  # should Qt abort, a core file is out of the way
    )
    if asked.returncode != 0:
        last = next(iter(asked.stderr.strip().splitlines()[-1:]), "no reason given")
        if "ImportError" in asked.stderr:
            yield Check("window", "fail", last, f"On Debian and Ubuntu: {APT}")
        elif sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
            yield Check(
                "window", "warn", "no display", "Log in at a desktop; the command line works without."
            )
        else:
            advice = f"On Debian and Ubuntu: {APT}" if sys.platform == "linux" else AGAIN
            yield Check("window", "fail", f"Qt finds no display: {last}", advice)
        return
    plugin, screens, pens = (asked.stdout.splitlines() + [""] * 3)[:3]
    if plugin in ("offscreen", "minimal"):
        yield Check("window", "warn", f"drawn {plugin}", "Unset QT_QPA_PLATFORM to see it.")
        return
    yield Check("window", "ok", f"{plugin}, {screens}")
    yield Check("tablet", "ok", pens or "none; a mouse will do")


def models() -> Iterator[Check]:
    """Are the bundled model files whole, and the user's? What is wanted beside them?"""
    for kind in ("domain", "part"):
        yield from _shelf(kind, paths.assets() / f"{kind}s", bundled=True)
        yield from _shelf(kind, paths.user_data() / f"{kind}s", bundled=False)
    from ddsgui.synthesis.backbones import load_backbone

    try:
        load_backbone("vgg16")
    except LibraryError as error:
        yield Check("backbone", "fail", str(error), AGAIN)
    else:
        yield Check("backbone", "ok", "vgg16")
    from ddsgui.synthesis.upscaler import load_upscaler

    try:
        scale = load_upscaler().scale
    except DdsError as error:
        yield Check("upscaler", "fail", str(error), AGAIN)
    else:
        yield Check("upscaler", "ok", f"×{scale}")


def catalogue() -> Iterator[Check]:
    """Can what others have published be listed, and from where is it fetched?"""
    folder = paths.user_data()
    try:
        count, also = len(read_catalogue(folder)), mirrors(folder)
    except LibraryError as error:
        yield Check("catalogue", "warn", str(error), "Nothing can be downloaded until then; the rest works.")
    else:
        yield Check(
            "catalogue", "ok", f"{count} domains and parts{', mirrored at ' if also else ''}{', '.join(also)}"
        )


def _shelf(kind: Kind, folder: Path, bundled: bool) -> Iterator[Check]:
    """One folder of the library."""
    name = f"{'bundled' if bundled else 'your'} {kind}s"
    whole = []
    for path in sorted(folder.glob("*.safetensors")):
        if path.name.lower().endswith(COMPANION_SUFFIXES):
            continue
        try:
            whole.append(read_entry(path, kind).name)
        except LibraryError as error:
            state = "fail" if bundled else "warn"
            yield Check(name, state, str(error), AGAIN if bundled else "Delete it or make it anew.")
    if bundled and not whole:
        yield Check(name, "fail", f"none in {folder}", AGAIN)
    else:
        yield Check(name, "ok", ", ".join(whole) or "none yet")


def user_folder() -> Iterator[Check]:
    """Can domains and parts be saved?"""
    folder = paths.user_data()
    if folder.exists() and not folder.is_dir():
        yield Check("your folder", "fail", f"{folder} is a file", ELSEWHERE)
        return
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        yield Check("your folder", "fail", f"{folder}: {paths.reason_of(error)}", ELSEWHERE)
    else:
        yield Check("your folder", "ok", str(folder))
