"""What is being done to a file of the library at the moment, told by the generators that do it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """One of the things that adding or verifying takes, and how far it is."""

    text: str  # "Copying ffhq.pt"
    share: float | None = None  # of this stage, 0 … 1; None where it cannot be told

    def __str__(self) -> str:
        return self.text if self.share is None else f"{self.text}, {self.share * 100:.0f} %"


def staged(text: str, steps: Generator[float, None, T]) -> Generator[Stage, None, T]:
    """The shares that steps yield as those of one stage; returns what they do."""
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            return end.value
        yield Stage(text, share)


def finish(steps: Generator[Any, None, T]) -> T:
    """What the steps return, in one go."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
