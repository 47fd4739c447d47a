"""Model files that are dropped: where on the page, and what is said of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ddsgui.checkpoints.file_format import SUFFIXES
from ddsgui.library.catalogue import CatalogueEntry
from ddsgui.qt.widgets.drop import paint_drop_frame

KINDS = f"Model files ({' '.join(f'*{suffix}' for suffix in SUFFIXES)});;All files (*)"


class DropField(QWidget):
    """A dashed field in the place of a download that only a web page hands out."""

    def __init__(self) -> None:
        super().__init__()
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.choose = QPushButton("Choose its file…")
        self.choose.setAutoDefault(False)
        self.choose.setToolTip("If you have the file already")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        column.addWidget(self._label)
        column.addWidget(self.choose, alignment=Qt.AlignmentFlag.AlignCenter)

    @property
    def text(self) -> str:
        return self._label.text()

    def show_offer(self, offer: CatalogueEntry, awaited: bool) -> None:
        """`awaited`: its page was opened."""
        self._label.setText(
            f"Waiting for the file of {offer.title}: drop it here once it has come."
            if awaited
            else "Its authors hand it out on a web page. Open the page, get the file there, then drop it here."
        )
        self.choose.setAccessibleName(f"Choose the file of {offer.title}")

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            _dashed(painter, self, 8)


class DropVeil(QWidget):
    """Lies over the page while files are dragged over it."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def lower_over(self) -> None:
        """Over all of the page."""
        self.setGeometry(self._page.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            ground = self.palette().color(QPalette.ColorRole.Window)
            ground.setAlphaF(0.86)
            painter.fillRect(self.rect(), ground)
            _dashed(painter, self, 18)
            font = painter.font()
            font.setPointSizeF(font.pointSizeF() * 1.35)
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Drop it to add it to the library")


def dropped_files(data: QMimeData) -> list[Path]:
    """The local files among what is dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def _dashed(painter: QPainter, widget: QWidget, margin: int) -> None:
    palette, role = widget.palette(), QPalette.ColorRole
    dark = palette.color(role.Window).lightness() < 128
    area = QRectF(widget.rect()).adjusted(margin - 5, margin - 5, 5 - margin, 5 - margin)
    paint_drop_frame(painter, area, palette.color(role.PlaceholderText if dark else role.Dark))
