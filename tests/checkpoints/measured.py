"""The opening of one file under its limits: seconds of computing, and memory beyond what the process had before."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

SECONDS = 5
SPARE_BYTES = 500_000_000


class Overtime(BaseException):
    """The time is up. Not an Exception, since readers catch those of a damaged file."""


class Measured:
    """A context in which a file of `size` bytes gets 5 seconds of CPU time, and twice its size and 500 MB of memory.

    Afterwards it has `seconds` and the peak of `memory` in bytes; on systems other than Linux, only the seconds.
    """

    def __init__(self, size: int) -> None:
        self._allowed = 2 * size + SPARE_BYTES
        self.seconds, self.memory = 0.0, 0

    def __enter__(self) -> Self:
        if sys.platform == "linux":
            Path("/proc/self/clear_refs").write_text("5")  # resets the peak
        self._before = _memory("VmRSS")
        _limit(_memory("VmSize") + self._allowed)
        if sys.platform != "win32":
            signal.signal(signal.SIGPROF, _overtime)
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
        self._start = time.process_time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds = time.process_time() - self._start
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_PROF, 0)
        _limit(None)
        self.memory = max(0, _memory("VmHWM") - self._before)


def _overtime(_signal: int, _frame: FrameType | None) -> None:
    raise Overtime


def _limit(space: int | None) -> None:
    if sys.platform == "linux":
        import resource

        unlimited = resource.RLIM_INFINITY
        resource.setrlimit(resource.RLIMIT_AS, (unlimited if space is None else space, unlimited))


def _memory(key: str) -> int:
    """Return a figure of this process in bytes; 0 on systems other than Linux."""
    if sys.platform != "linux":
        return 0
    lines = Path("/proc/self/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(key + ":")), 0)
