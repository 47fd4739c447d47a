"""Files that are dropped on a window, and the frame that invites to drop them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QDropEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from ddsgui.checkpoints.file_format import SUFFIXES
from ddsgui.qt.widgets.theme import CORNER

UPSCALERS = (".safetensors", ".pth", ".pt", ".ckpt")


class ModelDrop(QObject):
    """Accepts model files on one window; other windows accept their own."""

    dropped = Signal(object)  # list of Path

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.DragEnter, QEvent.Type.Drop) or not isinstance(event, QDropEvent):
            return False
        if not (paths := _models(event.mimeData())):
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.dropped.emit(paths)
        return True


def may_be_upscaler(path: Path) -> bool:
    """Return whether a file may be an upscaler, by its name; a pickle is not."""
    return path.name.lower().endswith(UPSCALERS)


def _models(data: QMimeData) -> list[Path]:
    """Return the dragged files if all of them are named like models, else none."""
    names = [url.toLocalFile() for url in data.urls()]
    return [Path(name) for name in names] if all(name.lower().endswith(SUFFIXES) for name in names) else []


def paint_drop_frame(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """Draw the dashed frame that says: drop files here."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, 1.5, Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([5, 4])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area, CORNER, CORNER)
