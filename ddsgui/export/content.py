"""The pictures of a mix that every export draws from."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import ImageError
from ddsgui.export.bundle import INPUTS, RESULT, Picture
from ddsgui.images import read_grey, read_image, read_latent, read_recipe
from ddsgui.stylegan.padding import centre_crop
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import StoredLatent

if TYPE_CHECKING:
    from ddsgui.synthesis.upscaler import Upscaler

Progress: TypeAlias = tuple[int, int]  # steps done, and of how many
# Yields None where it can be cancelled and there is nothing to show.
PictureSteps: TypeAlias = Generator[Progress | None, None, np.ndarray]
# Draws a number of pictures, of a width and height, from source over result to target; None if it cannot.
Morph: TypeAlias = Callable[
    [int, tuple[int, int]], Generator[Progress | None, None, "list[np.ndarray] | None"]
]


@dataclass(frozen=True, eq=False)
class ExportContent:
    """The pictures of a mix, without padding: uint8 [H, W, 3], masks [H, W].

    The result may be larger than the others, if it comes from the file of an upscaled one.
    """

    source: np.ndarray
    target: np.ndarray
    source_mask: np.ndarray
    target_mask: np.ndarray
    crossover: np.ndarray
    result: Picture | None = None
    live: np.ndarray | None = None  # the live blend, where it is not the result
    frames: tuple[np.ndarray, ...] = ()  # of the run, without the result
    iterations: tuple[int, ...] = ()  # of the frames, where they are known
    upscaler: Callable[[], Upscaler] | None = None  # called where pictures are scaled
    morph: Morph | None = None  # through the latent space; None: faded

    def the_result(self) -> Picture:
        """Return the result. Raises ImageError if there is none."""
        if self.result is None:
            raise ImageError("There is no result to export.")
        return self.result

    def scale_steps(self, image: np.ndarray, scale: int) -> PictureSteps:
        """Return an image `scale` times as large, drawn by the upscaler and resized if it has another factor."""
        if scale == 1:
            return image
        if self.upscaler is None:
            raise ImageError("There is no upscaler to enlarge the pictures with.")
        height, width = image.shape[:2]
        larger = yield from self.upscaler().upscale_steps(image)
        return fitted(larger, (width * scale, height * scale))

    def shrunk(self, side: int, frames: int) -> ExportContent:
        """Return a content to be shown, not saved: at a side of at most `side` pixels, with at most `frames` frames."""
        numbers = np.linspace(0, len(self.frames) - 1, min(frames, len(self.frames))).round().astype(int)
        width, height = size_of(self.source)
        factor = min(1.0, side / max(width, height))
        size = max(1, round(width * factor)), max(1, round(height * factor))
        return replace(
            self,
            source=_thumbnail(self.source, size),
            target=_thumbnail(self.target, size),
            source_mask=_thumbnail(self.source_mask, size),
            target_mask=_thumbnail(self.target_mask, size),
            crossover=_thumbnail(self.crossover, size),
            result=None if self.result is None else self.result.upscaled(_thumbnail(self.result.image, size)),
            live=None if self.live is None else _thumbnail(self.live, size),
            frames=tuple(_thumbnail(self.frames[number], size) for number in numbers),
            iterations=(),
        )


def content_of(
    crossover: Crossover,
    size: tuple[int, int],
    result: Picture | None = None,
    *,
    live: np.ndarray | None = None,
    frames: tuple[np.ndarray, ...] = (),
    iterations: tuple[int, ...] = (),
    upscaler: Callable[[], Upscaler] | None = None,
    morph: Morph | None = None,
) -> ExportContent:
    """Return the content of a mix. size: width and height of the visible part of the crossover's squares."""
    return ExportContent(
        source=_visible(crossover.source, size),
        target=_visible(crossover.target, size),
        source_mask=_visible(crossover.source_mask, size),
        target_mask=_visible(crossover.target_mask, size),
        crossover=_visible(crossover.image, size),
        result=result,
        live=live,
        frames=frames,
        iterations=iterations,
        upscaler=upscaler,
        morph=morph,
    )


def read_content(folder: Path) -> ExportContent:
    """Return the content of the files of a mix in a folder, without frames. Raises DdsError if one is unreadable."""
    source, target, source_mask, target_mask, crossover = (folder / name for name in INPUTS)
    result = None
    if (path := folder / RESULT).exists():
        recipe, stored = read_recipe(path), read_latent(path)
        result = Picture(
            read_image(path),
            None if recipe is None else Recipe.from_dict(recipe),
            None if stored is None else StoredLatent.from_dict(stored),
        )
    return ExportContent(
        source=read_image(source),
        target=read_image(target),
        source_mask=read_grey(source_mask),
        target_mask=read_grey(target_mask),
        crossover=read_image(crossover),
        result=result,
    )


def fitted(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return an image or mask, uint8 [H, W, …], at a width and height: averaged if smaller, else interpolated."""
    width, height = size
    if image.shape[:2] == (height, width):
        return image
    is_smaller = width * height < image.shape[0] * image.shape[1]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if is_smaller else cv2.INTER_CUBIC)


def size_of(image: np.ndarray) -> tuple[int, int]:
    """Return width and height of an image."""
    height, width = image.shape[:2]
    return width, height


def _visible(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.ascontiguousarray(centre_crop(image, size))


def _thumbnail(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a much smaller image quickly: rows and columns are left out before the rest is averaged."""
    step = max(1, min(image.shape[0] // size[1], image.shape[1] // size[0]))
    return fitted(np.ascontiguousarray(image[::step, ::step]), size)
