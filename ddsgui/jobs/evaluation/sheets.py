"""Sheets of a report: rows of pictures as one figure."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from ddsgui.evaluation.report.document import Figure
from ddsgui.evaluation.sheet import contact_sheet, in_square

MAX_CELL_PX = 160
JPEG_QUALITY = 92


def sheet(rows: Sequence[Sequence[np.ndarray]], columns: Sequence[str], caption: str) -> Figure:
    """Return rows of pictures, uint8 [H, W, 3], below the names of their columns."""
    pictures = [picture for row in rows for picture in row]
    side = min(MAX_CELL_PX, max(max(picture.shape[:2]) for picture in pictures))
    cells = np.stack([in_square(picture, side) for picture in pictures])
    file = io.BytesIO()  # a third of a PNG's size, and no difference to be seen
    image = Image.fromarray(contact_sheet(cells, len(columns)))
    image.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return Figure(file.getvalue(), caption, tuple(columns), "image/jpeg")
