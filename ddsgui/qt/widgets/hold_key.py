"""A key that works while it is held down."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget


class HoldKey(QObject):
    """A key of one window. Inside `typing` it keeps its usual meaning (Tab moves from field to field).

    The filter is on the window's QWindow, which gets keys before any widget and few other events; a filter on the
    application would be called for every event.
    """

    held = Signal(bool)

    def __init__(self, window: QWidget, key: Qt.Key, typing: QWidget) -> None:
        super().__init__(window)
        self._window, self._key, self._typing = window, key, typing
        self._down = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.Show if watched is self._window:
                self._window.windowHandle().installEventFilter(self)
            case QEvent.Type.WindowDeactivate:
                self._set(False)  # the release goes to another window
            case QEvent.Type.KeyPress if isinstance(event, QKeyEvent) and watched is not self._window:
                if self._is_ours(event):
                    self._set(True)
                    return True
            case QEvent.Type.KeyRelease if isinstance(event, QKeyEvent) and self._down:
                if event.key() == self._key and not event.isAutoRepeat():
                    self._set(False)
                    return True
        return False

    def _is_ours(self, event: QKeyEvent) -> bool:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        focus = self._window.focusWidget()
        typing = focus is not None and self._typing.isAncestorOf(focus)
        return event.key() == self._key and plain and not typing

    def _set(self, down: bool) -> None:
        if down != self._down:
            self._down = down
            self.held.emit(down)
