"""The list of export formats, each with a line that says what it is good for."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from ddsgui.export.registry import FORMATS, ExportFormat, Kind
from ddsgui.qt.widgets.item_views import SLIM_SCROLL_BAR

WIDTH_PX = 316
HEADINGS: dict[Kind, str] = {
    "picture": "Picture",
    "animation": "Animation",
    "layers": "Layers",
    "sheet": "Sheets",
}
NAME_ROLE, LINE_ROLE, SUFFIX_ROLE = (Qt.ItemDataRole.UserRole + number for number in range(3))


class FormatList(QListWidget):
    """The formats by kind, under headings that cannot be chosen."""

    format_chosen = Signal(object)  # ExportFormat

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Formats")
        self.setFixedWidth(WIDTH_PX)
        self.setItemDelegate(FormatDelegate(self))
        self.setStyleSheet(f"QListWidget {{ border: none; background: palette(base); }} {SLIM_SCROLL_BAR}")
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        heading = ""
        for fmt in FORMATS.values():
            if HEADINGS[fmt.kind] != heading:
                heading = HEADINGS[fmt.kind]
                self.addItem(_heading(heading))
            self.addItem(_item(fmt))
        self.currentItemChanged.connect(lambda *_: self.format_chosen.emit(self.format))

    @property
    def format(self) -> ExportFormat:
        """The chosen format."""
        item = self.currentItem()
        return FORMATS[item.data(NAME_ROLE) if item is not None else "png"]

    def choose(self, name: str) -> None:
        """Choose a format; an unknown name chooses the first."""
        for row in range(self.count()):
            if self.item(row).data(NAME_ROLE) == (name if name in FORMATS else "png"):
                self.setCurrentRow(row)
                self.scrollToItem(self.item(row))


class FormatDelegate(QStyledItemDelegate):
    """Draws a format as its title, the suffix on the right, and a line below them."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        line = QFontMetrics(QApplication.font()).height()
        return QSize(WIDTH_PX, 2 * line + 15 if index.data(NAME_ROLE) else line + 18)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        palette = QApplication.palette()
        flags: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        area = QRect(option.rect)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not index.data(NAME_ROLE):
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            small = QFont(painter.font())
            small.setPointSizeF(small.pointSizeF() * 0.88)
            small.setBold(True)
            painter.setFont(small)
            below = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
            painter.drawText(area.adjusted(14, 0, -8, -3), below, index.data(Qt.ItemDataRole.DisplayRole))
            painter.restore()
            return
        is_chosen = bool(flags & QStyle.StateFlag.State_Selected)
        if is_chosen or flags & QStyle.StateFlag.State_MouseOver:
            role = QPalette.ColorRole.Highlight if is_chosen else QPalette.ColorRole.Mid
            ground = QColor(palette.color(role))
            ground.setAlphaF(0.28 if is_chosen else 0.35)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(QRectF(area).adjusted(6, 1, -6, -1), 6, 6)
        text = area.adjusted(14, 5, -14, -5)
        metrics = painter.fontMetrics()
        first = QRect(text.left(), text.top(), text.width(), metrics.height())
        bold = QFont(painter.font())
        bold.setBold(True)
        plain = QFont(painter.font())
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        painter.setFont(bold)
        painter.drawText(first, left, index.data(Qt.ItemDataRole.DisplayRole))
        painter.setFont(plain)
        # On the colour of the choice, dim text would be hard to read.
        dim = QPalette.ColorRole.Text if is_chosen else QPalette.ColorRole.PlaceholderText
        painter.setPen(palette.color(dim))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(first, right, index.data(SUFFIX_ROLE))
        second = first.translated(0, metrics.height() + 3)
        line = metrics.elidedText(index.data(LINE_ROLE), Qt.TextElideMode.ElideRight, second.width())
        painter.drawText(second, left, line)
        painter.restore()


def _heading(text: str) -> QListWidgetItem:
    item = QListWidgetItem(text)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _item(fmt: ExportFormat) -> QListWidgetItem:
    item = QListWidgetItem(fmt.title)
    item.setData(NAME_ROLE, fmt.name)
    item.setData(LINE_ROLE, fmt.description)
    item.setData(SUFFIX_ROLE, fmt.suffix or "folder")
    item.setToolTip(fmt.description)
    item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, fmt.description)
    return item
