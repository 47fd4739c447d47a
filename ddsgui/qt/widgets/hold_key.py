"""A key that switches an action on while it is held down, and for longer when it is tapped."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QWidget

HOLD_MS = 350  # a key that is released sooner was tapped
REPEAT_MS = 50  # a key that is pressed again sooner than this after its release is repeated by the system


class HoldKey(QObject):
    """Switches a checkable action back when its shortcut is released after a while.

    The shortcut itself is Qt's, so that it is free in fields for text and works on every keyboard. Only the release is
    watched here: on the window's QWindow, which gets keys before any widget and few other events; a filter on the
    application would be called for every event.
    """

    def __init__(self, window: QWidget, action: QAction) -> None:
        super().__init__(window)
        self._window, self._action = window, action
        self._held = QElapsedTimer()  # valid while the key is down
        # Some X servers report repetitions as releases and presses, which Qt does not always recognise.
        self._released = QTimer(self, singleShot=True, interval=REPEAT_MS)
        self._released.timeout.connect(self._release)
        action.setAutoRepeat(False)
        action.installEventFilter(self)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.Shortcut if watched is self._action:
                self._released.stop()
                if self._held.isValid():
                    return True  # a repetition
                self._held.start()
            case QEvent.Type.Show if watched is self._window:
                self._window.windowHandle().installEventFilter(self)
            case QEvent.Type.WindowDeactivate if watched is self._window:
                self._release()  # its release goes to another window
            case QEvent.Type.KeyRelease if isinstance(event, QKeyEvent) and watched is not self._window:
                if self._held.isValid() and not event.isAutoRepeat():
                    if self._held.elapsed() >= HOLD_MS:
                        self._released.start()
                    else:
                        self._held.invalidate()
        return False

    def _release(self) -> None:
        self._released.stop()
        if self._held.isValid():
            self._held.invalidate()
            self._action.trigger()
