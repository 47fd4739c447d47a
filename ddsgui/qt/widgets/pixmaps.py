"""Small pictures for strips and buttons."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap

from ddsgui.synthesis.crossover import compose

TINT = (235, 70, 90)  # of a mask laid over a thumbnail


def thumbnail(picture: np.ndarray, side: int, ratio: float = 1.0) -> QPixmap:
    """uint8 [H, W, 3] within a square of `side` logical pixels; `ratio` is the screen's device pixel ratio."""
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture)
    image = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    pixels = round(side * ratio)
    scaled = QPixmap.fromImage(image).scaled(
        pixels, pixels, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    scaled.setDevicePixelRatio(ratio)
    return scaled


def tint(picture: np.ndarray, mask: np.ndarray, strength: float = 0.55) -> np.ndarray:
    """The picture with the masked part tinted; uint8 [H, W, 3] and [H, W] to [H, W, 3]."""
    veil = np.rint(mask * strength).astype(np.uint8)
    return compose(np.broadcast_to(np.array(TINT, np.uint8), picture.shape), picture, veil, veil)
