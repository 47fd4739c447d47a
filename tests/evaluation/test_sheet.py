from __future__ import annotations

import numpy as np

from ddsgui.evaluation.sheet import contact_sheet, in_square


def test_pictures_fill_row_by_row_and_the_last_row_may_be_short():
    pictures = np.arange(1, 6, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 3, 3), np.uint8)
    sheet = contact_sheet(pictures, 3)
    assert sheet.shape == (4, 9, 3)
    assert sheet[::2, ::3, 0].tolist() == [[1, 2, 3], [4, 5, 0]]
    assert (sheet[2:, 3:6] == 5).all()


def test_an_oblong_picture_lies_in_the_middle_of_its_square() -> None:
    square = in_square(np.full((4, 8, 3), 255, np.uint8), 16)
    assert square.shape == (16, 16, 3)
    assert (square[4:12] == 255).all() and not square[:4].any() and not square[12:].any()
