"""The list of examples, each cropped as for the training."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from ddsgui.editing.example import Example
from ddsgui.editing.example_crop import Crop
from ddsgui.qt.widgets.item_views import SLIM_SCROLL_BAR, paint_placeholder
from ddsgui.qt.widgets.pixmaps import thumbnail

ICON_PX, CELL_PX, PADDING_PX = 82, 92, 4
PLACEHOLDER = "Your pictures will be listed here."
STYLE = f"""
PictureList {{
    background: palette(base);
    border: 1px solid palette(mid);
    border-radius: 8px;
    padding: {PADDING_PX}px;
}}
"""

Role = Qt.ItemDataRole


class PictureList(QListWidget):
    """Two columns. One picture is current; several can be selected for removal."""

    chosen = Signal(object)  # the current Example, or None
    counted = Signal(int)  # number of examples

    def __init__(self, resolution: int = 128) -> None:
        super().__init__()
        self._resolution = resolution
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.setGridSize(QSize(CELL_PX, CELL_PX))
        self.setItemDelegate(_Framed(self))
        self.setStyleSheet(STYLE + SLIM_SCROLL_BAR)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        # The view reserves room for a scroll bar of the style's width, whatever the style sheet says.
        reserved = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self.setFixedWidth(2 * CELL_PX + max(reserved, 16) + 2 * PADDING_PX + 6)
        self.setAccessibleName("Example pictures")
        self.currentItemChanged.connect(lambda item, _: self.chosen.emit(_example(item)))

    @property
    def examples(self) -> tuple[Example, ...]:
        """All examples, in the order in which they were added."""
        return tuple(example for i in range(self.count()) if (example := _example(self.item(i))) is not None)

    @property
    def current(self) -> Example | None:
        return _example(self.currentItem())

    def add(self, examples: Iterable[Example]) -> None:
        """Append examples; the first of all becomes current."""
        for example in examples:
            item = QListWidgetItem()
            item.setToolTip(f"{example.path.name}, {example.width} × {example.height} pixels")
            item.setData(Role.AccessibleTextRole, example.path.name)
            item.setSizeHint(QSize(CELL_PX, CELL_PX))
            self._show(item, example)
            self.addItem(item)
        if self.currentItem() is None and self.count():
            self.setCurrentRow(0)
        self.counted.emit(self.count())

    def crop_current(self, crop: Crop) -> Example | None:
        """Change the crop of the current example and return it."""
        item, example = self.currentItem(), self.current
        if example is None:
            return None
        example = example.cropped(crop)
        self._show(item, example)
        return example

    def remove_selected(self) -> None:
        """Remove the selected examples; the next one becomes current."""
        rows = sorted(self.row(item) for item in self.selectedItems())
        for row in reversed(rows):
            self.takeItem(row)
        if rows and self.count():
            self.setCurrentRow(min(rows[0], self.count() - 1))
        self.counted.emit(self.count())

    def set_resolution(self, resolution: int) -> None:
        """Set the resolution at which the pictures are shown."""
        if resolution != self._resolution:
            self._resolution = resolution
            for i, example in enumerate(self.examples):
                self._show(self.item(i), example)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.count():
            paint_placeholder(self, PLACEHOLDER, margin=16)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_selected()
        else:
            super().keyPressEvent(event)

    def _show(self, item: QListWidgetItem, example: Example) -> None:
        item.setData(Role.UserRole, example)
        item.setIcon(QIcon(thumbnail(example.preview(self._resolution), ICON_PX, self.devicePixelRatioF())))


class _Framed(QStyledItemDelegate):
    """Draws a frame around selected pictures, because a tint would change their colours."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        cell = QRect(0, 0, ICON_PX, ICON_PX)
        cell.moveCenter(option.rect.center())  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        index.data(Role.DecorationRole).paint(painter, cell)
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]
            painter.setPen(QPen(option.palette.highlight(), 3))  # type: ignore[attr-defined]
            painter.drawRoundedRect(cell.adjusted(-2, -2, 2, 2), 3, 3)
        painter.restore()


def _example(item: QListWidgetItem | None) -> Example | None:
    return None if item is None else item.data(Role.UserRole)
