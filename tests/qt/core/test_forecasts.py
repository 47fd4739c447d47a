"""The window forecasts its runs, and says how right it was."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from ddsgui.jobs.forecast import ForecastStore
from ddsgui.qt.main_window import MainWindow
from tests.qt.artist import action, begin_run, end_run


def test_the_window_forecasts_a_run_and_says_how_right_it_was(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    forecasts = window.forecasts
    forecasts.store = ForecastStore(tmp_path / "forecasts.json")
    forecasts._speed = None
    forecasts._measure_speed()
    qtbot.waitUntil(lambda: forecasts._speed is not None, timeout=20_000)
    qtbot.waitUntil(lambda: "guess" in window.inspector.forecast, timeout=20_000)
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=2)
    qtbot.waitUntil(lambda: window.status.activity.startswith("Done in"), timeout=5000)
    assert "guessed" in window.status.activity
    qtbot.waitUntil(lambda: "1 run" in window.inspector.forecast, timeout=5000)
    begin_run(qtbot, window)
    end_run(qtbot, window)
    qtbot.waitUntil(lambda: window.status.activity == "Ready", timeout=5000)
    assert len(forecasts.store.runs(forecasts.device)) == 1, "a run that was stopped is not measured"


def test_without_a_mask_the_reason_stands_above_the_button(
    qtbot: QtBot, needs_masks: None, window: MainWindow
) -> None:
    window.controller.clear("source")
    qtbot.waitUntil(lambda: "Paint" in window.inspector.forecast)
    assert not action(window, "run").isEnabled()
    window.controller.undo()
    assert action(window, "run").isEnabled()
