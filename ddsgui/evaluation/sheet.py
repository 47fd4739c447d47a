"""Many pictures on one, to be looked at together."""

from __future__ import annotations

import numpy as np


def contact_sheet(pictures: np.ndarray, columns: int) -> np.ndarray:
    """uint8 [N, H, W, 3] side by side, row by row: uint8 [rows·H, columns·W, 3]; what is missing is black."""
    count, height, width, channels = pictures.shape
    rows = -(-count // columns)
    cells = np.zeros((rows * columns, height, width, channels), np.uint8)
    cells[:count] = pictures
    grid = cells.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return grid.reshape(rows * height, columns * width, channels)
