"""Ctrl+C that lets the current step end, so that what is saved is complete."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class GracefulInterrupt:
    """A context in which the first Ctrl+C only sets `is_requested`; the second interrupts at once, as usual.

    with GracefulInterrupt() as interrupt:
        for step in steps:
            if interrupt.is_requested:
                break
    """

    def __init__(self) -> None:
        self.is_requested = False
        self._before: signal.Handlers | object | None = None

    def __enter__(self) -> GracefulInterrupt:
        if threading.current_thread() is threading.main_thread():  # only there can signals be handled
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]
            self._before = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.is_requested:
            raise KeyboardInterrupt
        self.is_requested = True
