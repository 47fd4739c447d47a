"""The picture inside the square: some domains were trained on wider pictures, padded with black to a square.

The generator, the masks and the optimiser stay square; only what people see or take away is cropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ddsgui.gan.generator import Generator
    from ddsgui.gan.generator_config import GeneratorConfig

SAMPLES = 4
DARK = 12  # of 255: how far the bars of a trained generator stray from black


def cropped(picture: np.ndarray, config: GeneratorConfig) -> np.ndarray:
    """The middle of a square picture (or mask), as the domain says: [R, R, …] -> [height, width, …], a view.

    A picture that is a multiple of the generator's side (an upscaled one) is cropped in proportion.
    """
    if config.crop is None:
        return picture
    scale = picture.shape[0] / config.resolution
    width, height = (round(side * scale) for side in config.crop)
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[top : top + height, left : left + width]


def find_crop(generator: Generator) -> tuple[int, int] | None:
    """Width and height of the picture between black bars, None if there are none. Draws a few pictures.

    A checkpoint does not say that its pictures were padded, but the generator has learnt to draw the bars: rows that
    are black in every picture. Of LSUN's cars, 512×384, they are an eighth of the height, above and below.
    """
    import torch

    from ddsgui.images import to_uint8

    config = generator.config
    z = torch.randn(SAMPLES, config.z_dim, generator=torch.Generator().manual_seed(0)).to(generator.device)
    label = torch.arange(SAMPLES, device=generator.device) % config.classes if config.classes else None
    with torch.no_grad():
        ws = generator.broadcast(generator.truncate(generator.mapping(z, label), 0.7))
        drawn = np.stack([to_uint8(generator.synthesis(w[None])[0]) for w in ws])  # one by one: less memory
    brightest = drawn.max(axis=(0, 3))
    height, width = (_bare(brightest.max(axis=axis)) for axis in (1, 0))
    return None if height == width == config.resolution or 0 in (height, width) else (width, height)


def _bare(lines: np.ndarray) -> int:
    """How many of the lines lie between bars that are black and alike on both sides: uint8 [R] -> 0 … R.

    Bars are counted in sixteenths of the side: padding is regular, dark corners of pictures are not.
    """
    light = np.flatnonzero(lines > DARK)
    if not len(light):
        return 0
    side, step = len(lines), max(len(lines) // 16, 1)
    bar = min(int(light[0]), side - 1 - int(light[-1]))
    return side - 2 * (bar // step * step)
