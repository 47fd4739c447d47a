"""Draws a seed of the wall: its pictures side by side, and below them its number, its measure and its star."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPalette, QPen
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ddsgui.qt.seed_wall.model import ITEM_ROLE, WallItem, WallModel
from ddsgui.qt.seed_wall.options import WallOptions
from ddsgui.qt.widgets.theme import CAPTION, FRAME

CELL_GAP_PX, PICTURE_GAP_PX, PADDING_PX, CORNER_PX = 8, 2, 4, 5
STAR, NO_STAR = "★", "☆"
PICTURES = ("source", "target", "live")


class WallDelegate(QStyledItemDelegate):
    """Draws seeds as large as the options say."""

    def __init__(self, parent: QObject, model: WallModel) -> None:
        super().__init__(parent)
        self._model = model
        self.options = WallOptions()
        self.cell = QSize()  # set by the view: cell_size()

    @property
    def pictures(self) -> tuple[str, ...]:
        """The pictures that are shown of each seed."""
        return PICTURES if self.options.shown == "all" else (self.options.shown,)

    def cell_size(self, metrics: QFontMetrics) -> QSize:
        """Return the size of a cell: a seed with the gap around it."""
        count, side = len(self.pictures), self.options.side
        width = count * side + (count - 1) * PICTURE_GAP_PX + 2 * PADDING_PX + CELL_GAP_PX
        return QSize(width, side + metrics.height() + 3 * PADDING_PX + CELL_GAP_PX)

    def star_rect(self, cell: QRect, metrics: QFontMetrics) -> QRect:
        """Return where the star of a cell is."""
        caption = self._caption(cell, metrics)
        width = caption.height() + 4
        return QRect(caption.right() + 1 - width, caption.top(), width, caption.height())

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self.cell

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item: WallItem = index.data(ITEM_ROLE)
        palette, cell = QApplication.palette(), QRect(option.rect)  # type: ignore[attr-defined]
        flags: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        card = cell.adjusted(0, 0, -CELL_GAP_PX, -CELL_GAP_PX)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), CORNER_PX, CORNER_PX)
        painter.fillPath(path, palette.base())
        side = self.options.side
        at = card.topLeft() + QPoint(PADDING_PX, PADDING_PX)
        for name in self.pictures:
            self._picture(painter, QRect(at, QSize(side, side)), item, name)
            at += QPoint(side + PICTURE_GAP_PX, 0)
        self._words(painter, cell, item, palette, bool(flags & QStyle.StateFlag.State_MouseOver))
        is_chosen = bool(flags & QStyle.StateFlag.State_Selected)
        has_focus = bool(flags & QStyle.StateFlag.State_HasFocus)
        role = QPalette.ColorRole.WindowText if has_focus else QPalette.ColorRole.Mid
        pen = QPen(palette.color(QPalette.ColorRole.Highlight if is_chosen else role), 2 if is_chosen else 1)
        if has_focus and not is_chosen:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawPath(path)
        painter.restore()

    def _picture(self, painter: QPainter, where: QRect, item: WallItem, name: str) -> None:
        painter.fillRect(where, FRAME)
        if item.picture is None:
            painter.setPen(CAPTION)
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, "…")
            return
        ratio = painter.device().devicePixelRatioF()
        pixmap = self._model.pixmap(item.picture, name, self.options.side, ratio)
        target = QRect(where.topLeft(), pixmap.deviceIndependentSize().toSize())
        target.moveCenter(where.center())
        painter.drawPixmap(target, pixmap)

    def _words(
        self, painter: QPainter, cell: QRect, item: WallItem, palette: QPalette, is_hovered: bool
    ) -> None:
        metrics = painter.fontMetrics()
        star, caption = self.star_rect(cell, metrics), self._caption(cell, metrics)
        if item.is_starred or is_hovered:
            role = QPalette.ColorRole.Link if item.is_starred else QPalette.ColorRole.PlaceholderText
            painter.setPen(palette.color(role))
            painter.drawText(star, Qt.AlignmentFlag.AlignCenter, STAR if item.is_starred else NO_STAR)
        caption.setRight(star.left() - 1)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        words = metrics.elidedText(
            f"{item.seed}{self._measure(item)}", Qt.TextElideMode.ElideRight, caption.width()
        )
        painter.drawText(caption, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def _measure(self, item: WallItem) -> str:
        """Return the measure that the wall is sorted by."""
        picture = item.picture
        if picture is not None and self.options.order == "difference":
            return f"  ·  {picture.difference:.0f}"
        if picture is not None and self.options.order == "overlap":
            return f"  ·  {picture.overlap:.0%}"
        return ""

    @staticmethod
    def _caption(cell: QRect, metrics: QFontMetrics) -> QRect:
        bottom = cell.bottom() - CELL_GAP_PX - PADDING_PX
        left, width = cell.left() + PADDING_PX + 2, cell.width() - CELL_GAP_PX - 2 * PADDING_PX - 2
        return QRect(left, bottom + 1 - metrics.height(), width, metrics.height())
