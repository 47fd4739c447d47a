"""Video: WebM and MP4."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np

from ddsgui.errors import ImageError
from ddsgui.export.animation import Animation
from ddsgui.export.content import Progress
from ddsgui.export.options import ExportOptions
from ddsgui.export.video_encoders import Container, Encoding, Film, find_encoder, missing_encoder


def write_video_steps(
    container: Container, path: Path, animation: Animation, options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write an animation as a video; return a sentence about its codec where it does not play everywhere.

    Raises ImageError if there is no encoder.
    """
    yield
    encoder = find_encoder(container)
    if encoder is None:
        raise ImageError(missing_encoder(container))
    path.touch()  # encoders do not say why they cannot open it
    width, height = animation.size
    fps, count = animation.fps, len(animation.order)
    # Each picture is a frame, again as long as it stays.
    repeats = [max(1, round(milliseconds * fps / 1000)) for milliseconds in animation.milliseconds]
    film = Film(path, (width + width % 2, height + height % 2), fps, sum(repeats))
    with Encoding(encoder, film) as encoding:
        for done, (index, repeat) in enumerate(zip(animation.order, repeats, strict=True), start=1):
            image = _even(animation.images[index])
            for _ in range(repeat):
                encoding.write(image)
                yield
            yield done, count
        yield from encoding.close_steps()
    return encoder.note


def _even(image: np.ndarray) -> np.ndarray:
    """Return an image with even sides, which the codecs need; the last row or column is repeated."""
    height, width = image.shape[:2]
    return np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
