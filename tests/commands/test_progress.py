from __future__ import annotations

import io
import sys
from collections.abc import Generator

import pytest
from tqdm import tqdm

from ddsgui.commands.progress import MixBar, show_steps
from ddsgui.jobs.batch.batch import BatchProgress
from ddsgui.library.progress import Step


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_of_mixes_counts_what_has_ended_and_what_is_running(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with MixBar() as bar:
        bar._bar.mininterval = bar._bar.miniters = 0
        positions: list[float] = []
        for event in (
            lambda: bar.end(BatchProgress(None, 0, 4)),
            lambda: bar.run(0.5),
            lambda: bar.run(2.0),
            lambda: bar.end(BatchProgress(None, 1, 4)),
            lambda: bar.end(BatchProgress(None, 2, 4)),
            lambda: bar.run(0.5),
            lambda: bar.end(BatchProgress(None, 3, 4)),
            lambda: bar.end(BatchProgress(None, 4, 4)),
        ):
            event()
            positions.append(bar._bar.n)
    assert positions == [0, 0.5, 2, 2, 2, 2.5, 3, 4]
    assert "4 of 4 mixes" in terminal.getvalue() and "12%" in terminal.getvalue()


def test_show_steps_returns_the_result():
    def steps() -> Generator[Step, None, str]:
        yield Step("Copying a.pt", 0.5)
        return "added"

    assert show_steps(steps(), "a.pt") == "added"


def test_an_interrupt_closes_the_steps(monkeypatch):
    closed: list[bool] = []

    def steps() -> Generator[Step, None, None]:
        try:
            yield Step("Copying a.pt", 0.5)
        finally:
            closed.append(True)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tqdm, "set_description_str", interrupt)
    with pytest.raises(KeyboardInterrupt):
        show_steps(steps(), "a.pt")
    assert closed == [True]
