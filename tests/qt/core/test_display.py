"""The display is checked before Qt looks for it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ddsgui.qt.core.display import forget_opencv_plugins, why_no_display

VARIABLE = "QT_QPA_PLATFORM_PLUGIN_PATH"


def test_opencvs_own_plugins_are_forgotten_and_others_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(Path("site-packages/cv2/qt/plugins")))
    forget_opencv_plugins()
    assert VARIABLE not in os.environ
    monkeypatch.setenv(VARIABLE, str(Path("opt/qt/plugins")))
    forget_opencv_plugins()
    assert VARIABLE in os.environ


def test_no_display_is_needed_offscreen(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert why_no_display() is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has several Qt platforms")
def test_one_working_platform_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "no-such-platform")
    assert "no-such-platform" in str(why_no_display())
    monkeypatch.setenv("QT_QPA_PLATFORM", "no-such-platform;offscreen:size=800x600")
    assert why_no_display() is None
