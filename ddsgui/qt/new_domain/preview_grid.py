"""Eight people as a painter draws them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from ddsgui.jobs.adaptation_values import GRID_LATENTS
from ddsgui.qt.widgets.pixmaps import to_pixmap
from ddsgui.qt.widgets.theme import CAPTION, CORNER, FRAME

COLUMNS = 4
MARGIN, GAP = 14, 8  # widget pixels
EMPTY_CELL = FRAME.lighter(125)


class PreviewGrid(QWidget):
    """Two rows of pictures; the originals are shown on demand."""

    def __init__(self) -> None:
        super().__init__()
        self._pictures: list[QPixmap] = []
        self._originals: list[QPixmap] = []
        self._shows_originals = False
        self._waiting = ""
        self.setMinimumSize(480, 300)
        self.setAccessibleName("Eight people as the painter draws them")

    def sizeHint(self) -> QSize:
        return QSize(820, 430)

    @property
    def shows_originals(self) -> bool:
        """True while the originals are shown."""
        return self._shows_originals

    def clear(self) -> None:
        """Show empty cells."""
        self._pictures, self._originals = [], []
        self.update()

    def show_pictures(self, pictures: np.ndarray, originals: np.ndarray) -> None:
        """Show pictures, uint8 [at most GRID_LATENTS, H, W, 3]; those not drawn again yet stay."""
        fresh = [to_pixmap(picture) for picture in pictures]
        self._pictures = fresh + self._pictures[len(fresh) :]
        if len(self._originals) != len(originals) or len(fresh) == 1:
            self._originals = [to_pixmap(picture) for picture in originals]
        self._waiting = ""
        self.setAccessibleDescription(f"{len(self._pictures)} pictures")
        self.update()

    def show_originals(self, originals: bool) -> None:
        """Show the originals instead of what the painter made of them, or the painter's pictures again."""
        self._shows_originals = originals
        self.update()

    def show_waiting(self, text: str) -> None:
        """Show a text until there are pictures; "" for none."""
        self._waiting = text
        self.update()

    def cell(self, number: int) -> QRectF:
        """Return the area of a picture, in widget pixels."""
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        rows = GRID_LATENTS // COLUMNS
        side = min((room.width() - (COLUMNS - 1) * GAP) / COLUMNS, (room.height() - (rows - 1) * GAP) / rows)
        left = room.center().x() - (COLUMNS * side + (COLUMNS - 1) * GAP) / 2
        top = room.center().y() - (rows * side + (rows - 1) * GAP) / 2
        row, column = divmod(number, COLUMNS)
        return QRectF(left + column * (side + GAP), top + row * (side + GAP), side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        pictures = self._originals if self._shows_originals else self._pictures
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(FRAME)
            painter.drawRoundedRect(self.rect(), CORNER, CORNER)
            for number in range(GRID_LATENTS):
                if number < len(pictures):
                    pixmap = pictures[number]
                    painter.drawPixmap(self.cell(number), pixmap, QRectF(pixmap.rect()))
                else:
                    painter.fillRect(self.cell(number), EMPTY_CELL)
            if self._waiting and not pictures:
                painter.setPen(CAPTION)
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._waiting)
