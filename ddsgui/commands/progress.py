"""Progress bars on stderr; nothing at all where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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


def counted(items: Sequence[T], what: str, unit: str) -> Iterator[T]:
    """Pass the items on, with a bar that counts them."""
    return iter(tqdm(items, desc=what, unit=unit, leave=False, disable=None))


@contextmanager
def download(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback (bytes so far, bytes in all); the bar appears with its first call."""
    with tqdm(desc=what, unit="B", unit_scale=True, leave=False, disable=None, delay=0.5) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield show
