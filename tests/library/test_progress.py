from __future__ import annotations

from collections.abc import Generator

from ddsgui.library.progress import Stage, finish, staged


def halves() -> Generator[float, None, str]:
    yield 0.5
    yield 1.0
    return "done"


def test_a_stage_says_how_far_it_is():
    assert str(Stage("Copying a.pt")) == "Copying a.pt"
    assert str(Stage("Copying a.pt", 0.426)) == "Copying a.pt, 43 %"


def test_shares_become_those_of_a_stage():
    assert list(staged("Copying a.pt", halves())) == [Stage("Copying a.pt", 0.5), Stage("Copying a.pt", 1.0)]
    assert finish(staged("Copying a.pt", halves())) == finish(halves()) == "done"
