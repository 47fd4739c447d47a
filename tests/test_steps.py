"""A generator of steps is run to its end."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from ddsgui.steps import result_of


def test_the_result_is_returned_and_every_step_is_reported():
    def steps() -> Generator[int, None, str]:
        yield 1
        yield 2
        return "done"

    seen: list[int] = []
    assert result_of(steps(), seen.append) == "done"
    assert seen == [1, 2]
    assert result_of(steps()) == "done"


def test_the_generator_cleans_up_when_a_listener_raises():
    cleaned = []

    def steps() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            cleaned.append(True)

    def listener(step: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        result_of(steps(), listener)
    assert cleaned == [True]
