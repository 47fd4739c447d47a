"""A run is measured without its pauses, and its forecast is compared with it."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from ddsgui.jobs.forecast import Forecast, ForecastStore
from ddsgui.qt.core.forecasts import RunClock
from ddsgui.qt.main_window import MainWindow
from tests.qt.artist import action, begin_run, end_run


def test_pauses_do_not_count_and_the_start_is_apart() -> None:
    now = 100.0
    clock = RunClock(lambda: now, Forecast(14.0, 10, "measured", 2), "a kind", 5.0)
    now += 2
    clock.step(700)
    now += 3
    clock.pause(True)
    now += 1000
    clock.pause(True)
    clock.pause(False)
    clock.step(900)
    now += 7
    run = clock.measured("CPU")
    assert run is not None
    assert (run.start_seconds, run.seconds, run.peak_bytes, run.cost) == (2, 10, 900, 5)
    assert "12 s" in clock.verdict() and "forecast 14 s" in clock.verdict()
    assert "guessed" in RunClock(lambda: now, Forecast(14.0, 10, "scaled")).verdict()


def test_the_window_forecasts_a_run_and_says_how_right_it_was(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    forecasts = window.forecasts
    forecasts.store = ForecastStore(tmp_path / "forecasts.json")
    forecasts._speed = None
    forecasts._measure_speed()
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
