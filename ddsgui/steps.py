"""Run a generator of steps to its end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any, TypeVar

StepT = TypeVar("StepT")
ResultT = TypeVar("ResultT")


def result_of(
    steps: Generator[StepT, Any, ResultT], on_step: Callable[[StepT], object] | None = None
) -> ResultT:
    """Return what `steps` returns, calling `on_step` with each value that it yields.

    If `on_step` raises, or the user interrupts, the generator is closed, so that it can clean up.
    """
    with closing(steps):
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                return end.value
            if on_step is not None:
                on_step(step)
