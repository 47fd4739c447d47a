"""Sheets of a report: rows of pictures as one figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ddsgui.evaluation.report.document import Figure
from ddsgui.evaluation.sheet import contact_sheet, in_square
from ddsgui.images import encode_png

MAX_CELL_PX = 160


def sheet(rows: Sequence[Sequence[np.ndarray]], columns: Sequence[str], caption: str) -> Figure:
    """Return rows of pictures, uint8 [H, W, 3], below the names of their columns."""
    pictures = [picture for row in rows for picture in row]
    side = min(MAX_CELL_PX, max(max(picture.shape[:2]) for picture in pictures))
    cells = np.stack([in_square(picture, side) for picture in pictures])
    return Figure(encode_png(contact_sheet(cells, len(columns))), caption, tuple(columns))
