"""What is being done to a file of the library at the moment, told by the generators that do it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """One of the things that adding or verifying takes, and how far it is."""

    text: str  # "Copying ffhq.pt"
    progress: float | None = None  # of this stage, 0 … 1; None where it cannot be told

    def __str__(self) -> str:
        return self.text if self.progress is None else f"{self.text}, {self.progress * 100:.0f} %"


def label_steps(text: str, steps: Generator[float, None, T]) -> Generator[Step, None, T]:
    """The shares that steps yield as those of one stage; returns what they do."""
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            return end.value
        yield Step(text, share)
