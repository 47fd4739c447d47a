"""Every test runs without a display and without the user's files."""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from pathlib import Path

import pytest

from ddsgui import paths
from ddsgui.device import tune_allocator
from ddsgui.export import gif
from ddsgui.synthesis.settings import PRESETS

# Before a test makes a QApplication or imports torch.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
# Small networks are faster on one thread, and two workers of pytest-xdist then share two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
tune_allocator()
# Until all tests are collected: they and their imports stay to the end, and looking for garbage in them takes a while.
gc.disable()


def pytest_collection_finish() -> None:
    """Collect garbage from now on, but not among what is imported."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user folder for each test."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DDSGUI_HOME", str(folder))
    monkeypatch.setattr(paths, "_chosen", None)  # --library in an earlier test
    return folder


@pytest.fixture
def quick_mixes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches read only the first layers of the feature network, and GIFs have a rough palette."""
    monkeypatch.setattr(gif, "PALETTE_SAMPLE_PIXELS", 2_000)
    for name, settings in PRESETS.items():
        monkeypatch.setitem(PRESETS, name, replace(settings, layers=("relu1_1", "relu1_2")))
