"""The model of all cards, and the filter for each tab."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QPixmap

from ddsgui.jobs.library import ThumbnailResult
from ddsgui.library.card import Card
from ddsgui.qt.library.card_state import CardState
from ddsgui.qt.library.downloads import DownloadState

STATE_ROLE = int(Qt.ItemDataRole.UserRole)  # of the CardState
ROOT = QModelIndex()

Index = QModelIndex | QPersistentModelIndex


class CardModel(QAbstractListModel):
    """One row per card. A change of one card, such as a download's progress, concerns its row only."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._states: list[CardState] = []
        self._downloads: dict[str, DownloadState] = {}
        self._thumbnails: dict[Path, ThumbnailResult] = {}
        self._awaited: str | None = None
        self._pixmaps: dict[Path, QPixmap] = {}

    @property
    def states(self) -> list[CardState]:
        """All cards."""
        return list(self._states)

    @property
    def awaited(self) -> CardState | None:
        """The card whose web page was opened and whose file is expected to be dropped."""
        return next((state for state in self._states if state.is_awaited), None)

    def set_cards(self, cards: Iterable[Card]) -> None:
        """Show these cards; keep the rows of the cards that stay, and so the choice of a view."""
        # The cards have their thumbnails by now; only the reasons for missing thumbnails are kept.
        self._thumbnails = {path: r for path, r in self._thumbnails.items() if r.thumbnail is None}
        states = [self._state(card) for card in cards]
        keys = {state.key for state in states}
        for row in reversed(range(len(self._states))):
            if self._states[row].key not in keys:
                self.beginRemoveRows(ROOT, row, row)
                del self._states[row]
                self.endRemoveRows()
        old = {state.key for state in self._states}
        if [state.key for state in self._states] != [state.key for state in states if state.key in old]:
            self.beginResetModel()  # the order has changed
            self._states = states
            self.endResetModel()
            return
        for row, state in enumerate(states):
            if state.key in old:
                self._replace(row, state)
            else:
                self.beginInsertRows(ROOT, row, row)
                self._states.insert(row, state)
                self.endInsertRows()

    def set_download(self, name: str, download: DownloadState | None) -> None:
        """Show the progress of a download; None: it is not running."""
        if download is None:
            self._downloads.pop(name, None)
        else:
            self._downloads[name] = download
        self._refresh({name})

    def set_awaited(self, name: str | None) -> None:
        """Show that a file downloaded by hand is expected."""
        names, self._awaited = {self._awaited, name}, name
        self._refresh(names)

    def set_thumbnails(self, results: Iterable[ThumbnailResult]) -> None:
        """Show thumbnails that have been drawn."""
        self._thumbnails.update((result.entry.path, result) for result in results)
        self._refresh({result.entry.name for result in results})

    def has_thumbnail_result(self, card: Card) -> bool:
        """Return whether a card has a thumbnail, or a reason for having none."""
        return card.thumbnail is not None or (card.entry is not None and card.entry.path in self._thumbnails)

    # ---- for views

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._states)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        state = self._states[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:  # for the view's search by first letters
                return state.card.title
            case Qt.ItemDataRole.ToolTipRole:
                return state.tooltip
            case Qt.ItemDataRole.AccessibleTextRole:
                return state.spoken
            case Qt.ItemDataRole.DecorationRole:
                return self._pixmap(state.card.thumbnail)
            case _:
                return state if role == STATE_ROLE else None

    # ---- internals

    def _state(self, card: Card) -> CardState:
        if card.entry is None:
            return CardState(card, self._downloads.get(card.name), card.name == self._awaited)
        result = self._thumbnails.get(card.entry.path)
        if result is None:
            return CardState(card)
        if card.thumbnail is None:
            card = replace(card, thumbnail=result.thumbnail)
        return CardState(card, no_thumbnail=result.problem if result.thumbnail is None else "")

    def _refresh(self, names: set[str] | set[str | None]) -> None:
        for row, state in enumerate(self._states):
            if state.card.name in names:
                self._replace(row, self._state(state.card))

    def _replace(self, row: int, state: CardState) -> None:
        if self._states[row] != state:
            self._states[row] = state
            self.dataChanged.emit(self.index(row), self.index(row))

    def _pixmap(self, path: Path | None) -> QPixmap | None:
        if path is None:
            return None
        if path not in self._pixmaps:
            self._pixmaps[path] = QPixmap(str(path))
        return self._pixmaps[path]


class CardFilter(QSortFilterProxyModel):
    """The cards of one tab that contain all words of the filter."""

    def __init__(self, model: CardModel, tab: int, parent: QObject) -> None:
        super().__init__(parent)
        self._tab, self._words = tab, list[str]()
        self.setSourceModel(model)

    def set_words(self, text: str) -> None:
        """Show the cards that contain all words of `text`."""
        self._words = text.lower().split()
        self.setFilterFixedString(text)  # filters all rows again

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        state: CardState = self.sourceModel().index(source_row, 0).data(STATE_ROLE)
        return tab_of(state.card) == self._tab and state.matches(self._words)


def tab_of(card: Card) -> int:
    """Return the tab of a card: 0 for domains, 1 for parts, 2 for downloads."""
    if card.entry is None:
        return 2
    return 0 if card.kind == "domain" else 1
