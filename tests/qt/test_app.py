"""Starting and ending the real program, in processes of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Draws the window as run() does and tells whether torch was needed for it.
PAINT = """
import sys
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from ddsgui.library.library import Library
from ddsgui.qt.engine import Engine
from ddsgui.qt.jobs import Jobs
from ddsgui.qt.preferences import Preferences
from ddsgui.qt.studio import Studio
from ddsgui.qt.window import MainWindow
app = QApplication([])
library = Library()
preferences = Preferences(QSettings("settings.ini", QSettings.Format.IniFormat))
window = MainWindow(Studio(library, Engine(), Jobs(library)), preferences)
window.first_painted.connect(app.quit)
window.show()
app.exec()
print(sorted({"torch", "pyqtgraph", "torchvision"} & set(sys.modules)))
"""


def environment(tmp_path: Path, **changes: str) -> dict[str, str]:
    """Without a display and with settings of its own."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return {**kept, "XDG_CONFIG_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), **changes}


def test_the_window_is_drawn_before_torch_is_imported(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PAINT],
        env=environment(tmp_path, QT_QPA_PLATFORM="offscreen"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
@pytest.mark.parametrize(
    "display",
    [{}, {"DISPLAY": ":987"}, {"WAYLAND_DISPLAY": "nobody"}, {"QT_QPA_PLATFORM": "no-such-platform"}],
    ids=["none", "dead X11", "dead Wayland", "unknown platform"],
)
def test_no_display_is_one_sentence_and_no_crash(tmp_path: Path, display: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "main.py"],
        env=environment(tmp_path, **display),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "mix" in done.stderr and "QT_QPA_PLATFORM=offscreen" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a signal ends a process there")
@pytest.mark.parametrize("after", [0.0, 1.5], ids=["at once", "while torch is being imported"])
def test_an_interrupt_closes_the_window(tmp_path: Path, after: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "main.py"],
        env=environment(tmp_path, QT_QPA_PLATFORM="offscreen", QT_LOGGING_RULES="ddsgui.startup.debug=true"),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        assert any("first paint" in line for line in process.stderr)
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(timeout=30) == 0
        assert time.monotonic() - began < 5  # a second, on a machine that has nothing else to do
        assert "Traceback" not in process.stderr.read()
