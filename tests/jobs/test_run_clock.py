"""A run is measured without its pauses, and its forecast is compared with it."""

from __future__ import annotations

from ddsgui.jobs.forecast import Forecast
from ddsgui.jobs.run_clock import RunClock


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
