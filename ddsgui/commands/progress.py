"""Progress bars on stderr; none where stderr is not a terminal."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from tqdm import tqdm

from ddsgui.library.progress import Step
from ddsgui.steps import result_of

if TYPE_CHECKING:
    from ddsgui.download.resumable import DownloadProgress

T = TypeVar("T")


def show_loss(steps: Iterable[T], total: int, label: str, loss: Callable[[T], float]) -> Iterator[T]:
    """Yield the steps and show their loss in a progress bar."""
    with tqdm(total=total, desc=label, unit="it", leave=False, disable=None) as bar:
        for step in steps:
            bar.set_postfix_str(f"loss {loss(step):.4f}", refresh=False)
            bar.update()
            yield step


def show_count(steps: Generator[tuple[int, int] | None, None, T], label: str, unit: str) -> T:
    """Return the result of the steps; a bar shows how many are done, and of how many."""
    with tqdm(desc=label, unit=unit, leave=False, disable=None) as bar:

        def show(count: tuple[int, int] | None) -> None:
            if count is not None:
                done, bar.total = count
                bar.update(done - bar.n)

        return result_of(steps, show)


@contextmanager
def show_download(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback (bytes so far, bytes in all); the bar appears with its first call."""
    with tqdm(desc=label, unit="B", unit_scale=True, leave=False, disable=None, delay=0.5) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield show


def show_steps(steps: Generator[DownloadProgress | Step, Any, T], label: str) -> T:
    """Return the result of the steps; a bar shows the download, and a line every other step.

    An interrupt closes the steps, which leave nothing half-written.
    """
    with tqdm(desc=label, unit="B", unit_scale=True, leave=False, disable=None) as bar:

        def show(step: DownloadProgress | Step) -> None:
            if isinstance(step, Step):
                bar.bar_format = "{desc} [{elapsed}]"
                bar.set_description_str(str(step))
            else:
                bar.total = step.total
                bar.update(step.received - bar.n)

        return result_of(steps, show)
