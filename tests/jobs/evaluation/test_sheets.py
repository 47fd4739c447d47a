from __future__ import annotations

import io

import numpy as np
from PIL import Image

from ddsgui.evaluation.report.document import Figure
from ddsgui.jobs.evaluation.sheets import MAX_CELL_PX, sheet


def size(figure: Figure) -> tuple[int, int]:
    """Return width and height of a sheet."""
    with Image.open(io.BytesIO(figure.image)) as image:
        assert image.get_format_mimetype() == figure.media_type
        return image.size


def test_rows_of_any_size_become_one_picture() -> None:
    wide = np.full((4, 8, 3), 255, np.uint8)
    small = sheet([[wide, wide], [wide, wide]], ("left", "right"), "four")
    assert size(small) == (16, 16) and small.columns == ("left", "right")
    large = sheet([[np.zeros((400, 400, 3), np.uint8), wide]], ("left", "right"), "two")
    assert size(large) == (2 * MAX_CELL_PX, MAX_CELL_PX)
