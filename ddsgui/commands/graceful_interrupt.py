"""Ctrl+C that lets the step under way end, so that what is saved is whole."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Interrupt:
    """Within it the first Ctrl+C only sets `asked`; the second interrupts at once, as always.

    with Interrupt() as interrupt:
        for step in steps:
            if interrupt.asked:
                break
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: signal.Handlers | object | None = None

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():  # only there can signals be handled
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]
            self._before = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
