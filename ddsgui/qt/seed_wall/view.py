"""The view of the seed wall: several seeds can be chosen, starred and dragged."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from ddsgui.qt.seed_wall.delegate import WallDelegate
from ddsgui.qt.seed_wall.drop import seed_data
from ddsgui.qt.seed_wall.model import ITEM_ROLE, Index, WallItem, WallModel
from ddsgui.qt.seed_wall.options import WallOptions
from ddsgui.qt.widgets.item_views import SLIM_SCROLL_BAR, paint_placeholder

STYLE = "WallView { background: transparent; border: none; }" + SLIM_SCROLL_BAR
NOTCH = 120  # of a wheel, in eighths of a degree
NO_STARRED = "No seed is starred yet."


class WallView(QListView):
    """Seeds in rows as wide as the window allows."""

    chosen = Signal()  # other seeds are chosen
    star_clicked = Signal(object)  # the seed
    resize_wanted = Signal(int)  # of the pictures, by so many notches of the wheel

    def __init__(self, model: WallModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._wall = model
        self._delegate = WallDelegate(self, model)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setDragEnabled(True)  # after the movement, which switches it off
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setStyleSheet(STYLE)
        self.setAccessibleName("Seeds")
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        self.selectionModel().currentChanged.connect(lambda *_: self.chosen.emit())
        model.modelReset.connect(self.chosen)

    @property
    def current(self) -> WallItem | None:
        """The seed with the focus."""
        return self.currentIndex().data(ITEM_ROLE)

    @property
    def chosen_items(self) -> list[WallItem]:
        """The chosen seeds in the order of the wall."""
        indexes = sorted(self.selectedIndexes(), key=lambda index: index.row())
        return [index.data(ITEM_ROLE) for index in indexes]

    def show_options(self, options: WallOptions) -> None:
        """Show the pictures that the options name, in their size and order."""
        is_other_order = options.order != self._delegate.options.order
        self._delegate.options = options
        self._delegate.cell = self._delegate.cell_size(self.fontMetrics())
        self.setGridSize(self._delegate.cell)
        if is_other_order:
            self._wall.set_order(options.order)
        self.viewport().update()

    def seeds_from_visible(self) -> tuple[int, ...]:
        """Return all seeds in their order, from the first that is visible on, those above it last."""
        first, seeds = self.indexAt(QPoint(4, 4)), self._wall.seeds
        row = max(0, first.row())
        return seeds[row:] + seeds[:row]

    def cell_of(self, seed: int) -> Index:
        """Return the index of a seed."""
        return self._wall.index(self._wall.row_of(seed))

    # ---- QListView

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._is_star(event):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self._is_star(event):
            super().mouseDoubleClickEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.resize_wanted.emit(round(event.angleDelta().y() / NOTCH))
            event.accept()
        else:
            super().wheelEvent(event)

    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        if (item := self.current) is None:
            return
        drag = QDrag(self)
        drag.setMimeData(seed_data(item.seed))
        if item.picture is not None:
            name = "source" if self._delegate.options.shown == "all" else self._delegate.options.shown
            side = self._delegate.options.side
            drag.setPixmap(self._wall.pixmap(item.picture, name, side, self.devicePixelRatioF()))
        drag.exec(Qt.DropAction.CopyAction)

    def keyboardSearch(self, search: str) -> None:
        """Do nothing: letters are the keys of actions."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._wall.rowCount():
            paint_placeholder(self, NO_STARRED, margin=40)

    def _is_star(self, event: QMouseEvent) -> bool:
        """Return whether a click is on a star, and act on it."""
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            return False
        star = self._delegate.star_rect(self.visualRect(index), self.fontMetrics())
        is_star = star.contains(event.position().toPoint())
        if is_star:
            self.star_clicked.emit(index.data(ITEM_ROLE).seed)
        return is_star

    def star_point(self, seed: int) -> QPoint:
        """Return the middle of a seed's star, in the viewport."""
        return self._delegate.star_rect(self.visualRect(self.cell_of(seed)), self.fontMetrics()).center()
