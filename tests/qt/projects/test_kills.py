"""A sample of kills of the window; kills.py is run by hand for many."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be forked there")
def test_a_killed_window_has_lost_nothing_older_than_two_seconds() -> None:
    # Enough to paint, and most times to run or save.
    options = ("--count", "1", "--seed", "4", "--seconds", "0.5", "1.0")
    done = subprocess.run(
        [sys.executable, "-m", "tests.qt.projects.kills", *options],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kills" in done.stdout and "0 failures" in done.stdout
