"""How the machine itself stands still, so that its freezes are not taken for ours."""

from __future__ import annotations

from time import perf_counter


def freezes(seconds: float, above: float = 2.0) -> list[float]:
    """Gaps of more than `above` ms in a loop that does nothing but look at the clock, in ms."""
    gaps, last = [], perf_counter()
    end = last + seconds
    while last < end:
        now = perf_counter()
        if now - last > above / 1e3:
            gaps.append((now - last) * 1e3)
        last = now
    return gaps
