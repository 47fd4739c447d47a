"""Real widgets on a real engine, where any warning of Qt fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Semaphore
from typing import Any

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QMessageLogContext,
    QSettings,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ddsgui.jobs import mix
from ddsgui.jobs.mix import Jobs
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.mixing import seeds
from ddsgui.qt.mixing.window_state import WindowState
from ddsgui.qt.widgets.theme import apply_theme
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.settings import OptimizerStep
from tests.qt.tiny_library import SIDE, make_tiny_library

# Messages of the offscreen platform that do not depend on the program.
_HARMLESS = ("This plugin does not support",)


NEEDS_MASKS = WindowState.without_masks


@pytest.fixture(scope="session", autouse=True)
def short_seed_strip() -> Iterator[None]:
    """The strip of seeds draws four, for the whole life of each window."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeds, "SEEDS_PER_PAGE", 4)
        yield


@pytest.fixture(autouse=True)
def everywhere(quick_mixes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mixes are quick in every test here, and start without a mask, as the tiny part finds nothing."""
    monkeypatch.setattr(mix, "SPEED_SIDE_PX", 8)
    monkeypatch.setattr(WindowState, "without_masks", None)


@pytest.fixture
def needs_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs need a mask, as they do for an artist."""
    monkeypatch.setattr(WindowState, "without_masks", NEEDS_MASKS)


@pytest.fixture(autouse=True)
def quiet_qt() -> Iterator[None]:
    """Fail on any message of Qt above debug, and delete the windows of earlier tests."""
    for window in QApplication.topLevelWidgets():
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    messages: list[str] = []

    def keep(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind != QtMsgType.QtDebugMsg and not text.startswith(_HARMLESS):
            messages.append(text)

    previous = qInstallMessageHandler(keep)
    yield
    qInstallMessageHandler(previous)
    assert not messages, messages


@pytest.fixture(autouse=True)
def restored_theme() -> Iterator[None]:
    """A theme ends with the test that has chosen it: a style sheet makes every window take twice as long."""
    yield
    app = QApplication.instance()
    if isinstance(app, QApplication) and app.styleSheet():
        apply_theme(app, "light")  # stops following the desktop
        app.styleHints().unsetColorScheme()
        app.setStyleSheet("")
        app.setPalette(QPalette())


@pytest.fixture(scope="session")
def tiny_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user folder with two random domains of 16 pixels, named like the bundled ones, and a part."""
    folder = tmp_path_factory.mktemp("library")
    make_tiny_library(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_models(tiny_library: Path) -> ModelCache:
    """The models of tiny_library, read once for all tests."""
    return ModelCache(Library(tiny_library))


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    """Preferences in a temporary file."""
    return Preferences(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def controller(qtbot: QtBot, tiny_library: Path, tiny_models: ModelCache) -> Iterator[MixController]:
    """A controller whose engine can be started, and is stopped after the test."""
    library = Library(tiny_library)
    jobs = Jobs(library, "cpu")
    jobs._models = tiny_models
    controller = MixController(library, Engine(), jobs)
    yield controller
    controller.cancel()
    assert controller.engine.shut_down(10_000)
    for item in (controller.engine, controller):
        shiboken6.delete(item)


@pytest.fixture
def window(qtbot: QtBot, controller: MixController, preferences: Preferences) -> Iterator[MainWindow]:
    """A visible window with its first pictures, and one painted square in each mask."""
    window = MainWindow(controller, preferences)
    qtbot.addWidget(window, before_close_func=lambda w: w.close_now())
    window.first_painted.connect(window.start)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: controller.session.sample is not None and not controller.loading, timeout=60_000)
    for role in ("source", "target"):
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[4:10, 5:12] = 255
        controller.session.set_mask(role, mask)
    window.panes.refresh()
    yield window


@pytest.fixture
def all_frames(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search waits after each step until the window has it, so that every iteration has a frame."""
    search, arrivals = DualDomainOptimizer.steps, Semaphore(0)
    window.controller.stepped.connect(lambda _: arrivals.release())

    def steps(*args: Any) -> Iterator[OptimizerStep]:
        for step in search(*args):
            yield step
            assert arrivals.acquire(timeout=10)

    monkeypatch.setattr(DualDomainOptimizer, "steps", steps)
