from __future__ import annotations

import subprocess
from email.message import Message
from importlib import metadata
from types import SimpleNamespace

import pytest
import torch
from packaging.specifiers import SpecifierSet

from ddsgui import doctor, paths


def by_name(checks) -> dict[str, doctor.Check]:
    return {check.name: check for check in checks}


def fake_qt(monkeypatch, returncode: int, stdout: str = "", stderr: str = "") -> None:
    answer = SimpleNamespace(returncode=returncode, stdout=stdout, stderr=stderr)
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: answer)


def test_versions_are_compared_with_their_ranges(monkeypatch):
    versions = {"torch": "1.0", "numpy": "99.0"}

    def version(name: str) -> str:
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(metadata, "version", version)
    checks = by_name(doctor.packages())
    assert checks["Python"].state == "ok"
    assert checks["numpy"].state == "ok"
    assert checks["torch"].state == "warn"
    assert checks["torch"].advice.startswith('python -m pip install "torch>=')
    assert (checks["pillow"].state, checks["pillow"].found) == ("fail", "not installed")


@pytest.mark.parametrize(
    ("version", "wanted", "expected"),
    [
        ("2.11", ">=2.11,<2.14", True),
        ("2.11.0", ">=2.11,<2.14", True),
        ("2.11.0a0+5228986c39.nv25.05", ">=2.11,<2.14", True),
        ("2.13.1+cpu", ">=2.11,<2.14", True),
        ("2.14.0", ">=2.11,<2.14", False),
        ("2.9", ">=2.11", False),
        ("3.10.4", ">=3.11", False),
        ("13.0.0", ">=10.3", True),
        ("1.2", "!=1.2", False),
        ("1.2", "", True),
        ("today", "", False),
    ],
)
def test_a_version_is_in_a_range_or_not(version, wanted, expected):
    assert doctor.is_supported(version, SpecifierSet(wanted)) is expected


def test_a_checkout_reads_its_project_file():
    required = doctor.required_versions()
    assert required["python"] == SpecifierSet(">=3.11")
    assert "2.12" in required["torch"]
    assert "pytest" not in required


def test_a_wheel_reads_its_metadata(monkeypatch, tmp_path):
    head = Message()
    head["Requires-Python"] = ">=3.11"
    lines = ["torch<2.14,>=2.11", "pyside6-essentials<6.12,>=6.8", 'pytest>=8.3; extra == "dev"']
    monkeypatch.setattr(doctor, "PACKAGE", tmp_path / "ddsgui")
    monkeypatch.setattr(metadata, "metadata", lambda name: head)
    monkeypatch.setattr(metadata, "requires", lambda name: lines)
    assert doctor.required_versions() == {
        "python": SpecifierSet(">=3.11"),
        "torch": SpecifierSet(">=2.11,<2.14"),
        "pyside6-essentials": SpecifierSet(">=6.8,<6.12"),
    }


def test_a_check_that_raises_is_a_failed_check(monkeypatch):
    def models():
        raise ImportError("libtorch.so is gone")
        yield

    for name in (
        "packages",
        "torchvision",
        "devices",
        "memory",
        "display",
        "video",
        "catalogue",
        "user_folder",
    ):
        monkeypatch.setattr(doctor, name, lambda: iter(()))
    monkeypatch.setattr(doctor, "models", models)
    assert list(doctor.examine()) == [
        doctor.Check("models", "fail", "ImportError: libtorch.so is gone", "Install ddsgui again.")
    ]


def test_the_processor_is_found():
    checks = by_name(doctor.devices())
    assert "cpu" in checks["devices"].found
    assert int(checks["threads"].found.split()[0]) >= 1


def test_little_memory_is_a_warning(monkeypatch):
    monkeypatch.setattr(doctor.os, "sysconf", lambda name: 1000, raising=False)
    (check,) = doctor.memory()
    assert check.state == "warn"


def test_the_display_is_checked_with_qt():
    (check,) = doctor.display()
    assert (check.name, check.state, check.found) == ("window", "warn", "invisible (Qt platform offscreen)")


def test_a_display_and_a_pen_are_reported(monkeypatch):
    fake_qt(monkeypatch, 0, "xcb\n2560 x 1440\nWacom Intuos\n")
    checks = by_name(doctor.display())
    assert checks["window"] == doctor.Check("window", "ok", "xcb, 2560 x 1440")
    assert checks["tablet"].found == "Wacom Intuos"


