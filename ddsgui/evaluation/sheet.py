"""Contact sheets: many images in one."""

from __future__ import annotations

import cv2
import numpy as np


def contact_sheet(pictures: np.ndarray, columns: int) -> np.ndarray:
    """Return images uint8 [N, H, W, 3] row by row in one, uint8 [rows·H, columns·W, 3]; empty cells are black."""
    count, height, width, channels = pictures.shape
    rows = -(-count // columns)
    cells = np.zeros((rows * columns, height, width, channels), np.uint8)
    cells[:count] = pictures
    grid = cells.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return grid.reshape(rows * height, columns * width, channels)


def in_square(image: np.ndarray, side: int) -> np.ndarray:
    """Return the whole picture, uint8 [H, W, 3], in a black square of a sheet, uint8 [side, side, 3]."""
    scale = side / max(image.shape[:2])
    size = [max(1, round(length * scale)) for length in image.shape[1::-1]]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    square = np.zeros((side, side, 3), np.uint8)
    y, x = ((side - length) // 2 for length in small.shape[:2])
    square[y : y + small.shape[0], x : x + small.shape[1]] = small
    return square
