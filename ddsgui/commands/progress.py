"""Progress bars on stderr; none where stderr is not a terminal."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from tqdm import tqdm

from ddsgui.library.progress import Step
from ddsgui.steps import result_of
from ddsgui.text import plural

if TYPE_CHECKING:
    from ddsgui.download.resumable import DownloadProgress
    from ddsgui.jobs.batch.batch import BatchProgress

T = TypeVar("T")
_MIXES = "{desc}{percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"


class MixBar:
    """A bar of many mixes, which also moves while one is running."""

    def __init__(self) -> None:
        self._bar = tqdm(leave=False, disable=None, bar_format="{desc}[{elapsed}]")
        self._ended, self._running = 0, 0.0

    def __enter__(self) -> MixBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def run(self, share: float) -> None:
        """Show how much of the running mixes is done, in mixes."""
        self._running = share
        self._move()

    def end(self, progress: BatchProgress) -> None:
        """Show how many mixes have ended."""
        self._running = max(0.0, self._running - (progress.ended - self._ended))
        self._ended = progress.ended
        self._bar.total, self._bar.bar_format = progress.total, _MIXES
        self._bar.set_postfix_str(
            f"{progress.ended} of {plural(progress.total, 'mix', 'mixes')}", refresh=False
        )
        self._move()

    def describe(self, text: str) -> None:
        """Show a sentence."""
        self._bar.set_description_str(text)

    def _move(self) -> None:
        self._bar.update(max(0.0, self._ended + self._running - self._bar.n))


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
