"""Dropping model files on windows, and the fields that show where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QDropEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ddsgui.checkpoints.file_format import SUFFIXES
from ddsgui.file_signatures import MODEL, ZIP, kind_of_file
from ddsgui.qt.widgets.theme import CORNER

MODEL_FILES = (
    f"Model files ({' '.join(f'*{suffix}' for suffix in SUFFIXES)});;All files (*)"  # of a file dialog
)
UPSCALER_SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt")


def may_be_model(path: Path) -> bool:
    """Return whether a file is a model by its content or, if that is none that people bring, by its name."""
    what = kind_of_file(path)
    return what == MODEL or (not is_openable(what) and path.name.lower().endswith(SUFFIXES))


def is_openable(what: str) -> bool:
    """Return whether a file of a kind may be a project, a result or a recipe."""
    return what.endswith((" picture", "JSON file")) or what == ZIP


class ModelDrop(QObject):
    """Accepts files of one kind on one window."""

    dropped = Signal(object)  # list of Path

    def __init__(self, window: QWidget, accepts: Callable[[Path], bool] = may_be_model) -> None:
        """accepts: returns whether a file is of the kind; all of several dragged files must be."""
        super().__init__(window)
        self._accepts = accepts
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.DragEnter, QEvent.Type.Drop) or not isinstance(event, QDropEvent):
            return False
        if event.source() is not None:  # the result, dragged out of its own pane and back
            return False
        paths = dropped_files(event.mimeData())
        if not paths or not all(map(self._accepts, paths)):
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.dropped.emit(paths)
        return True


def may_be_upscaler(path: Path) -> bool:
    """Return whether a file may be an upscaler, by its name; a pickle is not."""
    return path.name.lower().endswith(UPSCALER_SUFFIXES)


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
