"""Preferences survive a restart, and nonsense in their file gives the defaults."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from ddsgui.jobs.mix import PairRequest
from ddsgui.library.library import Library
from ddsgui.qt.core.preferences import Preferences
from tests.qt.artist import add_unlike_domain


@pytest.fixture
def stored(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def test_preferences_are_read_back_from_the_disk(
    stored: QSettings, tmp_path: Path, tiny_library: Path
) -> None:
    preferences = Preferences(stored)
    preferences.theme, preferences.folder = "dark", tmp_path
    preferences.save_layout("window", QByteArray(b"sizes"))
    preferences.save_request(PairRequest("caricature", "portrait", "eyes-nose-mouth"))
    preferences.upscaled_view, preferences.upscaler = True, Path(stored.fileName())
    preferences.save_upscaled_export("png", True)
    stored.sync()
    again = Preferences(QSettings(stored.fileName(), QSettings.Format.IniFormat))
    assert (again.theme, again.folder, again.layout("window")) == ("dark", tmp_path, QByteArray(b"sizes"))
    assert (again.upscaled_view, again.upscaler) == (True, Path(stored.fileName()))
    assert again.upscaled_export("png") is True and again.upscaled_export("gif") is None
    request = again.request(Library(tiny_library))
    assert (request.source, request.target, request.part) == ("caricature", "portrait", "eyes-nose-mouth")


def test_settings_of_an_earlier_version_are_read(stored: QSettings, tiny_library: Path) -> None:
    shutil.copy(Path(__file__).parent / "fixtures/0.1.0/settings.ini", stored.fileName())
    preferences = Preferences(QSettings(stored.fileName(), QSettings.Format.IniFormat))
    assert preferences.theme == "dark" and preferences.folder == Path("/")
    assert preferences.upscaled_view is True
    assert preferences.upscaler is None  # /models/own.pth of another computer
    moved = QSettings(stored.fileName(), QSettings.Format.IniFormat)
    moved.setValue("crisp/upscaler", str(moved.value("crisp/upscaler")).replace("/models/own.pth", __file__))
    assert Preferences(moved).upscaler == Path(__file__)
    assert preferences.upscaled_export("png") is True and preferences.upscaled_export("gif") is False
    assert preferences.layout("window") == QByteArray(b"\x00\x01window")
    assert preferences.layout("splitter") == QByteArray(b"\x00\x01splitter")
    request = preferences.request(Library(tiny_library))
    assert (request.source, request.target, request.part) == ("caricature", "portrait", "eyes-nose-mouth")


def test_several_parts_come_back_as_far_as_they_are_there(
    stored: QSettings, tmp_path: Path, tiny_library: Path
) -> None:
    shutil.copytree(tiny_library, tmp_path / "own")
    add_unlike_domain(tmp_path / "own")
    preferences, library = Preferences(stored), Library(tmp_path / "own")
    for part, target_part, expected in (
        ("face#left eye,eyes-nose-mouth", None, ("face#left eye,eyes-nose-mouth", None)),
        ("gone,face#2", "face", ("face#2", "face")),
        ("face#gone", "gone", ("eyes-nose-mouth", None)),
        ("", "", ("", "")),
    ):
        preferences.save_request(PairRequest("portrait", "large", part, target_part=target_part))
        request = preferences.request(library)
        assert (request.part, request.target_part) == expected


def test_nonsense_gives_the_defaults(stored: QSettings, tiny_library: Path) -> None:
    upscaling = ("crisp/on", "crisp/upscaler", "crisp/png")
    for key in ("theme", "folder", "layout/window", "source", "part", *upscaling):
        stored.setValue(key, "no such thing")
    preferences = Preferences(stored)
    assert Preferences(QSettings(stored.fileName() + "x", QSettings.Format.IniFormat)).folder == Path.home()
    assert (preferences.theme, preferences.folder) == ("dark", Path.home())
    assert (preferences.upscaled_view, preferences.upscaler) == (False, None)
    assert preferences.upscaled_export("png") is None
    assert preferences.layout("window") is None
    request = preferences.request(Library(tiny_library))
    assert (request.source, request.target, request.part) == ("portrait", "caricature", "eyes-nose-mouth")


def test_a_document_comes_back_and_nonsense_is_empty(stored: QSettings) -> None:
    preferences = Preferences(stored)
    assert preferences.document("wall") == {}
    preferences.save_document("wall", {"first": -(2**63), "shown": "live"})
    assert Preferences(stored).document("wall") == {"first": -(2**63), "shown": "live"}
    for text in ("[1]", "{", "null"):
        stored.setValue("documents/wall", text)
        assert preferences.document("wall") == {}
