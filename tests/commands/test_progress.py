from __future__ import annotations

from collections.abc import Generator

import pytest
from tqdm import tqdm

from ddsgui.commands.progress import show_steps
from ddsgui.library.progress import Step


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
