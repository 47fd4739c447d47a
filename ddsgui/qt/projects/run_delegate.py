"""Draws a run of the list: thumbnail, star, name, and what it was made with."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ddsgui.project.run_list import RunRow
from ddsgui.qt.projects.run_model import OTHER_ROLE, ROW_ROLE, THUMBNAIL_PX
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
        pixmaps = index.data(Qt.ItemDataRole.DecorationRole), index.data(OTHER_ROLE)
        self._paint_pictures(painter, self._picture_area(card), pixmaps[: len(row.runs)])
        self._paint_text(painter, self._text_area(card), palette, row)
        is_chosen = bool(flags & QStyle.StateFlag.State_Selected)
        is_hovered = bool(flags & QStyle.StateFlag.State_MouseOver)
        role = QPalette.ColorRole.Dark if is_hovered else QPalette.ColorRole.Mid
        painter.setPen(
            QPen(palette.color(QPalette.ColorRole.Highlight if is_chosen else role), 2 if is_chosen else 1)
        )
        painter.drawPath(outline)
        painter.restore()

    def is_on_other(self, option_area: QRect, index: Index, at: QPoint) -> bool:
        """Return whether a point of a row is on the picture of the other direction."""
        row: RunRow = index.data(ROW_ROLE)
        area = self._picture_area(option_area.adjusted(row.depth * INDENT_PX, 0, 0, -GAP_PX))
        return row.other is not None and area.contains(at) and at.x() >= area.center().x()

    def _card(self, option: QStyleOptionViewItem, row: RunRow) -> QRect:
        area: QRect = option.rect  # type: ignore[attr-defined]
        return area.adjusted(row.depth * INDENT_PX, 0, 0, -GAP_PX)

    def _text_area(self, card: QRect) -> QRect:
        return card.adjusted(2 * PADDING_PX + THUMBNAIL_PX, PADDING_PX, -PADDING_PX, -PADDING_PX)

    def _picture_area(self, card: QRect) -> QRect:
        return QRect(card.left() + PADDING_PX, card.top() + PADDING_PX, THUMBNAIL_PX, THUMBNAIL_PX)

    def _paint_pictures(self, painter: QPainter, where: QRect, pixmaps: tuple[object, ...]) -> None:
        """Draw a picture, or the left half of one and the right half of another."""
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(where), 4, 4)
        painter.fillPath(clip, FRAME)
        width = where.width() // len(pixmaps)
        for i, pixmap in enumerate(pixmaps):
            part = QRect(where.left() + i * width, where.top(), width, where.height())
            if isinstance(pixmap, QPixmap):
                target = QRect(where.topLeft(), pixmap.deviceIndependentSize().toSize())
                target.moveCenter(where.center())
                painter.save()
                painter.setClipPath(clip)
                painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
                painter.drawPixmap(target, pixmap)
                painter.restore()
            else:
                painter.setPen(CAPTION)
                painter.drawText(part, Qt.AlignmentFlag.AlignCenter, "…")

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
