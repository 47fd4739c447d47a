"""Animated GIF: one palette for all frames, and a limit of its size that it keeps."""

from __future__ import annotations

import struct
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import GifImagePlugin, Image

from ddsgui.errors import ImageError
from ddsgui.export.animation import Animation, evenly_spaced
from ddsgui.export.content import Progress
from ddsgui.export.options import ExportOptions

PALETTE_FRAMES = 16  # frames that the palette is chosen from
PALETTE_SAMPLE_PIXELS = 12_000
MAX_COLOURS = 255  # the last entry of the palette stands for pixels that do not change
LOOP_FOREVER = b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


class Reduction(NamedTuple):
    """A way to make a GIF smaller."""

    colours: int
    step: int = 1  # every step-th frame
    factor: float = 1.0  # of the sides

    @property
    def share(self) -> float:
        """A guess of its size as a share of the full one."""
        return (0.55 + 0.45 * self.colours / MAX_COLOURS) / self.step * self.factor**2

    @property
    def note(self) -> str:
        """A phrase that says what was reduced: "128 colours, every 2nd frame"."""
        parts = [f"{self.colours} colours"]
        if self.step > 1:
            parts.append(
                f"every {self.step}{'nd' if self.step == 2 else 'rd' if self.step == 3 else 'th'} frame"
            )
        if self.factor < 1:
            parts.append(f"{100 * self.factor:.0f} % of the side")
        return ", ".join(parts)


# From the best to the smallest.
REDUCTIONS = (
    Reduction(MAX_COLOURS),
    Reduction(128),
    Reduction(128, 1, 0.85),
    Reduction(128, 2),
    Reduction(128, 2, 0.85),
    Reduction(128, 2, 0.7),
    Reduction(96, 3, 0.7),
    Reduction(96, 3, 0.55),
    Reduction(64, 4, 0.5),
    Reduction(64, 5, 0.4),
    Reduction(48, 8, 0.3),
    Reduction(32, 12, 0.25),
    Reduction(16, 24, 0.15),
)


def write_gif_steps(
    path: Path, animation: Animation, options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write an animation as a GIF; return a sentence about what was reduced for its limit, "" if nothing was.

    Raises ImageError if it cannot be made as small as its limit.
    """
    limit = None if options.max_mb is None else round(options.max_mb * 1e6)
    share = 1.0  # of the full size that would surely be too large
    palettes: dict[int, Image.Image] = {}
    for reduction in REDUCTIONS:
        if reduction.share > share:
            continue
        smaller = animation
        if reduction.step > 1 or reduction.factor < 1:
            smaller = animation.thinned(reduction.step, reduction.factor)
        if reduction.colours not in palettes:
            palettes[reduction.colours] = shared_palette(animation.images, reduction.colours)
            yield
        content, done = yield from gif_steps(smaller, palettes[reduction.colours], limit)
        if content is not None:
            path.write_bytes(content)
            if reduction is REDUCTIONS[0]:
                return ""
            return f"To stay under {options.max_mb:g} MB it has {reduction.note}."
        share = min(share, reduction.share * max(done, 0.05))
    raise ImageError(
        f"This animation cannot be made smaller than {options.max_mb:g} MB. Raise the limit or make it shorter."
    )


def gif_steps(
    animation: Animation, palette: Image.Image, limit: int | None = None
) -> Generator[Progress | None, None, tuple[bytes | None, float]]:
    """Return the file and 1, or None and the share of it that fits into `limit` bytes.

    There is no dithering, and only what changes from frame to frame is stored, so that what stands still does not
    flicker.
    """
    width, height = animation.size
    table = bytes(palette.getpalette() or [])[: 3 * MAX_COLOURS].ljust(768, b"\0")
    content = bytearray(b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + table + LOOP_FOREVER)
    before: np.ndarray | None = None
    count = len(animation.order)
    for done, (index, milliseconds) in enumerate(
        zip(animation.order, animation.milliseconds, strict=True), start=1
    ):
        image = Image.fromarray(animation.images[index])
        indices = np.asarray(image.quantize(palette=palette, dither=Image.Dither.NONE))
        content += _frame(indices, before, milliseconds)
        before = indices
        if limit is not None and len(content) >= limit:
            return None, done / count
        yield done, count
    return bytes(content + b";"), 1.0


def shared_palette(images: Sequence[np.ndarray], colours: int = MAX_COLOURS) -> Image.Image:
    """Return the colours for all images; the last, which is seen longest, counts as much as all others together."""
    few = evenly_spaced(images, PALETTE_FRAMES)
    pixels = np.concatenate([image.reshape(-1, 3) for image in [*few, *[few[-1]] * len(few)]])
    stride = max(1, len(pixels) // PALETTE_SAMPLE_PIXELS)  # more would take longer and look the same
    sheet = Image.fromarray(np.ascontiguousarray(pixels[::stride][None]))
    return sheet.quantize(colours, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)


def _frame(indices: np.ndarray, before: np.ndarray | None, milliseconds: int) -> bytes:
    """Return the blocks of a frame: the rectangle that differs from the one before, other pixels transparent."""
    top = left = 0
    options = {"duration": milliseconds, "disposal": 1}
    if before is not None:
        changed = indices != before
        rows, columns = (np.flatnonzero(changed.any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            rows = columns = np.zeros(1, int)
        top, left = int(rows[0]), int(columns[0])
        part = np.s_[top : rows[-1] + 1, left : columns[-1] + 1]
        indices = np.where(changed[part], indices[part], MAX_COLOURS).astype(np.uint8)
        options["transparency"] = MAX_COLOURS
    image = Image.frombytes("P", indices.shape[::-1], indices.tobytes())
    return b"".join(GifImagePlugin.getdata(image, (left, top), **options))
