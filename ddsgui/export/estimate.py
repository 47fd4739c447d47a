"""A guess of how large an exported file will be, without drawing anything."""

from __future__ import annotations

from math import prod

from ddsgui.export.animation import MIN_SIDE_PX, frame_count
from ddsgui.export.content import ExportContent, size_of
from ddsgui.export.layers import layers_of
from ddsgui.export.options import ExportOptions
from ddsgui.export.registry import ExportFormat

# Measured on portraits; of each frame where there are several.
BYTES_PER_PIXEL = {
    "png": 2.0,
    "jpeg": 0.3,
    "webp": 0.2,
    "tiff": 3.0,
    "gif": 0.25,
    "awebp": 0.1,
    "apng": 1.0,
    "mp4": 0.02,
    "webm": 0.03,
    "frames": 1.6,
    "psd": 3.0,
    "ora": 1.7,
    "sheet": 0.9,
    "strip": 1.2,
}
SHEET_CELLS, STRIP_CELLS = 15, 3


def base_size(content: ExportContent, fmt: ExportFormat) -> tuple[int, int]:
    """Return width and height of the pictures before they are scaled."""
    if content.result is None or fmt.kind not in ("picture", "layers"):
        return size_of(content.source)
    return size_of(content.result.image)


def picture_size(content: ExportContent, fmt: ExportFormat, options: ExportOptions) -> tuple[int, int]:
    """Return width and height of the picture, or of each frame, that an export has."""
    width, height = base_size(content, fmt)
    if fmt.kind == "layers":
        return width, height
    scale = options.scale or (max(1, MIN_SIDE_PX // max(width, height)) if fmt.kind != "picture" else 1)
    if fmt.kind == "animation" and options.side_by_side:
        width *= 3
    return width * scale, height * scale


def estimated_bytes(content: ExportContent, fmt: ExportFormat, options: ExportOptions) -> int:
    """Return a guess of the size of the file, or of all files of a folder, in bytes."""
    count = 1
    if fmt.kind == "animation":
        count = frame_count(content, options)
    elif fmt.kind == "layers":
        count = len(layers_of(content))
    elif fmt.kind == "sheet":
        count = STRIP_CELLS if fmt.name == "strip" else SHEET_CELLS
    size = prod(picture_size(content, fmt, options)) * BYTES_PER_PIXEL[fmt.name] * count
    if "quality" in fmt.options:
        size *= 2 ** ((options.quality - 90) / 12)
    if "max_mb" in fmt.options and options.max_mb is not None:
        size = min(size, options.max_mb * 1e6)
    return round(size)


def size_text(count: int) -> str:
    """Return a number of bytes in words: "about 600 kB", "about 2.4 MB"."""
    if count < 1_000_000:
        return f"about {max(1, round(count / 1000, -1 if count > 20_000 else 0)):.0f} kB"
    return f"about {count / 1e6:.1f} MB" if count < 10_000_000 else f"about {count / 1e6:.0f} MB"
