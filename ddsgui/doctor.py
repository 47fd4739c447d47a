"""Checks of the installation and the computer, with advice where something is missing."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from ddsgui import paths
from ddsgui.errors import DdsError, LibraryError
from ddsgui.library.catalogue import mirrors, read_catalogue
from ddsgui.library.library import COMPANION_SUFFIXES, Kind, read_entry
from ddsgui.paths import PACKAGE

State = Literal["ok", "warn", "fail"]

WARN_BELOW_GB = 2.0
REINSTALL = "Install ddsgui again."
CPU_BUILD = "python -m pip install --force-reinstall torch torchvision --index-url https://download.pytorch.org/whl/cpu"
GPU_BUILD = "Choose one for this computer at https://pytorch.org/get-started/locally/."
CHOOSE_FOLDER = "Set DDSGUI_HOME to a folder of your own, or choose one with --library."
APT_COMMAND = (
    "apt-get install libegl1 libgl1 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libglib2.0-0 libxcb-cursor0"
)

# A script of its own process: Qt ends the process if it finds no display.
DISPLAY_PROBE = PACKAGE / "qt" / "core" / "display.py"


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    name: str
    state: State
    found: str
    advice: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the check as JSON data."""
        return asdict(self)


def examine() -> Iterator[Check]:
    """Yield the results of all checks; a check that raises counts as failed."""
    for check in (
        packages,
        torchvision,
        devices,
        memory,
        display,
        models,
        video,
        catalogue,
        user_folder,
    ):
        try:
            yield from check()
        except Exception as error:  # a broken installation may raise anything
            yield Check(
                check.__name__.replace("_", " "), "fail", f"{type(error).__name__}: {error}", REINSTALL
            )


def required_versions() -> dict[str, SpecifierSet]:
    """Return the versions that ddsgui works with, by distribution, from its own metadata; "python" is among them."""
    project_file = PACKAGE.parent / "pyproject.toml"
    if project_file.is_file():
        project = tomllib.loads(project_file.read_text("utf-8"))["project"]
        python, lines = project["requires-python"], project["dependencies"]
    else:
        python = metadata.metadata("ddsgui")["Requires-Python"]
        lines = metadata.requires("ddsgui") or []
    requirements = map(Requirement, lines)
    needed = (r for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""}))
    return {"python": SpecifierSet(python), **{r.name: r.specifier for r in needed}}


def is_supported(version: str, wanted: SpecifierSet) -> bool:
    """Return whether a version lies in a range; pre-release and local suffixes do not count."""
    try:
        return wanted.contains(Version(version).base_version)
    except InvalidVersion:
        return False


def packages() -> Iterator[Check]:
    """Compare Python and the installed packages with the versions that ddsgui works with."""
    required = required_versions()
    python, wanted = platform.python_version(), required.pop("python")
    if is_supported(python, wanted):
        yield Check("Python", "ok", python)
    else:
        yield Check("Python", "fail", python, f"Use Python {wanted}.")
    for name, wanted in required.items():
        text = ",".join(sorted(map(str, wanted), reverse=True))  # lower bound first
        advice = f'python -m pip install "{name}{text}"'
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check(name, "fail", "not installed", advice)
            continue
        if is_supported(version, wanted):
            yield Check(name, "ok", version)
        else:
            yield Check(name, "warn", f"{version}; tested with {text}", advice)


def torchvision() -> Iterator[Check]:
    """Load torchvision, which is often built for a different torch."""
    from ddsgui.synthesis.torchvision_compat import torchvision_models

    try:
        torchvision_models()
    except Exception as error:
        advice = (
            "The backbone vgg16 works without it. For the others, install torch and torchvision together."
        )
        yield Check("other backbones", "warn", f"torchvision does not load: {error}", advice)
    else:
        yield Check("other backbones", "ok", "torchvision loads")


def torch_build() -> Iterator[Check]:
    """Name the build of torch, and the one that would fit this computer."""
    import torch

    version = torch.version
    build = f"CUDA {version.cuda}" if version.cuda else f"ROCm {version.hip}" if version.hip else "CPU"
    if sys.platform == "darwin":
        yield Check("torch build", "ok", f"{torch.__version__}, the one build for macOS")
        return
    yield Check(
        "torch build", "ok", *build_advice(f"{torch.__version__}, for {build}", build, graphics_maker())
    )


def build_advice(version: str, build: str, maker: str | None) -> tuple[str, str]:
    """Return what to report of a build of torch, "CPU", "CUDA 12.8" or "ROCm 6.4", and what to do about it.

    maker: of the graphics card, "NVIDIA" or "AMD"; None if there is none that torch can use.
    """
    wanted = {"NVIDIA": "CUDA", "AMD": "ROCm", None: "CPU"}[maker]
    if build.startswith(wanted):
        return f"{version}, which fits this computer", ""
    if maker is None:
        return (
            f"{version}; the CPU build would fit and takes some gigabytes less",
            f"{CPU_BUILD}  (works as it is, too)",
        )
    return f"{version}; a {wanted} build would use the {maker} card", GPU_BUILD


def graphics_maker() -> str | None:
    """Return the maker of the graphics card, if its driver is installed and torch has a build for it."""
    if shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia/version").is_file():
        return "NVIDIA"
    return "AMD" if Path("/dev/kfd").exists() else None


