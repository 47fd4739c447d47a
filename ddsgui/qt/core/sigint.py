"""Ctrl+C in the terminal closes the window."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier


class SigintHandler(QObject):
    """Calls `act` in the GUI thread on SIGINT or SIGTERM.

    Python runs signal handlers between two bytecodes only, and Qt's loop waits in C++: the signal writes to a socket,
    which wakes the loop.
    """

    def __init__(self, act: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sleeper, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: act())
        notifier = QSocketNotifier(self._sleeper.fileno(), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(lambda: self._sleeper.recv(64))

    def forget(self) -> None:
        """Restore the default handling of both signals."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
