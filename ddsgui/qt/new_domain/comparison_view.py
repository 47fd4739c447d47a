"""Eight latents drawn by two domains, the source above the adapted one, and the examples below them."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from ddsgui.jobs.adaptation_values import GRID_LATENTS
from ddsgui.qt.widgets.pixmaps import to_pixmap
from ddsgui.qt.widgets.theme import CAPTION, CORNER, FRAME, TITLE

MARGIN, GAP, HEADER, MAX_CELL_PX = 14, 6, 28, 256  # widget pixels
EMPTY_CELL = FRAME.lighter(125)


class Row(IntEnum):
    BEFORE = 0
    AFTER = 1
    EXAMPLES = 2


class ComparisonView(QWidget):
    """Three rows of pictures. In the first two rows, pictures below each other have the same latent."""

    def __init__(self) -> None:
        super().__init__()
        self._titles = ["", "", ""]
        self._captions = ["", "", ""]
        self._waiting = ""
        self._rows: list[list[QPixmap]] = [[], [], []]
        self.setMinimumSize(480, 300)
        self.setAccessibleName("Pictures before and after, and the examples")

    def sizeHint(self) -> QSize:
        return QSize(1080, 490)

    def clear(self) -> None:
        """Show empty cells without titles."""
        for row in Row:
            self.show_row(row, "", None)

    def show_row(self, row: Row, title: str, pictures: np.ndarray | None, caption: str = "") -> None:
        """Show pictures, uint8 [GRID_LATENTS or fewer, H, W, 3], with a title (left) and a caption (right) above."""
        self._titles[row], self._captions[row] = title, caption
        self._rows[row] = [] if pictures is None else [to_pixmap(picture) for picture in pictures]
        before, after, _ = self._titles
        described = f"Above {before}, below {after}, {self._captions[Row.AFTER]}" if before else "Nothing yet"
        self.setAccessibleDescription(described)
        self.update()

    def show_waiting(self, text: str) -> None:
        """Show a text instead of pictures that are not ready yet; "" for none."""
        self._waiting = text
        self.update()

    def cell(self, row: int, column: int) -> QRectF:
        """Return the area of a picture, in widget pixels."""
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN / 2, -MARGIN, -MARGIN)
        across = (room.width() - (GRID_LATENTS - 1) * GAP) / GRID_LATENTS
        side = min(across, room.height() / len(Row) - HEADER, MAX_CELL_PX)
        left = room.left() + (room.width() - GRID_LATENTS * side - (GRID_LATENTS - 1) * GAP) / 2
        slack = max(0.0, room.height() - len(Row) * (HEADER + side))
        between = min(slack / (len(Row) - 1), 2 * MARGIN)
        top = room.top() + (slack - between * (len(Row) - 1)) / 2
        return QRectF(
            left + column * (side + GAP), top + row * (HEADER + side + between) + HEADER, side, side
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(FRAME)
            painter.drawRoundedRect(self.rect(), CORNER, CORNER)
            for row in Row:
                self._paint_row(painter, row)
            if self._waiting and not self._rows[Row.AFTER]:
                painter.setPen(CAPTION)
                painter.drawText(self._line(Row.AFTER), Qt.AlignmentFlag.AlignCenter, self._waiting)

    def _paint_row(self, painter: QPainter, row: Row) -> None:
        pictures = self._rows[row]
        for column in range(GRID_LATENTS):
            if column < len(pictures):
                pixmap = pictures[column]
                painter.drawPixmap(_fitted(pixmap, self.cell(row, column)), pixmap, QRectF(pixmap.rect()))
            elif row != Row.EXAMPLES or not pictures:
                painter.fillRect(self.cell(row, column), EMPTY_CELL)
        line = self._line(row)
        above = QRectF(line.topLeft() - QPointF(0, HEADER), line.topRight())
        middle = Qt.AlignmentFlag.AlignVCenter
        plain, bold = painter.font(), painter.font()
        bold.setBold(True)
        painter.setPen(TITLE)
        painter.setFont(bold)
        painter.drawText(above, middle | Qt.AlignmentFlag.AlignLeft, self._titles[row])
        painter.setPen(CAPTION)
        painter.setFont(plain)
        painter.drawText(above, middle | Qt.AlignmentFlag.AlignRight, self._captions[row])

    def _line(self, row: Row) -> QRectF:
        return self.cell(row, 0).united(self.cell(row, GRID_LATENTS - 1))


def _fitted(pixmap: QPixmap, cell: QRectF) -> QRectF:
    """Return the area of a picture inside its cell; it need not be square."""
    size = QSizeF(pixmap.size()).scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio)
    area = QRectF(QPointF(), size)
    area.moveCenter(cell.center())
    return area
