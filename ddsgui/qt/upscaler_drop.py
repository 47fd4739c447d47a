"""An upscaler's file that is dropped on a window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt")


class UpscalerDrop(QObject):
    """Watches one window; dialogs of their own take what is dropped on them."""

    dropped = Signal(object)  # Path

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.DragEnter, QEvent.Type.Drop) or not isinstance(event, QDropEvent):
            return False
        if (path := _upscaler(event.mimeData())) is None:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.dropped.emit(path)
        return True


def _upscaler(data: QMimeData) -> Path | None:
    """The one file that is dragged, if its name is that of a network's file."""
    names = [url.toLocalFile() for url in data.urls()]
    if len(names) == 1 and names[0].lower().endswith(SUFFIXES):
        return Path(names[0])
    return None
