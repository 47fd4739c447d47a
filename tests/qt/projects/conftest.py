"""Windows that are closed, crash and start again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ddsgui.jobs.mix import Jobs
from ddsgui.library.library import Library
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.projects import part

StartWindow = Callable[..., MainWindow]


@pytest.fixture(autouse=True)
def wide_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen that has room for the list of runs; the offscreen one is 800 pixels wide."""
    monkeypatch.setattr(part, "RUNS_FROM_PX", 0)


@pytest.fixture
def start_window(qtbot: QtBot, tiny_library: Path, preferences: Preferences) -> Iterator[StartWindow]:
    """A function that starts another window, as the next start of the program does."""
    engines: list[Engine] = []

    def start(project: Path | None = None, library: Path = tiny_library) -> MainWindow:
        models, engine = Library(library), Engine()
        engines.append(engine)
        window = MainWindow(MixController(models, engine, Jobs(models, "cpu")), preferences)
        qtbot.addWidget(window, before_close_func=lambda w: w.close_now())
        window.show()
        window.start(project)
        qtbot.waitUntil(lambda: window.project.controller.recording.is_on, timeout=20_000)
        qtbot.waitUntil(
            lambda: window.controller.session.sample is not None and not window.controller.loading,
            timeout=60_000,
        )
        return window

    yield start
    for engine in engines:
        assert engine.shut_down(10_000)


@pytest.fixture
def crash(
    qtbot: QtBot, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[MainWindow], None]:
    """A function that leaves the disk as a crash of a window would, once its work is recorded."""

    def crash(window: MainWindow) -> None:
        qtbot.waitUntil(lambda: window.project.controller.recording.is_recorded, timeout=5_000)
        copy = tmp_path / "after the crash"
        shutil.copytree(home, copy)
        monkeypatch.setenv("DDSGUI_HOME", str(copy))

    return crash
