"""The way to a result as an animated GIF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ddsgui.errors import ImageError
from ddsgui.paths import write_beside

LEGIBLE = 256  # pixels; smaller pictures are lifted to about this side
PALETTE_FRAMES = 16  # frames that the palette is made from
PALETTE_PIXELS = 100_000


def encode_gif(
    frames: Sequence[np.ndarray], fps: float = 12, hold_last: float = 1.0, scale: int | None = None
) -> bytes:
    """uint8 [H, W, 3] frames of one size as a GIF file that runs for ever.

    The last frame stays `hold_last` seconds. `scale` lifts each side by a whole factor; None lifts small pictures
    to about LEGIBLE pixels. ImageError if there is nothing to show.

    All frames share one palette and are not dithered: palettes of their own or error diffusion would make the
    parts that stand still flicker.
    """
    if not frames:
        raise ImageError("There are no frames to make a GIF of.")
    if len({frame.shape for frame in frames}) > 1:
        raise ImageError("The frames of a GIF must have one size.")
    height, width = frames[0].shape[:2]
    factor = scale or max(1, LEGIBLE // max(height, width))

    def lifted(frame: np.ndarray) -> Image.Image:
        return Image.fromarray(frame).resize((width * factor, height * factor), Image.Resampling.LANCZOS)

    chosen = (
        frames[i] for i in np.linspace(0, len(frames) - 1, min(len(frames), PALETTE_FRAMES)).astype(int)
    )
    palette = _shared_palette([np.asarray(lifted(frame)) for frame in chosen])
    images = (lifted(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    pause = max(20, round(1000 / fps))  # browsers slow down what is faster than 20 ms
    durations = [pause] * (len(frames) - 1) + [max(pause, round(hold_last * 1000))]
    file = io.BytesIO()
    next(images).save(
        file, "GIF", save_all=True, append_images=images, duration=durations, loop=0, optimize=False
    )
    return file.getvalue()


def write_gif(
    path: Path,
    frames: Sequence[np.ndarray],
    fps: float = 12,
    hold_last: float = 1.0,
    scale: int | None = None,
) -> None:
    """encode_gif() into a file, whole or not at all; DdsError if it cannot be written."""
    content = encode_gif(frames, fps, hold_last, scale)
    with write_beside(path) as beside:
        beside.write_bytes(content)


def _shared_palette(frames: list[np.ndarray]) -> Image.Image:
    """256 colours for all frames; the last, which is looked at longest, counts as much as the others together."""
    pixels = np.concatenate([frame.reshape(-1, 3) for frame in [*frames, *[frames[-1]] * len(frames)]])
    thin = pixels[:: max(1, len(pixels) // PALETTE_PIXELS)]  # more take longer and look the same
    sheet = Image.fromarray(np.ascontiguousarray(thin[None]))
    return sheet.quantize(256, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
