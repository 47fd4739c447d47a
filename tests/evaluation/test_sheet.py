from __future__ import annotations

import numpy as np

from ddsgui.evaluation.sheet import contact_sheet


def test_pictures_fill_row_by_row_and_the_last_row_may_be_short():
    pictures = np.arange(1, 6, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 3, 3), np.uint8)
    sheet = contact_sheet(pictures, 3)
    assert sheet.shape == (4, 9, 3)
    assert sheet[::2, ::3, 0].tolist() == [[1, 2, 3], [4, 5, 0]]
    assert (sheet[2:, 3:6] == 5).all()
