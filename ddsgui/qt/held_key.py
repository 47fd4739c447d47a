"""A key that does something only as long as it is held down."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget


class HeldKey(QObject):
    """Watches one window. Within `typing` the key keeps its usual meaning (Tab goes from field to field)."""

    held = Signal(bool)

    def __init__(self, window: QWidget, key: Qt.Key, typing: QWidget) -> None:
        super().__init__(window)
        self._window, self._key, self._typing = window, key, typing
        self._down = False
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.KeyPress if self._is_ours(watched, event):
                self._set(True)
                return True
            case QEvent.Type.KeyRelease if self._down and isinstance(event, QKeyEvent):
                if event.key() == self._key and not event.isAutoRepeat():
                    self._set(False)
                    return True
            case QEvent.Type.WindowDeactivate if watched is self._window:
                self._set(False)  # the release goes to another window
        return False

    def _is_ours(self, watched: QObject, event: QEvent) -> bool:
        if not (isinstance(event, QKeyEvent) and isinstance(watched, QWidget)):
            return False
        if event.key() != self._key or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        return watched.window() is self._window and not self._typing.isAncestorOf(watched)

    def _set(self, down: bool) -> None:
        if down != self._down:
            self._down = down
            self.held.emit(down)
