"""A plain generator that another thread steps, pauses and cancels. Knows neither Qt nor torch."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from ddsgui.device import memory_guard
from ddsgui.errors import DdsError
from ddsgui.latest import Latest

log = logging.getLogger(__name__)

Job = Callable[[], Generator[Any, None, Any]]


class Cancelled(Exception):  # noqa: N818 - it is not an error
    """Thrown into a job at its last yield. A job may catch it and return what it has so far."""


@dataclass(frozen=True, eq=False)
class JobOutcome:
    """The end of a job: a value, a sentence about what went wrong, or neither if it was cancelled."""

    value: Any = None
    error: str | None = None


class SteppedJob:
    """One job. The GUI thread sets the flags, which are read between two steps; the rest belongs to the engine."""

    def __init__(
        self, job: Job, idle: bool, share: float = 1.0, urgent: bool = False, concurrent: bool = False
    ) -> None:
        self.idle = idle
        self.share = share
        self.urgent = urgent
        self.concurrent = concurrent  # stepped beside all other jobs, not between their steps
        self.paused = False
        self.cancelled = False
        self.box: Latest[Any] = Latest()
        self.outcome: JobOutcome | None = None  # written once, last
        self.turn = 0  # when it was last stepped
        self.used = 0.0  # seconds of the engine's time that it has used, or was not waiting for
        self.waited = False  # True if it could have been stepped last time
        self._job = job
        self._generator: Generator[Any, None, Any] | None = None

    @property
    def runnable(self) -> bool:
        return self.outcome is None and (self.cancelled or not self.paused)

    def step(self) -> bool:
        """Continue to the next yield; return True if the reader has to be woken."""
        try:
            with memory_guard():
                if self._generator is None:
                    self._generator = self._job()
                if self.cancelled:
                    self._generator.throw(Cancelled())
                    raise RuntimeError("a cancelled job continued")
                value = next(self._generator)
        except StopIteration as stop:
            self.outcome = JobOutcome(value=stop.value)
        except Cancelled:
            self.outcome = JobOutcome()
        except DdsError as error:
            self.outcome = JobOutcome(error=str(error))
        except Exception as error:
            log.exception("a job failed")
            self.outcome = JobOutcome(error=f"Unexpected error: {error!r}. Please report it.")
        else:
            # A bare `yield` is a chance to be cancelled and nothing to show.
            return value is not None and self.box.put(value)
        self._generator = None  # its tensors are freed in the thread that made them
        return True

    def abandon(self) -> None:
        """End without an outcome; nobody waits for it any more."""
        if self._generator is not None:
            self._generator.close()
            self._generator = None
