"""Dropping model files on windows, and the fields that show where."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QDropEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ddsgui.checkpoints.file_format import SUFFIXES
from ddsgui.qt.widgets.theme import CORNER

MODEL_FILES = (
    f"Model files ({' '.join(f'*{suffix}' for suffix in SUFFIXES)});;All files (*)"  # of a file dialog
)
UPSCALER_SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt")
NOT_A_FILE = "Only files can be dropped here. Save or download the file first, then drop it."
# In this order; never as a move, after which the other program may delete its file.
_ACTIONS = (Qt.DropAction.CopyAction, Qt.DropAction.LinkAction)


class FileDrop(QObject):
    """Accepts files dropped anywhere on a widget, under a curtain that says what will happen to them."""

    dropped = Signal(object)  # list of Path
    refused = Signal(str)  # a sentence for the user

    def __init__(self, area: QWidget, text: str) -> None:
        """`text` is shown on the curtain."""
        super().__init__(area)
        self._area = area
        self.curtain = DropOverlay(area, text)
        area.setAcceptDrops(True)
        area.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._area:
            return False
        match event.type():
            case QEvent.Type.Show:
                self._clear_way()
            case QEvent.Type.Resize | QEvent.Type.Hide:
                self.curtain.setGeometry(self._area.rect())
                self.curtain.setVisible(self.curtain.isVisible() and event.type() == QEvent.Type.Resize)
            case QEvent.Type.DragLeave:
                self.curtain.hide()
            case QEvent.Type.DragEnter | QEvent.Type.DragMove | QEvent.Type.Drop if isinstance(
                event, QDropEvent
            ):
                return self._answer(event)
        return False

    def _answer(self, event: QDropEvent) -> bool:
        action = next((action for action in _ACTIONS if event.possibleActions() & action), None)
        # The result may be dragged out of its own pane and back.
        if event.source() is not None or not event.mimeData().hasUrls() or action is None:
            return False
        event.setDropAction(action)
        event.accept()
        if event.type() != QEvent.Type.Drop:
            if not self.curtain.isVisible():
                self._clear_way()
                self.curtain.cover()
            return True
        self.curtain.hide()
        if paths := dropped_files(event.mimeData()):
            self.dropped.emit(paths)
        else:
            self.refused.emit(NOT_A_FILE)
        return True

    def _clear_way(self) -> None:
        """Let no field take a file for text."""
        for child in self._area.findChildren(QWidget):
            if child.acceptDrops():
                child.setAcceptDrops(False)


class DropField(QWidget):
    """A dashed field for one file that was downloaded by hand."""

    def __init__(self) -> None:
        super().__init__()
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.choose = QPushButton("Choose its file…")
        self.choose.setAutoDefault(False)
        self.choose.setToolTip("Choose the file on this computer")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        column.addWidget(self._label)
        column.addWidget(self.choose, alignment=Qt.AlignmentFlag.AlignCenter)

    @property
    def text(self) -> str:
        """The text in the field."""
        return self._label.text()

    def show_text(self, text: str, button_name: str) -> None:
        """Show a text; `button_name` is the button's accessible name."""
        self._label.setText(text)
        self.choose.setAccessibleName(button_name)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            _paint_frame_inside(painter, self, margin=3)


class DropOverlay(QWidget):
    """Covers a window while files are dragged over it."""

    def __init__(self, window: QWidget, text: str) -> None:
        super().__init__(window)
        self._window, self._text = window, text
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self) -> None:
        """Cover all of the window."""
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            background = self.palette().color(QPalette.ColorRole.Window)
            background.setAlphaF(0.86)
            painter.fillRect(self.rect(), background)
            _paint_frame_inside(painter, self, margin=13)
            font = painter.font()
            font.setPointSizeF(font.pointSizeF() * 1.35)
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)


def dropped_files(data: QMimeData) -> list[Path]:
    """Return the dragged local files."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def paint_drop_frame(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """Draw the dashed frame of a place to drop files on."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, 1.5, Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([5, 4])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area, CORNER, CORNER)


def _paint_frame_inside(painter: QPainter, widget: QWidget, margin: int) -> None:
    palette, role = widget.palette(), QPalette.ColorRole
    is_dark = palette.color(role.Window).lightness() < 128
    area = QRectF(widget.rect()).adjusted(margin, margin, -margin, -margin)
    paint_drop_frame(painter, area, palette.color(role.PlaceholderText if is_dark else role.Dark))
