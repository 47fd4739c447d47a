"""The measuring of one run, for forecasts of the next ones."""

from __future__ import annotations

from collections.abc import Callable

from ddsgui.jobs.forecast import Forecast, MeasuredRun
from ddsgui.text import duration_text


class RunClock:
    """The time of one run, without its pauses, and the most memory seen at its steps."""

    def __init__(
        self, clock: Callable[[], float], forecast: Forecast | None, kind: str = "", cost: float = 0.0
    ) -> None:
        """kind, cost: see run_kind() and run_cost(); of a run that is not measured there are none."""
        self._clock, self._forecast, self._kind, self._cost = clock, forecast, kind, cost
        self._before, self._since = 0.0, clock()  # seconds until the last pause; when it was resumed
        self._paused = False
        self.first: float | None = None  # seconds until the first step
        self._peak = 0

    @property
    def seconds(self) -> float:
        """The seconds so far."""
        return self._before + (0.0 if self._paused else self._clock() - self._since)

    def pause(self, paused: bool) -> None:
        """Stop the clock, or let it run again."""
        if paused != self._paused:
            self._before, self._since = self.seconds, self._clock()
            self._paused = paused

    def step(self, used: int) -> None:
        """Note a step. used: bytes of the whole program now."""
        self._peak = max(self._peak, used)
        if self.first is None:
            self.first = self.seconds

    def verdict(self) -> str:
        """Return how long the run took, and how right the forecast was."""
        took = f"Done in {duration_text(self.seconds)}"
        if self._forecast is None:
            return took
        word = "forecast" if self._forecast.basis == "measured" else "guessed"
        return f"{took}, {word} {duration_text(self._forecast.seconds)}"

    def measured(self, device: str) -> MeasuredRun | None:
        """Return the run for the store; None if it has no kind or took no time."""
        if self.first is None or not self._kind or not self._cost:
            return None
        seconds = self.seconds - self.first
        return MeasuredRun(device, self._kind, self._cost, max(seconds, 1e-3), self.first, self._peak)