def devices() -> Iterator[Check]:
    """List the devices that can compute, and the build of torch that they are used by."""
    import torch

    from ddsgui.device import available

    yield from torch_build()
    yield Check("devices", "ok", ", ".join(available()))
    yield Check("threads", "ok", f"{torch.get_num_threads()} of {os.cpu_count()} processors")


def memory() -> Iterator[Check]:
    """Check the amount of memory, if the system reports it."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, OSError, ValueError):
        return
    size = f"{total:.1f} GB"
    if total < WARN_BELOW_GB:
        yield Check("memory", "warn", size, "Close other programs and use domains of 64 pixels.")
    else:
        yield Check("memory", "ok", size)


def display() -> Iterator[Check]:
    """Check that the window can open, and look for a pen."""
    probe = subprocess.run(
        [sys.executable, "-P", str(DISPLAY_PROBE)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tempfile.gettempdir(),  # where a core file does no harm if Qt aborts
    )
    if probe.returncode != 0:
        last = next(iter(probe.stderr.strip().splitlines()[-1:]), "no reason given")
        if "ImportError" in probe.stderr:
            yield Check("window", "fail", last, f"On Debian and Ubuntu: {APT_COMMAND}")
        elif sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
            yield Check(
                "window", "warn", "no display", "Log in to a desktop; the command line works without one."
            )
        else:
            advice = f"On Debian and Ubuntu: {APT_COMMAND}" if sys.platform == "linux" else REINSTALL
            yield Check("window", "fail", last, advice)
        return
    plugin, screens, pens = (probe.stdout.splitlines() + [""] * 3)[:3]
    if plugin in ("offscreen", "minimal"):
        yield Check("window", "warn", f"invisible (Qt platform {plugin})", "Unset QT_QPA_PLATFORM to see it.")
        return
    yield Check("window", "ok", f"{plugin}, {screens}")
    yield Check("tablet", "ok", pens or "none; a mouse works too")


def models() -> Iterator[Check]:
    """Check the bundled model files and the user's."""
    for kind in ("domain", "part"):
        yield from _entries(kind, paths.assets() / f"{kind}s", bundled=True)
        yield from _entries(kind, paths.user_data() / f"{kind}s", bundled=False)
    from ddsgui.synthesis.backbones import load_backbone

    try:
        load_backbone("vgg16")
    except LibraryError as error:
        yield Check("backbone", "fail", str(error), REINSTALL)
    else:
        yield Check("backbone", "ok", "vgg16")
    from ddsgui.synthesis.upscaler import load_upscaler

    try:
        scale = load_upscaler().scale
    except DdsError as error:
        yield Check("upscaler", "fail", str(error), REINSTALL)
    else:
        yield Check("upscaler", "ok", f"×{scale}")


def video() -> Iterator[Check]:
    """Try the encoders of WebM and MP4 on two frames."""
    from ddsgui.export.video_encoders import Container, find_encoder, missing_encoder

    containers: dict[str, Container] = {"WebM": "webm", "MP4": "mp4"}
    for name, container in containers.items():
        encoder = find_encoder(container)
        if encoder is None:
            yield Check(name, "warn", "no encoder", missing_encoder(container))
        else:
            advice = "Install ffmpeg for H.264, which plays everywhere." if encoder.note else ""
            yield Check(name, "ok", encoder.codec, advice)


def catalogue() -> Iterator[Check]:
    """Check that the catalogue can be read, and name its mirrors."""
    folder = paths.user_data()
    try:
        count, addresses = len(read_catalogue(folder)), mirrors(folder)
    except LibraryError as error:
        yield Check(
            "catalogue", "warn", str(error), "Until then nothing can be downloaded; everything else works."
        )
    else:
        copies = f", mirrored at {', '.join(addresses)}" if addresses else ""
        yield Check("catalogue", "ok", f"{count} domains and parts{copies}")


def _entries(kind: Kind, folder: Path, bundled: bool) -> Iterator[Check]:
    """Check one folder of the library."""
    name = f"{'bundled' if bundled else 'your'} {kind}s"
    intact = []
    for path in sorted(folder.glob("*.safetensors")):
        if path.name.lower().endswith(COMPANION_SUFFIXES):
            continue
        try:
            intact.append(read_entry(path, kind).name)
        except LibraryError as error:
            state = "fail" if bundled else "warn"
            yield Check(name, state, str(error), REINSTALL if bundled else "Delete it or add it again.")
    if bundled and not intact:
        yield Check(name, "fail", f"none in {folder}", REINSTALL)
    else:
        yield Check(name, "ok", ", ".join(intact) or "none yet")


def user_folder() -> Iterator[Check]:
    """Check that domains and parts can be saved."""
    folder = paths.user_data()
    if folder.exists() and not folder.is_dir():
        yield Check("your folder", "fail", f"{folder} is a file", CHOOSE_FOLDER)
        return
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    try:
        paths.check_writable(existing)
    except OSError as error:
        yield Check("your folder", "fail", f"{folder}: {paths.reason_of(error)}", CHOOSE_FOLDER)
    else:
        yield Check("your folder", "ok", str(folder))
