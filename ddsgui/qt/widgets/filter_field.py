"""A field for the words of a filter."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolButton


class FilterField(QLineEdit):
    """Esc, or the button in it, clears the words; only in an empty field does Esc close the window."""

    def __init__(self, name: str, tip: str) -> None:
        """name: shown while the field is empty."""
        super().__init__(placeholderText=name, clearButtonEnabled=True)
        self.setAccessibleName(name)
        self.setToolTip(tip)
        for button in self.findChildren(QToolButton):
            button.setAccessibleName("Clear the filter")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
