"""Several pictures of a mix in one: a contact sheet, and a strip of before and after."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ddsgui.export.animation import evenly_spaced
from ddsgui.export.content import ExportContent, Progress, fitted
from ddsgui.export.options import ExportOptions
from ddsgui.images import encode_png
from ddsgui.mask_tint import tinted

GROUND, TEXT = (24, 24, 27), (225, 225, 230)
SHEET_COLUMNS = 4
SHEET_FRAMES = 8  # at most
MIN_CELL_PX = 256  # smaller pictures are enlarged to about this side unless a scale is chosen


class Cell(NamedTuple):
    """A picture and the words under it."""

    image: np.ndarray | None  # uint8 [H, W, 3]
    caption: str = ""


EMPTY = Cell(None)


def draw_sheet_steps(
    content: ExportContent, options: ExportOptions
) -> Generator[Progress | None, None, np.ndarray]:
    """Draw a contact sheet: the pair, its masks, the crossover, the live blend, the result and some of the frames."""
    cells = [
        Cell(content.source, "Source"),
        Cell(content.target, "Target"),
        Cell(tinted(content.source, content.source_mask), "Part of the source"),
        Cell(tinted(content.target, content.target_mask), "Part of the target"),
        Cell(content.crossover, "Cut and paste"),
    ]
    if content.live is not None:
        cells.append(Cell(content.live, "Live blend"))
    if content.result is not None:
        cells.append(Cell(content.result.image, "Result"))
    if content.frames:
        cells += [EMPTY] * (-len(cells) % SHEET_COLUMNS)  # the frames begin a row
    for index in evenly_spaced(range(len(content.frames)), SHEET_FRAMES):
        number = content.iterations[index] if content.iterations else index + 1
        cells.append(
            Cell(content.frames[index], f"{'Iteration' if content.iterations else 'Frame'} {number}")
        )
    return (yield from _sheet_steps(content, cells, SHEET_COLUMNS, options))


def draw_strip_steps(
    content: ExportContent, options: ExportOptions
) -> Generator[Progress | None, None, np.ndarray]:
    """Draw source, target and result side by side."""
    cells = [
        Cell(content.source, "Source"),
        Cell(content.target, "Before"),
        Cell(content.the_result().image, "After"),
    ]
    return (yield from _sheet_steps(content, cells, len(cells), options))


def write_sheet_steps(
    path: Path, sheet: np.ndarray, options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write a sheet as PNG, without a recipe: it is not a result that could be opened."""
    yield
    path.write_bytes(encode_png(sheet, compress_level=3))
    yield 1, 1
    return ""


def _sheet_steps(
    content: ExportContent, cells: list[Cell], columns: int, options: ExportOptions
) -> Generator[Progress | None, None, np.ndarray]:
    """Return the cells row by row with their captions, at the size of the source or a multiple of it."""
    height, width = content.source.shape[:2]
    scale = options.scale or max(1, round(MIN_CELL_PX / max(width, height)))
    width, height = width * scale, height * scale
    columns = min(columns, len(cells))
    gap, line = max(4, width // 24), max(14, width // 9)
    rows = -(-len(cells) // columns)
    size = columns * (width + gap) + gap, rows * (height + gap + line) + gap
    sheet = Image.new("RGB", size, GROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(line * 0.68)
    for number, cell in enumerate(cells):
        left = gap + number % columns * (width + gap)
        top = gap + number // columns * (height + gap + line)
        image = cell.image
        if image is None:
            continue
        if options.scale is not None and image.shape == content.source.shape:
            image = yield from content.scale_steps(image, scale)
        sheet.paste(Image.fromarray(fitted(image, (width, height))), (left, top))
        draw.text((left, top + height + line * 0.1), cell.caption, TEXT, font)
        yield number + 1, len(cells)
    return np.asarray(sheet)
