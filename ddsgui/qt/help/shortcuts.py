"""The sheet of all keys and gestures, read from the menus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from ddsgui.qt.help.gestures import GESTURES
from ddsgui.qt.widgets.action import Action

MOUSE = "On the pictures"
Section = tuple[str, tuple[tuple[str, str], ...]]  # its title, and the keys and words of its lines


def sections(menus: Mapping[str, Iterable[Action]]) -> tuple[Section, ...]:
    """Return the actions with keys by menu, and the gestures of the mouse."""
    named = [
        (title.replace("&", ""), tuple((_keys(a), _words(a)) for a in actions if a.shortcuts()))
        for title, actions in menus.items()
    ]
    return (*((title, lines) for title, lines in named if lines), (MOUSE, tuple(GESTURES.items())))


def _keys(action: Action) -> str:
    return ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())


def _words(action: Action) -> str:
    return action.text().replace("&", "").rstrip("…")


class ShortcutSheet(QDialog):
    """All keys in two columns, with a filter. It blocks nothing, so that the keys can be tried while it is open."""

    def __init__(self, menus: Mapping[str, Iterable[Action]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self._sections = sections(menus)
        self.filter = QLineEdit(placeholderText="Filter", clearButtonEnabled=True)
        self.filter.setAccessibleName("Filter")
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        column = QVBoxLayout(self)
        column.addWidget(self.filter)
        column.addWidget(self._scroll)
        self.filter.textChanged.connect(lambda _: self._show_lines())
        self._show_lines()
        self.resize(520, 560)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The keys and words that the filter leaves."""
        wanted = self.filter.text().casefold()
        return [line for _, lines in self._sections for line in lines if wanted in " ".join(line).casefold()]

    def _show_lines(self) -> None:
        page, visible = QWidget(), set(self.lines)
        grid = QGridLayout(page)
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(18)
        row = 0
        for title, lines in self._sections:
            matching = [line for line in lines if line in visible]
            if not matching:
                continue
            head = QLabel(f"<b>{title}</b>")
            grid.addWidget(head, row, 0, 1, 2)
            for keys, words in matching:
                row += 1
                grid.addWidget(QLabel(keys, textFormat=Qt.TextFormat.PlainText), row, 0)
                grid.addWidget(QLabel(words, textFormat=Qt.TextFormat.PlainText), row, 1)
            row += 1
        grid.setRowStretch(row, 1)
        self._scroll.setWidget(page)
