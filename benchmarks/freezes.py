"""Freezes of the machine, which must not be blamed on the program."""

from __future__ import annotations

from time import perf_counter


def freezes(seconds: float, above: float = 2.0) -> list[float]:
    """Return the gaps of more than `above` ms in a loop that only reads the clock, in ms."""
    gaps, last = [], perf_counter()
    end = last + seconds
    while last < end:
        now = perf_counter()
        if now - last > above / 1e3:
            gaps.append((now - last) * 1e3)
        last = now
    return gaps
