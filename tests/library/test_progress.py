from __future__ import annotations

from collections.abc import Generator

from ddsgui.library.progress import Step, label_steps
from ddsgui.steps import result_of


def halves() -> Generator[float, None, str]:
    yield 0.5
    yield 1.0
    return "done"


def test_a_stage_says_how_far_it_is():
    assert str(Step("Copying a.pt")) == "Copying a.pt"
    assert str(Step("Copying a.pt", 0.426)) == "Copying a.pt, 43 %"


def test_shares_become_those_of_a_stage():
    assert list(label_steps("Copying a.pt", halves())) == [
        Step("Copying a.pt", 0.5),
        Step("Copying a.pt", 1.0),
    ]
    assert result_of(label_steps("Copying a.pt", halves())) == result_of(halves()) == "done"
