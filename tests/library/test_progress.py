from __future__ import annotations

from collections.abc import Generator

from ddsgui.library.progress import Step, label_steps
from ddsgui.steps import result_of


def halves() -> Generator[float, None, str]:
    yield 0.5
    yield 1.0
    return "done"


def test_a_step_has_its_progress_in_its_text():
    assert str(Step("Copying a.pt")) == "Copying a.pt"
    assert str(Step("Copying a.pt", 0.426)) == "Copying a.pt, 43 %"


def test_fractions_become_labelled_steps():
    assert list(label_steps("Copying a.pt", halves())) == [
        Step("Copying a.pt", 0.5),
        Step("Copying a.pt", 1.0),
    ]
    assert result_of(label_steps("Copying a.pt", halves())) == result_of(halves()) == "done"
