"""A list of cards in rows as wide as the window allows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView

from ddsgui.qt.library.card_delegate import CARD_GAP_PX, PICTURE_CARD_PX, TEXT_CARD_PX, CardDelegate
from ddsgui.qt.library.card_model import STATE_ROLE, Index
from ddsgui.qt.library.card_state import CardState
from ddsgui.qt.widgets.item_views import SCROLL_BAR_PX, SLIM_SCROLL_BAR, paint_placeholder

STYLE = "CardList { background: transparent; border: none; }" + SLIM_SCROLL_BAR


class CardList(QListView):
    """A view of cards, one of which is chosen with the mouse, the arrow keys or the first letters of its title."""

    chosen = Signal()  # another card is chosen, or the chosen one has changed

    def __init__(self, name: str, model: QAbstractItemModel, has_pictures: bool) -> None:
        super().__init__()
        self.placeholder = ""  # shown if there are no cards
        self._delegate = CardDelegate(self, has_pictures)
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setStyleSheet(STYLE)
        self.setAcceptDrops(False)  # the dialog accepts drops
        self.setTabKeyNavigation(False)
        self.setAccessibleName(name)
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self._choose_some)

    @property
    def current(self) -> CardState | None:
        """The chosen card."""
        return self.currentIndex().data(STATE_ROLE)

    def choose(self, kind: str, name: str) -> bool:
        """Choose a card; return whether the list has it."""
        model = self.model()
        for row in range(model.rowCount()):
            index = model.index(row, 0)
            card = index.data(STATE_ROLE).card
            if (card.kind, card.name) == (kind, name):
                self.setCurrentIndex(index)
                self.scrollTo(index)
                return True
        return False

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)  # type: ignore[arg-type]
        self.chosen.emit()

    def dataChanged(self, topLeft: Index, bottomRight: Index, roles: Sequence[int] = ()) -> None:
        super().dataChanged(topLeft, bottomRight, roles)  # type: ignore[arg-type]
        if topLeft.row() <= self.currentIndex().row() <= bottomRight.row():
            self.chosen.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.model().rowCount():
            paint_placeholder(self, self.placeholder, margin=40)

    def _choose_some(self) -> None:
        """Choose a card if there are cards and none is chosen."""
        if not self.currentIndex().isValid() and self.model().rowCount():
            self.setCurrentIndex(self.model().index(0, 0))
        elif not self.model().rowCount():
            self.chosen.emit()

    def _fit(self) -> None:
        """Show as many cards per row as fit, and let them fill the width."""
        width = self.contentsRect().width() - SCROLL_BAR_PX - 2  # reserved, so that no card moves
        minimum = PICTURE_CARD_PX if self._delegate.has_pictures else TEXT_CARD_PX
        cell_width = width // max(1, width // (minimum + CARD_GAP_PX))
        cell = QSize(cell_width, self._delegate.height(cell_width, self.fontMetrics()))
        self._delegate.cell = cell
        self.setGridSize(cell)