def test_missing_libraries_fail_and_a_missing_display_warns(monkeypatch):
    monkeypatch.setattr(doctor.sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    fake_qt(monkeypatch, 1, stderr="Traceback\nImportError: libEGL.so.1: cannot open shared object file\n")
    (check,) = doctor.display()
    assert check.state == "fail"
    assert "libegl1" in check.advice
    fake_qt(monkeypatch, -6, stderr="could not load the Qt platform plugin")
    (check,) = doctor.display()
    assert check.state == "warn"
    monkeypatch.setenv("DISPLAY", ":0")
    (check,) = doctor.display()
    assert (check.state, "libxcb-cursor0" in check.advice) == ("fail", True)


def test_broken_model_files_fail_if_bundled_and_warn_if_not(monkeypatch, tmp_path, home):
    monkeypatch.setattr(paths, "assets", lambda: tmp_path)
    for folder in (tmp_path / "domains", home / "domains"):
        folder.mkdir()
        (folder / "halved.safetensors").write_bytes(b"\0" * 20)
    checks = [check for check in doctor.models() if "halved" in check.found]
    assert [(check.name, check.state) for check in checks] == [
        ("bundled domains", "fail"),
        ("your domains", "warn"),
    ]
    states = {check.name: check.state for check in doctor.models()}
    assert states["bundled parts"] == "fail"
    assert states["backbone"] == "fail"
    assert states["upscaler"] == "fail"
    assert states["your parts"] == "ok"


def test_the_bundled_files_are_intact():
    assert [check for check in (*doctor.models(), *doctor.catalogue()) if check.state != "ok"] == []


def test_a_broken_catalogue_and_a_broken_mirror_are_warnings(home, monkeypatch):
    monkeypatch.setenv("DDSGUI_MIRROR", "https://mirror.example/")
    (check,) = doctor.catalogue()
    assert check.found.endswith("domains and parts, mirrored at https://mirror.example/")
    (home / "mirrors.json").write_text("{}")
    (check,) = doctor.catalogue()
    assert (check.state, "mirrors.json" in check.found) == ("warn", True)
    (home / "mirrors.json").unlink()
    (home / "catalogue.json").write_text("{")
    (check,) = doctor.catalogue()
    assert (check.state, "catalogue.json" in check.found) == ("warn", True)


def test_a_file_in_place_of_the_users_folder_is_reported(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path / "file"))
    (check,) = doctor.user_folder()
    assert (check.state, check.found) == ("fail", f"{tmp_path / 'file'} is a file")


def test_the_users_folder_may_be_missing_but_not_unwritable(monkeypatch, tmp_path):
    monkeypatch.setenv("DDSGUI_HOME", str(tmp_path / "not" / "yet"))
    (check,) = doctor.user_folder()
    assert check.state == "ok"
    assert list(tmp_path.iterdir()) == []

    def refuse(dir: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    (check,) = doctor.user_folder()
    assert (check.state, "DDSGUI_HOME" in check.advice) == ("fail", True)


@pytest.mark.parametrize(("state", "code"), [("ok", 0), ("warn", 0), ("fail", 1)])
def test_the_verb_prints_every_check_and_fails_if_one_fails(monkeypatch, capsys, state, code):
    from ddsgui.cli import main

    monkeypatch.setattr(
        doctor, "examine", lambda: iter([doctor.Check("torch", state, "1.0", "Get another.")])
    )
    assert main(["doctor"]) == code
    assert capsys.readouterr().out == f"{state:4}  torch: 1.0\n      -> Get another.\n"


@pytest.mark.parametrize("codec", ["H.264", None])
def test_the_encoders_of_video_are_named(monkeypatch, codec):
    from ddsgui.export import video_encoders
    from ddsgui.export.video_encoders import Encoder

    encoder = None if codec is None else Encoder(codec, lambda film: [])
    monkeypatch.setattr(video_encoders, "find_encoder", lambda container: encoder)
    check = by_name(doctor.video())["MP4"]
    assert (check.state, check.found) == (("ok", "H.264") if codec else ("warn", "no encoder"))
    assert ("ffmpeg" in check.advice) == (codec is None)


@pytest.mark.parametrize(
    ("build", "maker", "fits", "advice"),
    [
        ("CPU", None, True, ""),
        ("CUDA 12.8", "NVIDIA", True, ""),
        ("CUDA 12.8", None, False, "whl/cpu"),
        ("CPU", "NVIDIA", False, "pytorch.org"),
        ("CUDA 12.8", "AMD", False, "pytorch.org"),
    ],
)
def test_the_build_of_torch_that_fits_is_named(
    build: str, maker: str | None, fits: bool, advice: str
) -> None:
    report, what_to_do = doctor.build_advice(f"2.13.0, for {build}", build, maker)
    assert build in report and ("fits this computer" in report) == fits
    assert advice in what_to_do and bool(what_to_do) != fits


def test_the_build_of_torch_is_reported() -> None:
    (check,) = doctor.torch_build()
    assert check.name == "torch build" and torch.__version__ in check.found
