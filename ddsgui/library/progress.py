"""The steps that the library's long-running generators yield."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """One step of adding or verifying a file, and its progress."""

    text: str  # "Copying ffhq.pt"
    progress: float | None = None  # of this step, 0 to 1; None if unknown

    def __str__(self) -> str:
        return self.text if self.progress is None else f"{self.text}, {self.progress * 100:.0f} %"

    @property
    def line(self) -> str:
        """The step as a line of its own: "Loading ffhq…", "Copying ffhq.pt, 43 %"."""
        return str(self) if self.progress is not None else f"{self}…"


def label_steps(text: str, steps: Generator[float, None, T]) -> Generator[Step, None, T]:
    """Yield the progress values of `steps` as Steps with a text; return what `steps` returns."""
    while True:
        try:
            progress = next(steps)
        except StopIteration as end:
            return end.value
        yield Step(text, progress)
