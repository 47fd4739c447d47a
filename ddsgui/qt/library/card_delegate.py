"""Draws a card of the library."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ddsgui.qt.library.card_model import STATE_ROLE
from ddsgui.qt.library.card_state import CardState
from ddsgui.qt.widgets.theme import CAPTION, FRAME

CARD_GAP_PX, PADDING_PX, CORNER_PX = 10, 10, 8  # between cards, within one, its corners
PICTURE_CARD_PX, TEXT_CARD_PX = 164, 236  # the minimum width of a card with a picture, and of one without
LINES = 4  # below the picture: title, facts, licence, family
PROGRESS_HEIGHT_PX = 3


class CardDelegate(QStyledItemDelegate):
    """Draws cards in cells whose size the list sets."""

    def __init__(self, parent: QObject, has_pictures: bool) -> None:
        super().__init__(parent)
        self.cell = QSize(PICTURE_CARD_PX, PICTURE_CARD_PX)
        self.has_pictures = has_pictures

    def height(self, width: int, metrics: QFontMetrics) -> int:
        """Return the height of a cell: a card with the gap below it."""
        picture = width - CARD_GAP_PX if self.has_pictures else 0
        return picture + LINES * (metrics.height() + 3) + 2 * PADDING_PX - 3 + CARD_GAP_PX

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self.cell

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        state: CardState = index.data(STATE_ROLE)
        palette = QApplication.palette()  # the list's own has a transparent base
        flags: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        card = QRect(option.rect).adjusted(0, 0, -CARD_GAP_PX, -CARD_GAP_PX)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        path.addRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), CORNER_PX, CORNER_PX)
        painter.fillPath(path, palette.base())
        text = card.adjusted(PADDING_PX, PADDING_PX, -PADDING_PX, -PADDING_PX)
        if self.has_pictures:
            picture = QRect(card.topLeft(), QSize(card.width(), card.width()))
            painter.setClipPath(path)
            self._picture(painter, picture, index, state)
            painter.setClipping(False)
            text.setTop(picture.bottom() + PADDING_PX)
        self._text(painter, text, palette, state)
        is_chosen = bool(flags & QStyle.StateFlag.State_Selected)
        is_hovered = bool(flags & QStyle.StateFlag.State_MouseOver)
        role = QPalette.ColorRole.Dark if is_hovered else QPalette.ColorRole.Mid
        pen = QPen(palette.color(QPalette.ColorRole.Highlight if is_chosen else role), 2 if is_chosen else 1)
        painter.setPen(pen)
        painter.drawPath(path)
        painter.restore()

    def _picture(
        self, painter: QPainter, where: QRect, index: QModelIndex | QPersistentModelIndex, state: CardState
    ) -> None:
        painter.fillRect(where, FRAME)
        pixmap = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(pixmap, QPixmap) and not pixmap.isNull():
            side = pixmap.size().scaled(where.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(where.topLeft(), side)
            target.moveCenter(where.center())
            painter.drawPixmap(target, pixmap)
            return
        painter.setPen(CAPTION)
        text = "No picture" if state.card.broken or state.no_thumbnail else "Drawing…"
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, text)

    def _text(self, painter: QPainter, where: QRect, palette: QPalette, state: CardState) -> None:
        font = QFont(painter.font())
        metrics = QFontMetrics(font)
        step = metrics.height() + 3
        bold = QFont(font)
        bold.setBold(True)
        line = QRect(where.left(), where.top(), where.width(), metrics.height())
        on_picture = QRect(
            line.left(), where.top() - where.width() - 2 * PADDING_PX - 1, line.width(), line.height()
        )
        badge_width = self._badge(painter, on_picture if self.has_pictures else line, palette, state)
        painter.setFont(bold)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        self._line(
            painter, line.adjusted(0, 0, 0 if self.has_pictures else -badge_width, 0), state.card.title
        )
        painter.setFont(font)
        card = state.card
        lines = [state.broken] if card.broken else [state.facts, state.licence, state.family]
        for i, words in enumerate(lines):
            line.translate(0, step)
            dim = QPalette.ColorRole.Text if i == 0 else QPalette.ColorRole.PlaceholderText
            painter.setPen(palette.color(QPalette.ColorRole.BrightText if card.broken else dim))
            if card.broken:
                box = line.adjusted(0, 0, 0, 2 * step)
                painter.drawText(box, Qt.TextFlag.TextWordWrap, words)
            elif i == 0 and state.is_downloading:
                self._progress(painter, line, palette, state)
                painter.setPen(palette.color(dim))
                self._line(painter, line, words)
            else:
                self._line(painter, line, words)

    def _badge(self, painter: QPainter, line: QRect, palette: QPalette, state: CardState) -> int:
        """Draw the badge on the right; return the width that it takes."""
        words = state.badge
        small = QFont(painter.font())
        small.setPointSizeF(small.pointSizeF() * 0.85)
        metrics = QFontMetrics(small)
        width = metrics.horizontalAdvance(words) + 12
        pill = QRect(line.right() + 1 - width, line.top() - 1, width, line.height() + 2)
        loud = {
            "broken": QPalette.ColorRole.BrightText,
            "bundled": QPalette.ColorRole.Text,
        }.get(words, QPalette.ColorRole.Highlight)
        colour = QColor(palette.color(loud))
        ground = QColor(colour)
        ground.setAlphaF(0.16)
        painter.setPen(Qt.PenStyle.NoPen)
        for brush in (palette.base(), ground):  # the first hides the picture
            painter.setBrush(brush)
            painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        previous = painter.font()
        painter.setFont(small)
        painter.setPen(
            palette.color(QPalette.ColorRole.Link) if loud == QPalette.ColorRole.Highlight else colour
        )
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)
        painter.setFont(previous)
        return width + 6

    def _progress(self, painter: QPainter, line: QRect, palette: QPalette, state: CardState) -> None:
        """Draw the progress of a download as a thin bar."""
        bar = QRectF(line.left(), line.bottom() + 1, line.width(), PROGRESS_HEIGHT_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(bar, palette.color(QPalette.ColorRole.Mid))
        painter.fillRect(
            QRectF(bar.left(), bar.top(), bar.width() * (state.progress or 0.0), bar.height()),
            palette.color(QPalette.ColorRole.Highlight),
        )

    @staticmethod
    def _line(painter: QPainter, where: QRect, words: str) -> None:
        elided = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, where.width())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
