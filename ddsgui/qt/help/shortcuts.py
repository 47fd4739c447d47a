"""The sheet of all keys and gestures, read from the menus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations_with_replacement, pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ddsgui.qt.help.gestures import GESTURES, WALL_GESTURES
from ddsgui.qt.seed_wall.actions import WALL_KEYS
from ddsgui.qt.widgets.action import Action
from ddsgui.qt.widgets.filter_field import FilterField
from ddsgui.qt.widgets.screen import OnScreen

MOUSE, WALL = "On the pictures", "On the seed wall"
KEYS_PX, COLUMN_GAP_PX = 120, 28  # widget pixels
THREE_COLUMNS_FROM_PX = 1280  # width of the screen, widget pixels
Section = tuple[str, tuple[tuple[str, str], ...]]  # its title, and the keys and words of its lines


def sections(menus: Mapping[str, Iterable[Action]]) -> tuple[Section, ...]:
    """Return the actions with keys by menu, and the gestures of the mouse."""
    named = [
        (title.replace("&", ""), tuple((_keys(a), _words(a)) for a in actions if a.shortcuts()))
        for title, actions in menus.items()
    ]
    wall = tuple((_key_text(key.keys), key.text.rstrip("…")) for key in WALL_KEYS.values())
    return (
        *((title, lines) for title, lines in named if lines),
        (MOUSE, tuple(GESTURES.items())),
        (WALL, (*wall, *WALL_GESTURES.items())),
    )


def _keys(action: Action) -> str:
    return _key_text(action.shortcuts())


def _key_text(keys: Iterable[QKeySequence | str]) -> str:
    return ", ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


def _words(action: Action) -> str:
    return action.text().replace("&", "").rstrip("…")


class ShortcutSheet(QDialog):
    """All keys in columns, with a filter. It blocks nothing, so that the keys can be tried while it is open."""

    def __init__(self, menus: Mapping[str, Iterable[Action]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self._sections = sections(menus)
        has_room = self.screen().availableGeometry().width() >= THREE_COLUMNS_FROM_PX
        self._column_count = 3 if has_room else 2
        self.filter = FilterField("Filter", "Show only lines with these words or keys")
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.addWidget(self.filter)
        column.addWidget(self._scroll)
        self.filter.textChanged.connect(lambda _: self._show_lines())
        page = self._show_lines().sizeHint()
        margins = column.contentsMargins()
        width = page.width() + self._scroll.verticalScrollBar().sizeHint().width()
        self._scroll.setMinimumWidth(width)
        height = page.height() + self.filter.sizeHint().height() + column.spacing()
        self.resize(
            width + margins.left() + margins.right(), height + margins.top() + margins.bottom()
        )  # a lower screen scrolls
        OnScreen(self)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The keys and words that the filter leaves."""
        return [line for _, lines in self._matching() for line in lines]

    def _matching(self) -> list[Section]:
        """Return the sections with the lines that the filter leaves."""
        wanted = self.filter.text().casefold()
        matching = [
            (title, tuple(line for line in lines if wanted in " ".join(line).casefold()))
            for title, lines in self._sections
        ]
        return [(title, lines) for title, lines in matching if lines]

    def _show_lines(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(COLUMN_GAP_PX)
        for sections_of_column in _columns(self._matching(), self._column_count):
            column = QVBoxLayout()
            column.setSpacing(12)
            for title, lines in sections_of_column:
                column.addWidget(_section(title, lines))
            column.addStretch()
            row.addLayout(column)
        row.addStretch()
        self._scroll.setWidget(page)
        return page


def _columns(matching: list[Section], count: int) -> list[list[Section]]:
    """Return the sections in columns of about the same length, in their order."""
    lengths = [len(lines) + 2 for _, lines in matching]  # with its title and the gap after it

    def ends(splits: tuple[int, ...]) -> Iterable[tuple[int, int]]:
        return pairwise((0, *splits, len(matching)))

    def longest(splits: tuple[int, ...]) -> int:
        return max(sum(lengths[start:end]) for start, end in ends(splits))

    splits = min(combinations_with_replacement(range(len(matching) + 1), count - 1), key=longest)
    return [matching[start:end] for start, end in ends(splits)]


def _section(title: str, lines: tuple[tuple[str, str], ...]) -> QWidget:
    section = QWidget()
    grid = QGridLayout(section)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(3)
    grid.setColumnMinimumWidth(0, KEYS_PX)
    grid.setColumnStretch(1, 1)
    grid.addWidget(QLabel(f"<b>{title}</b>"), 0, 0, 1, 2)
    for row, texts in enumerate(lines, start=1):
        for place, text in enumerate(texts):
            label = QLabel(text, textFormat=Qt.TextFormat.PlainText)
            label.setWordWrap(place == 0)
            grid.addWidget(label, row, place)
    return section
