"""Contact sheets: many images in one."""

from __future__ import annotations

import numpy as np


def contact_sheet(pictures: np.ndarray, columns: int) -> np.ndarray:
    """Return images uint8 [N, H, W, 3] row by row in one, uint8 [rows·H, columns·W, 3]; empty cells are black."""
    count, height, width, channels = pictures.shape
    rows = -(-count // columns)
    cells = np.zeros((rows * columns, height, width, channels), np.uint8)
    cells[:count] = pictures
    grid = cells.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return grid.reshape(rows * height, columns * width, channels)
