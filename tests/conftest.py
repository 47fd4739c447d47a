"""Every test runs without a display and without the user's files."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import count
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
    """Collect garbage from now on, but not among what is imported.

    pytest listens to each logger that does not propagate, three times per test, and torch has dozens of them.
    """
    for name, logger in logging.root.manager.loggerDict.items():
        if name.startswith("torch.") and isinstance(logger, logging.Logger):
            logger.propagate = True
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders with other names each time; mktemp() would list all before it for each of thousands."""
    parent = tmp_path_factory.mktemp("homes")
    return (parent / str(number) for number in count())


@pytest.fixture(autouse=True)
def home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user folder for each test."""
    folder = next(homes)
    folder.mkdir()
    monkeypatch.setenv("DDSGUI_HOME", str(folder))
    monkeypatch.setattr(paths, "_chosen", None)  # --library in an earlier test
    return folder


@pytest.fixture
def quick_mixes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches read only the first layers of one feature network, and GIFs have a rough palette."""
    backbones = sys.modules.get("ddsgui.synthesis.backbones")  # which imports torch
    if backbones is not None:
        monkeypatch.setattr(backbones, "_bundled_vgg", partial(_read_once, backbones._bundled_vgg))
    monkeypatch.setattr(gif, "PALETTE_SAMPLE_PIXELS", 2_000)
    for name, settings in PRESETS.items():
        monkeypatch.setitem(PRESETS, name, replace(settings, layers=("relu1_1", "relu1_2")))


@cache
def _read_once(read: Callable[[], object]) -> object:
    return read()
