from __future__ import annotations

import numpy as np

from ddsgui.images import decode_png
from ddsgui.jobs.evaluation.sheets import MAX_CELL_PX, sheet


def test_rows_of_any_size_become_one_picture() -> None:
    wide = np.full((4, 8, 3), 255, np.uint8)
    small = sheet([[wide, wide], [wide, wide]], ("left", "right"), "four")
    assert decode_png(small.png, "sheet").shape == (16, 16, 3) and small.columns == ("left", "right")
    large = sheet([[np.zeros((400, 400, 3), np.uint8), wide]], ("left", "right"), "two")
    assert decode_png(large.png, "sheet").shape == (MAX_CELL_PX, 2 * MAX_CELL_PX, 3)
