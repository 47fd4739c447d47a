"""The wall of a window, and windows that start again."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.seed_wall import controls, options
from ddsgui.qt.seed_wall.options import WallOptions
from ddsgui.qt.seed_wall.wall import PREFERENCES, SeedWall
from tests.qt.artist import action
from tests.qt.projects.conftest import crash, start_window, wide_screen

FEW_SEEDS = 9

__all__ = ["crash", "start_window", "wide_screen"]


def open_wall(qtbot: QtBot, window: MainWindow) -> SeedWall:
    """Open the wall and wait until it is drawn."""
    action(window, "seed_wall").trigger()
    wall = window.dialogs.seed_wall
    assert wall is not None and wall.isVisible()
    wait_until_drawn(qtbot, wall)
    return wall


def wait_until_drawn(qtbot: QtBot, wall: SeedWall) -> None:
    model = wall.model
    qtbot.waitUntil(lambda: bool(model.seeds) and not model.missing(model.seeds), timeout=20_000)
    qtbot.waitUntil(lambda: not wall.filling.is_active, timeout=5_000)


@pytest.fixture
def few_seeds(preferences: Preferences, monkeypatch: pytest.MonkeyPatch) -> None:
    """Walls are small, so that they are drawn soon."""
    for module in (options, controls):
        monkeypatch.setattr(module, "MIN_SEEDS", FEW_SEEDS)
    preferences.save_document(PREFERENCES, WallOptions(count=FEW_SEEDS).as_dict())


@pytest.fixture
def wall(qtbot: QtBot, few_seeds: None, window: MainWindow) -> SeedWall:
    """The wall of a window, small and drawn."""
    return open_wall(qtbot, window)
