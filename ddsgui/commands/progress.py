"""Progress bars on stderr; nothing at all where stderr is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from tqdm import tqdm

from ddsgui.library.progress import Step

if TYPE_CHECKING:
    from ddsgui.download.resumable import DownloadProgress

T = TypeVar("T")


def watched(steps: Iterable[T], total: int, what: str, loss: Callable[[T], float]) -> Iterator[T]:
    """Pass the steps on, with a bar that shows their loss."""
    with tqdm(total=total, desc=what, unit="it", leave=False, disable=None) as bar:
        for step in steps:
            bar.set_postfix_str(f"loss {loss(step):.4f}", refresh=False)
            bar.update()
            yield step


def counted(steps: Generator[tuple[int, int] | None, None, T], what: str, unit: str) -> T:
    """What the steps return; the bar shows how many of how many they say are done."""
    with tqdm(desc=what, unit=unit, leave=False, disable=None) as bar:
        while True:
            try:
                told = next(steps)
            except StopIteration as end:
                return end.value
            if told is not None:
                bar.total = told[1]
                bar.update(told[0] - bar.n)


@contextmanager
def download(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback (bytes so far, bytes in all); the bar appears with its first call."""
    with tqdm(desc=what, unit="B", unit_scale=True, leave=False, disable=None, delay=0.5) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield show


def staged(steps: Generator[DownloadProgress | Step, Any, T], what: str) -> T:
    """What the steps return; a bar for what comes over the network, and beside it what else they say they do.

    Interrupted, the steps are closed: they leave nothing half-written.
    """
    bar = tqdm(desc=what, unit="B", unit_scale=True, leave=False, disable=None)
    with closing(steps), bar:
        while True:
            try:
                told = next(steps)
            except StopIteration as end:
                return end.value
            if isinstance(told, Step):
                bar.bar_format = "{desc} [{elapsed}]"
                bar.set_description_str(str(told))
            else:
                bar.total = told.total
                bar.update(told.received - bar.n)
