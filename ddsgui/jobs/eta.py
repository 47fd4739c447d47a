"""The speed of a run and the time that it has left."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW_STEPS = 30  # steps that the speed is measured over


class Eta:
    """The speed of a run, measured from step to step, so that the time between iterations counts too.

    Measures the last WINDOW_STEPS steps only, because the machine may be busier now than a minute ago.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ticks: deque[tuple[int, float]] = deque(maxlen=WINDOW_STEPS)

    def tick(self, iteration: int) -> None:
        """Note that an iteration (1-based) has just ended; some may have been skipped."""
        self._ticks.append((iteration, self._clock()))

    def forget(self) -> None:
        """Forget the steps so far, so that a pause does not count."""
        self._ticks.clear()

    @property
    def seconds_per_step(self) -> float | None:
        """Seconds per iteration; None before the second."""
        if len(self._ticks) < 2:
            return None
        (first, start), (last, end) = self._ticks[0], self._ticks[-1]
        return (end - start) / (last - first) if last > first else None

    def seconds_left(self, iterations: int) -> float | None:
        """Return the seconds until iteration number `iterations` has ended; None with too few steps to tell."""
        if self.seconds_per_step is None or len(self._ticks) < 4:
            return None
        return self.seconds_per_step * (iterations - self._ticks[-1][0])


def step_time(seconds: float) -> str:
    """Return the time of one iteration as text: "85 ms/it", "1.2 s/it"."""
    return f"{seconds * 1000:.0f} ms/it" if seconds < 1 else f"{seconds:.1f} s/it"
