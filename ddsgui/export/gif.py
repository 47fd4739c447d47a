"""The way to a result as an animated GIF."""

from __future__ import annotations

import io
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PIL import Image

from ddsgui.errors import ImageError
from ddsgui.paths import write_beside

if TYPE_CHECKING:
    from ddsgui.synthesis.upscaler import Upscaler

MIN_SIDE_PX = 256  # pixels; smaller pictures are lifted to about this side
MAX_ANIMATION_PIXELS = 256_000_000  # of all frames together: each takes a byte until the file is written
PALETTE_FRAMES = 16  # frames that the palette is made from
PALETTE_SAMPLE_PIXELS = 100_000

T = TypeVar("T")


class GifEncoder:
    """Takes the frames of a GIF one by one, so that large ones need not all be kept and it can be given up."""

    def __init__(self, palette_frames: Sequence[np.ndarray], scale: int | None = None) -> None:
        """`like`: pictures (uint8 [H, W, 3]) that have the colours of the frames to come; the last counts most.

        `scale` lifts each side by a whole factor; None lifts small pictures to about LEGIBLE pixels. ImageError
        if there is nothing to show.

        All frames share one palette and are not dithered: palettes of their own or error diffusion would make
        the parts that stand still flicker.
        """
        if not palette_frames:
            raise ImageError("There are no frames to make a GIF of.")
        # Lifted, they have the colours between as well.
        self._palette = _shared_palette(
            [np.asarray(_enlarge(f, scale)) for f in evenly_spaced(palette_frames, PALETTE_FRAMES)]
        )
        self._scale = scale
        self._shape: tuple[int, ...] | None = None
        self._frames: list[Image.Image] = []

    def add(self, frame: np.ndarray) -> None:
        """The next frame, uint8 [H, W, 3]; ImageError if it differs in size from those before."""
        if self._shape not in (None, frame.shape):
            raise ImageError("The frames of a GIF must have one size.")
        self._shape = frame.shape
        quantized = _enlarge(frame, self._scale).quantize(palette=self._palette, dither=Image.Dither.NONE)
        self._frames.append(quantized)

    def encode(self, fps: float = 12, hold_last: float = 1.0) -> bytes:
        """The file, which runs for ever; the last frame stays `hold_last` seconds."""
        pause = max(20, round(1000 / fps))  # browsers slow down what is faster than 20 ms
        durations = [pause] * (len(self._frames) - 1) + [max(pause, round(hold_last * 1000))]
        file = io.BytesIO()
        first, *others = self._frames
        first.save(
            file, "GIF", save_all=True, append_images=others, duration=durations, loop=0, optimize=False
        )
        return file.getvalue()


def encode_gif(
    frames: Sequence[np.ndarray], fps: float = 12, hold_last: float = 1.0, scale: int | None = None
) -> bytes:
    """uint8 [H, W, 3] frames of one size as a GIF file; see GifEncoder."""
    encoder = GifEncoder(frames, scale)
    for frame in frames:
        encoder.add(frame)
    return encoder.encode(fps, hold_last)


def upscaled_gif_steps(
    frames: Sequence[np.ndarray], upscaler: Upscaler
) -> Generator[tuple[int, int] | None, None, bytes]:
    """encode_gif() of the upscaled frames, fewer where they would not fit into memory.

    Yields how many frames are done, and of how many; None in between, where it can be given up as well.
    """
    chosen = thin_to_memory(frames, upscaler.scale)
    encoder = GifEncoder(chosen)
    for done, frame in enumerate(chosen, 1):
        larger = yield from upscaler.steps(frame)
        encoder.add(larger)
        yield done, len(chosen)
    return encoder.encode()


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


def evenly_spaced(values: Sequence[T], most: int) -> list[T]:
    """At most that many of them, evenly chosen, with the first and the last."""
    return [values[round(i)] for i in np.linspace(0, len(values) - 1, min(len(values), most))]


def thin_to_memory(frames: Sequence[np.ndarray], scale: int) -> list[np.ndarray]:
    """As many of the frames, evenly chosen, as a GIF can have once they are `scale` times as large."""
    pixels = max((frame.shape[0] * frame.shape[1] for frame in frames), default=1) * scale**2
    return evenly_spaced(frames, max(2, MAX_ANIMATION_PIXELS // pixels))


def _enlarge(frame: np.ndarray, scale: int | None) -> Image.Image:
    height, width = frame.shape[:2]
    factor = scale or max(1, MIN_SIDE_PX // max(height, width))
    return Image.fromarray(frame).resize((width * factor, height * factor), Image.Resampling.LANCZOS)


def _shared_palette(frames: list[np.ndarray]) -> Image.Image:
    """256 colours for all frames; the last, which is looked at longest, counts as much as the others together."""
    pixels = np.concatenate([frame.reshape(-1, 3) for frame in [*frames, *[frames[-1]] * len(frames)]])
    thin = pixels[:: max(1, len(pixels) // PALETTE_SAMPLE_PIXELS)]  # more take longer and look the same
    sheet = Image.fromarray(np.ascontiguousarray(thin[None]))
    return sheet.quantize(256, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
