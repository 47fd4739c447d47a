"""Draws a run of the list: thumbnail, star, name, and what it was made with."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ddsgui.project.run_list import RunRow
from ddsgui.qt.projects.run_model import ROW_ROLE, THUMBNAIL_PX
from ddsgui.qt.widgets.theme import CAPTION, FRAME

GAP_PX, PADDING_PX, CORNER_PX, INDENT_PX = 6, 8, 8, 14
HEIGHT_PX = THUMBNAIL_PX + 2 * PADDING_PX

Index = QModelIndex | QPersistentModelIndex


class RunDelegate(QStyledItemDelegate):
    """Draws a card per run; those that continue another one are indented below it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(HEIGHT_PX, HEIGHT_PX + GAP_PX)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        row: RunRow = index.data(ROW_ROLE)
        text = self._text_area(self._card(option, row))
        editor.setGeometry(text.left() - 4, text.top() - 3, text.width() + 4, editor.sizeHint().height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: RunRow = index.data(ROW_ROLE)
        palette, card = QApplication.palette(), self._card(option, row)
        flags: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), CORNER_PX, CORNER_PX)
        painter.fillPath(outline, palette.base())
        self._paint_picture(painter, card, index.data(Qt.ItemDataRole.DecorationRole))
        self._paint_text(painter, self._text_area(card), palette, row)
        is_chosen = bool(flags & QStyle.StateFlag.State_Selected)
        is_hovered = bool(flags & QStyle.StateFlag.State_MouseOver)
        role = QPalette.ColorRole.Dark if is_hovered else QPalette.ColorRole.Mid
        painter.setPen(
            QPen(palette.color(QPalette.ColorRole.Highlight if is_chosen else role), 2 if is_chosen else 1)
        )
        painter.drawPath(outline)
        painter.restore()

    def _card(self, option: QStyleOptionViewItem, row: RunRow) -> QRect:
        area: QRect = option.rect  # type: ignore[attr-defined]
        return area.adjusted(row.depth * INDENT_PX, 0, 0, -GAP_PX)

    def _text_area(self, card: QRect) -> QRect:
        return card.adjusted(2 * PADDING_PX + THUMBNAIL_PX, PADDING_PX, -PADDING_PX, -PADDING_PX)

    def _paint_picture(self, painter: QPainter, card: QRect, pixmap: object) -> None:
        where = QRect(card.left() + PADDING_PX, card.top() + PADDING_PX, THUMBNAIL_PX, THUMBNAIL_PX)
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(where), 4, 4)
        painter.fillPath(clip, FRAME)
        if isinstance(pixmap, QPixmap):
            size = pixmap.deviceIndependentSize().toSize()
            target = QRect(where.topLeft(), size)
            target.moveCenter(where.center())
            painter.save()
            painter.setClipPath(clip)
            painter.drawPixmap(target, pixmap)
            painter.restore()
        else:
            painter.setPen(CAPTION)
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, "…")

    def _paint_text(self, painter: QPainter, area: QRect, palette: QPalette, row: RunRow) -> None:
        line = QRect(area.left(), area.top(), area.width(), area.height() // 3)
        bold = QFont(painter.font())
        bold.setBold(True)
        small = QFont(painter.font())
        small.setPointSizeF(small.pointSizeF() * 0.92)
        title = line
        if row.run.summary.starred:
            painter.setPen(palette.color(QPalette.ColorRole.Highlight))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "★")
            title = line.adjusted(0, 0, -18, 0)
        for where, font, role, text in (
            (title, bold, QPalette.ColorRole.Text, row.title),
            (line.translated(0, line.height()), small, QPalette.ColorRole.Text, row.lines[0]),
            (line.translated(0, 2 * line.height()), small, QPalette.ColorRole.PlaceholderText, row.lines[1]),
        ):
            painter.setFont(font)
            painter.setPen(palette.color(role))
            elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, where.width())
            painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
