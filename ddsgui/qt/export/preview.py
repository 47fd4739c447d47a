"""A small preview of an export, which plays where the export does."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import QWidget

from ddsgui.export.animation import Animation, preview_animation
from ddsgui.export.content import ExportContent, fitted, size_of
from ddsgui.export.layers import flattened, layers_of
from ddsgui.export.options import ExportOptions
from ddsgui.export.registry import ExportFormat
from ddsgui.mask_tint import tinted
from ddsgui.qt.widgets.pixmaps import to_pixmap
from ddsgui.qt.widgets.theme import CAPTION, CORNER, FRAME

SIDE_PX, MARGIN_PX = 224, 10


class Preview(QWidget):
    """Shows the pictures of an export at a small size."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(SIDE_PX + 2 * MARGIN_PX)
        self.setAccessibleName("Preview")
        self._animation: Animation | None = None
        self._position = 0
        self._pixmap: QPixmap | None = None
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._advance)

    @property
    def playing(self) -> bool:
        """True while an animation is shown."""
        return self._timer.isActive()

    def sizeHint(self) -> QSize:
        return QSize(2 * SIDE_PX, SIDE_PX + 2 * MARGIN_PX)

    def show_export(self, content: ExportContent, fmt: ExportFormat, options: ExportOptions) -> None:
        """Show what a format would save of a small content."""
        self._timer.stop()
        if fmt.kind == "animation":
            self._animation = preview_animation(content, options)
        else:
            self._animation = Animation((_still(content, fmt),), (0,), (1000,))
        self._position = 0
        self._show_frame()

    def _advance(self) -> None:
        if self._animation is not None:
            self._position = (self._position + 1) % len(self._animation.order)
            self._show_frame()

    def _show_frame(self) -> None:
        if self._animation is None:
            return
        image = self._animation.images[self._animation.order[self._position]]
        self._pixmap = to_pixmap(image)
        self.update()
        if len(self._animation.order) > 1 and self.isVisible():
            self._timer.start(self._animation.milliseconds[self._position])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_frame()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(FRAME)
            painter.drawRoundedRect(self.rect(), CORNER, CORNER)
            if self._pixmap is None:
                painter.setPen(CAPTION)
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Nothing to export yet")
                return
            room = self.rect().adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
            size = self._pixmap.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = room
            place.setSize(size)
            place.moveCenter(self.rect().center())
            painter.drawPixmap(place, self._pixmap)


def _still(content: ExportContent, fmt: ExportFormat) -> np.ndarray:
    """Return a picture of a format that does not move."""
    if fmt.kind == "layers":
        layers = layers_of(content)
        return _row([flattened(layers), *(_cut_out(layer.image, layer.mask) for layer in layers[2:4])])
    result = content.source if content.result is None else content.result.image
    if fmt.name == "strip":
        return _row([content.source, content.target, result])
    if fmt.name == "sheet":
        return _row(
            [
                content.source,
                content.target,
                tinted(content.source, content.source_mask),
                content.crossover,
                result,
            ]
        )
    return result


def _cut_out(image: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Return an image on a checkerboard, where its mask is transparent."""
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width] // max(2, width // 16)
    board = np.where((x + y)[..., None] % 2, 88, 64).astype(np.float32)
    opacity = 1.0 if mask is None else mask[..., None].astype(np.float32) / 255
    return np.rint(board + (image - board) * opacity).astype(np.uint8)


def _row(images: list[np.ndarray]) -> np.ndarray:
    """Return images of one size in a row, with a gap of the frame's colour."""
    width, height = size_of(images[0])
    colour = (FRAME.red(), FRAME.green(), FRAME.blue())
    gap = np.full((height, max(2, width // 24), 3), colour, np.uint8)
    parts: list[np.ndarray] = []
    for image in images:
        parts += [gap, fitted(image, (width, height))]
    return np.concatenate(parts[1:], axis=1)
