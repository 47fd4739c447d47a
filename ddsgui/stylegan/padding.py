"""The padding of generators whose pictures are not square: they draw black bars around the picture.

The generator, the masks and the optimiser stay square; the padding is removed where pictures are shown or saved.
"""

from __future__ import annotations

from collections.abc import Generator as Steps
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ddsgui.stylegan.generator import Generator
    from ddsgui.stylegan.generator_config import GeneratorConfig

SAMPLES = 8
MAX_BAR_LEVEL = 12  # of 255: the bars of a trained generator are not quite black


def remove_padding(picture: np.ndarray, config: GeneratorConfig) -> np.ndarray:
    """Return the picture inside a square image or mask: [R, R, …] -> [height, width, …], a view.

    The square may be a multiple of the generator's side, as an upscaled one is.
    """
    scale = picture.shape[0] / config.resolution
    width, height = config.picture_size
    return centre_crop(picture, (round(width * scale), round(height * scale)))


def with_padding(picture: np.ndarray, config: GeneratorConfig) -> np.ndarray:
    """Return a square [R, R, …] with black bars where the generator draws them."""
    square = np.zeros_like(picture)
    remove_padding(square, config)[:] = remove_padding(picture, config)
    return square


def centre_crop(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return width × height in the middle of an image or mask: [H, W, …] -> [height, width, …], a view."""
    width, height = size
    if picture.shape[:2] == (height, width):
        return picture
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[top : top + height, left : left + width]


def common_picture_size(first: GeneratorConfig, second: GeneratorConfig) -> tuple[int, int]:
    """Return width and height of the middle in which both domains draw a picture.

    Around it at least one of them draws only bars, and there is nothing to mix.
    """
    width, height = map(min, zip(first.picture_size, second.picture_size, strict=True))
    return width, height


def find_padding_steps(generator: Generator) -> Steps[float, None, tuple[int, int] | None]:
    """Draw a few pictures and return width and height of the picture between black bars, None if there are no bars.

    Yields the progress, 0 … 1, after every picture.

    A checkpoint does not say that its pictures were padded, but its generator has learnt to draw the bars, above and
    below or left and right, in every picture. Of LSUN's cars, 512×384, each is an eighth of the height.
    """
    import torch

    from ddsgui.images import to_uint8

    config = generator.config
    z = torch.randn(SAMPLES, config.z_dim, generator=torch.Generator().manual_seed(0)).to(generator.device)
    label = torch.arange(SAMPLES, device=generator.device) % config.classes if config.classes else None
    brightest = np.zeros((config.resolution, config.resolution), np.uint8)
    width = height = config.resolution
    with torch.no_grad():
        ws = generator.broadcast(generator.mapping(z, label))
    for number in range(SAMPLES):
        with torch.no_grad():  # not across the yield, where it would apply to the caller
            drawn = to_uint8(generator.synthesis(ws[number : number + 1])[0])
        brightest = np.maximum(brightest, drawn.max(axis=2))
        width, height = _bare(brightest.max(axis=0)), _bare(brightest.max(axis=1))
        if width == height == config.resolution:
            break  # one picture without bars is enough, so nearly all domains need no second
        yield (number + 1) / SAMPLES
    padded = config.resolution in (width, height) and width != height
    return (width, height) if padded and width and height else None


def _bare(lines: np.ndarray) -> int:
    """Return the number of lines between bars that are black and equally wide; brightness uint8 [R] -> 0 … R.

    Bars are counted in sixteenths of the side, since padding is regular and a dark background is not. The picture may
    bleed a little into them.
    """
    light = np.flatnonzero(lines > MAX_BAR_LEVEL)
    if not len(light):
        return 0
    side, step = len(lines), max(len(lines) // 16, 1)
    bar = min(int(light[0]), side - 1 - int(light[-1]))
    return side - 2 * ((bar + step // 8) // step * step)
