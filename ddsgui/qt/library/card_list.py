"""The cards in rows, as wide as the page allows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem

from ddsgui.qt.library.card_delegate import GAP, PICTURE_CARD, ROLE, TEXT_CARD, CardDelegate, CardState
from ddsgui.qt.widgets.item_views import SCROLL_BAR_PX, SLIM_SCROLL_BAR, paint_placeholder

STYLE = "CardList { background: transparent; border: none; }" + SLIM_SCROLL_BAR


class CardList(QListWidget):
    """One card is chosen, by mouse, arrows or the first letters of its title."""

    chosen = Signal(object)  # Shown, or None

    def __init__(self, name: str, empty: str, pictures: bool) -> None:
        """`empty` is said where there is no card."""
        super().__init__()
        self._empty, self._pixmaps = empty, dict[Path, QPixmap]()
        self._painter = CardDelegate(self)
        self._painter.pictures = pictures
        self.setItemDelegate(self._painter)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setStyleSheet(STYLE)
        self.setAcceptDrops(False)  # the page takes what is dropped
        self.setTabKeyNavigation(False)
        self.setAccessibleName(name)
        self.currentItemChanged.connect(lambda item, _: self.chosen.emit(_shown(item)))

    @property
    def current(self) -> CardState | None:
        """The chosen card."""
        return _shown(self.currentItem())

    def show_cards(self, cards: Iterable[CardState], empty: str = "") -> None:
        """Replace all; the choice stays if it is still there, or goes to what is in its place."""
        cards = list(cards)
        if empty:
            self._empty = empty
        keys = [shown.key for shown in cards]
        before, row = self.current, self.currentRow()
        self.blockSignals(True)
        if keys == [shown.key for i in range(self.count()) if (shown := _shown(self.item(i))) is not None]:
            for i, shown in enumerate(cards):
                self._put(self.item(i), shown)
        else:
            self.clear()
            for shown in cards:
                item = QListWidgetItem()
                self._put(item, shown)
                self.addItem(item)
            if cards:
                key = None if before is None else before.key
                self.setCurrentRow(keys.index(key) if key in keys else max(0, min(row, len(cards) - 1)))
        self.blockSignals(False)
        self.viewport().update()
        self.chosen.emit(self.current)

    def choose(self, kind: str, name: str) -> bool:
        """Choose a card; False if it is not here."""
        for i in range(self.count()):
            shown = _shown(self.item(i))
            if shown is not None and (shown.card.kind, shown.card.name) == (kind, name):
                self.setCurrentRow(i)
                self.scrollToItem(self.item(i))
                return True
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.count():
            paint_placeholder(self, self._empty, margin=40)

    def _fit(self) -> None:
        """As many abreast as there is room for, and all the room used."""
        room = (
            self.contentsRect().width() - SCROLL_BAR_PX - 2
        )  # with or without a scroll bar, or cards would jump
        least = PICTURE_CARD if self._painter.pictures else TEXT_CARD
        width = room // max(1, room // (least + GAP))
        cell = QSize(width, self._painter.height(width, self.fontMetrics()))
        self._painter.cell = cell
        self.setGridSize(cell)

    def _put(self, item: QListWidgetItem, shown: CardState) -> None:
        item.setData(ROLE, shown)
        item.setData(Qt.ItemDataRole.DisplayRole, shown.card.title)  # found by its first letters
        item.setData(Qt.ItemDataRole.AccessibleTextRole, shown.spoken)
        item.setToolTip(shown.card.broken or shown.undrawn or shown.card.description)
        if (path := shown.card.thumbnail) is not None:
            if path not in self._pixmaps:
                self._pixmaps[path] = QPixmap(str(path))
            item.setData(Qt.ItemDataRole.DecorationRole, self._pixmaps[path])


def _shown(item: QListWidgetItem | None) -> CardState | None:
    return None if item is None else item.data(ROLE)
