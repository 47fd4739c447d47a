"""Progress bars on stderr; nothing at all where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def watched(steps: Iterable[T], total: int, what: str, loss: Callable[[T], float]) -> Iterator[T]:
    """Pass the steps on, with a bar that shows their loss."""
    with tqdm(total=total, desc=what, unit="it", leave=False, disable=None) as bar:
        for step in steps:
            bar.set_postfix_str(f"loss {loss(step):.4f}", refresh=False)
            bar.update()
            yield step


@contextmanager
def download(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback (bytes so far, bytes in all); the bar appears with its first call."""
    with tqdm(desc=what, unit="B", unit_scale=True, leave=False, disable=None, delay=0.5) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield show
