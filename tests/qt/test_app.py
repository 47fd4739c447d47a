"""The real program starts and ends, in separate processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def environment(tmp_path: Path, **changes: str) -> dict[str, str]:
    """Return an environment without a display, and with settings in a temporary folder."""
    inherited = {
        k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    return {**inherited, "XDG_CONFIG_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), **changes}


def start(tmp_path: Path, *options: str) -> subprocess.Popen[str]:
    """Start the program, which reports its first paint on stderr."""
    rules = "ddsgui.startup.debug=true"
    return subprocess.Popen(
        [sys.executable, *options, "main.py"],
        env=environment(tmp_path, QT_QPA_PLATFORM="offscreen", QT_LOGGING_RULES=rules),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_window_is_drawn_before_torch_is_imported(tmp_path: Path) -> None:
    imported: list[str] = []
    with start(tmp_path, "-X", "importtime") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "first paint" in line:
                break
            imported.append(line.rpartition("|")[2].strip())
        process.kill()
    assert "ddsgui.qt.main_window" in imported
    assert not {"torch", "pyqtgraph", "torchvision"} & set(imported)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
@pytest.mark.parametrize(
    "display",
    [{}, {"DISPLAY": ":987"}, {"WAYLAND_DISPLAY": "nobody"}, {"QT_QPA_PLATFORM": "no-such-platform"}],
    ids=["none", "dead X11", "dead Wayland", "unknown platform"],
)
def test_a_missing_display_gets_one_sentence(tmp_path: Path, display: dict[str, str]) -> None:
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
@pytest.mark.parametrize("after", [0.0, 0.5], ids=["at once", "while torch is being imported"])
def test_an_interrupt_closes_the_window(tmp_path: Path, after: float) -> None:
    with start(tmp_path) as process:
        assert process.stderr is not None
        assert any("first paint" in line for line in process.stderr)
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(timeout=30) == 0
        assert time.monotonic() - began < 5  # a second on an idle machine
        assert "Traceback" not in process.stderr.read()


def test_a_start_writes_nothing_to_the_terminal(tmp_path: Path) -> None:
    script = """
from ddsgui.qt.app import run
from ddsgui.qt.main_window import MainWindow
MainWindow.start = lambda self, project=None: self.close_now()
raise SystemExit(run())
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(tmp_path, QT_QPA_PLATFORM="offscreen", DDSGUI_HOME=str(tmp_path)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    lines = [line for line in done.stderr.splitlines() if "This plugin does not support" not in line]
    assert (done.returncode, lines) == (0, [])
