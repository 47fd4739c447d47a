"""The frames of a run as an animated GIF."""

from __future__ import annotations

import io
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PIL import Image

from ddsgui.errors import ImageError

if TYPE_CHECKING:
    from ddsgui.synthesis.upscaler import Upscaler

MIN_SIDE_PX = 256  # smaller pictures are enlarged to about this side
MAX_ANIMATION_PIXELS = 256_000_000  # of all frames together; each needs a byte until the file is written
PALETTE_FRAMES = 16  # frames that the palette is chosen from
PALETTE_SAMPLE_PIXELS = 100_000

T = TypeVar("T")


class GifEncoder:
    """An encoder that is given the frames of a GIF one by one, so that it keeps few large ones and can be cancelled."""

    def __init__(self, palette_frames: Sequence[np.ndarray], scale: int | None = None) -> None:
        """Choose one palette for all frames, without dithering, so that what stands still does not flicker.

        palette_frames: uint8 [H, W, 3] images with the colours of the frames to come; the last counts most.
        scale: enlarges each side by a whole factor; None enlarges small pictures to about MIN_SIDE_PX.

        Raises ImageError if there are no frames.
        """
        if not palette_frames:
            raise ImageError("There are no frames to make a GIF of.")
        # Enlarged, they have the colours in between as well.
        self._palette = _shared_palette(
            [np.asarray(_enlarge(f, scale)) for f in evenly_spaced(palette_frames, PALETTE_FRAMES)]
        )
        self._scale = scale
        self._shape: tuple[int, ...] | None = None
        self._frames: list[Image.Image] = []

    def add(self, frame: np.ndarray) -> None:
        """Add the next frame, uint8 [H, W, 3]. Raises ImageError if its size differs from the frames before."""
        if self._shape not in (None, frame.shape):
            raise ImageError("The frames of a GIF must have one size.")
        self._shape = frame.shape
        quantized = _enlarge(frame, self._scale).quantize(palette=self._palette, dither=Image.Dither.NONE)
        self._frames.append(quantized)

    def encode(self, fps: float = 12, hold_last: float = 1.0) -> bytes:
        """Return the file, which loops for ever; the last frame stays `hold_last` seconds."""
        pause = max(20, round(1000 / fps))  # browsers slow down shorter pauses than 20 ms
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
    """Return uint8 [H, W, 3] frames of one size as a GIF file; see GifEncoder."""
    encoder = GifEncoder(frames, scale)
    for frame in frames:
        encoder.add(frame)
    return encoder.encode(fps, hold_last)


def upscaled_gif_steps(
    frames: Sequence[np.ndarray], upscaler: Upscaler
) -> Generator[tuple[int, int] | None, None, bytes]:
    """Return the upscaled frames as a GIF file, fewer where they would not fit into memory.

    Yields how many frames are done, and of how many; None in between, where it can be cancelled as well.
    """
    few = thin_to_memory(frames, upscaler.scale)
    encoder = GifEncoder(few)
    for done, frame in enumerate(few, 1):
        larger = yield from upscaler.upscale_steps(frame)
        encoder.add(larger)
        yield done, len(few)
    return encoder.encode()


def evenly_spaced(values: Sequence[T], count: int) -> list[T]:
    """Return at most `count` of the values, evenly spaced, with the first and the last."""
    return [values[round(i)] for i in np.linspace(0, len(values) - 1, min(len(values), count))]


def thin_to_memory(frames: Sequence[np.ndarray], scale: int) -> list[np.ndarray]:
    """Return as many of the frames, evenly spaced, as fit into a GIF once they are `scale` times as large."""
    pixels = max((frame.shape[0] * frame.shape[1] for frame in frames), default=1) * scale**2
    return evenly_spaced(frames, max(2, MAX_ANIMATION_PIXELS // pixels))


def _enlarge(frame: np.ndarray, scale: int | None) -> Image.Image:
    height, width = frame.shape[:2]
    factor = scale or max(1, MIN_SIDE_PX // max(height, width))
    return Image.fromarray(frame).resize((width * factor, height * factor), Image.Resampling.LANCZOS)


def _shared_palette(frames: list[np.ndarray]) -> Image.Image:
    """Return 256 colours for all frames; the last, which is seen longest, counts as much as all others together."""
    pixels = np.concatenate([frame.reshape(-1, 3) for frame in [*frames, *[frames[-1]] * len(frames)]])
    sample = pixels[
        :: max(1, len(pixels) // PALETTE_SAMPLE_PIXELS)
    ]  # more would take longer and look the same
    sheet = Image.fromarray(np.ascontiguousarray(sample[None]))
    return sheet.quantize(256, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
