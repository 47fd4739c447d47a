"""Conversion between arrays and Qt images, and thumbnails."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from qimage2ndarray import array2qimage, raw_view, rgb_view  # after PySide6, which it looks for


def to_pixmap(image: np.ndarray) -> QPixmap:
    """Return uint8 [H, W, 3] as a pixmap, copied."""
    return QPixmap.fromImage(array2qimage(image))


def to_image(image: np.ndarray) -> QImage:
    """Return uint8 [H, W, 3] as an image, copied."""
    return array2qimage(image)


def to_rgba(image: QImage) -> np.ndarray:
    """Return a copy of the image's colours and its opacity, uint8 [H, W, 4]."""
    converted = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(converted.constBits(), np.uint8).reshape(converted.height(), -1)
    return rows[:, : 4 * converted.width()].reshape(converted.height(), converted.width(), 4).copy()


def to_array(image: QImage) -> np.ndarray:
    """Return a copy of the image's colours, uint8 [H, W, 3]."""
    converted = image.convertToFormat(QImage.Format.Format_RGB32)  # a view does not keep its image alive
    return rgb_view(converted).copy()


def indexed_image(values: np.ndarray, colours: list[int]) -> QImage:
    """Return uint8 [H, W] as an image in which each value stands for one of 256 colours (0xAARRGGBB)."""
    height, width = values.shape
    image = QImage(width, height, QImage.Format.Format_Indexed8)
    raw_view(image)[:] = values
    image.setColorTable(colours)
    return image


def thumbnail(image: np.ndarray, side: int, ratio: float = 1.0) -> QPixmap:
    """Fit uint8 [H, W, 3] into a square of `side` logical pixels; `ratio` is the screen's device pixel ratio."""
    pixels = round(side * ratio)
    scaled = to_pixmap(image).scaled(
        pixels, pixels, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    scaled.setDevicePixelRatio(ratio)
    return scaled
