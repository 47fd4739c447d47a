"""Networks of twice the resolution that begin as the smaller ones.

Karras et al., "Progressive Growing of GANs for Improved Quality, Stability, and Variation", ICLR 2018, Sec. 2: a new
level is faded in, so that its random weights do not disturb what the lower ones have learnt. The generator needs no
fade: its new toRGB begins at zero, and grows as it is trained.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.generator import Generator
from ddsgui.stylegan.ops import EqualConv2d
from ddsgui.training.modules import drawing_from


def smaller_view(config: DiscriminatorConfig) -> EqualConv2d:
    """Return a new fromRGB with which a growing discriminator of this shape reads the image at half its side."""
    return EqualConv2d(3, config.width(config.resolution // 2), 1)


def grown_generator(smaller: Generator, channels: int, rng: torch.Generator) -> Generator:
    """Return a generator of twice the side, `channels` wide there, that draws what `smaller` draws, upsampled.

    All tensors of the smaller one are copied; of the new level only the toRGB is zero. `rng` draws the rest.
    """
    config = smaller.config
    with drawing_from(rng):
        grown = Generator(
            replace(config, resolution=2 * config.resolution, channels=(*config.channels, channels))
        )
    state = {**grown.state_dict(), **smaller.state_dict()}
    silent = f"synthesis.to_rgbs.{len(config.channels)}.conv.weight"
    state[silent] = torch.zeros_like(state[silent])
    grown.load_state_dict(state)
    return grown.to(smaller.device)


def grown_discriminator(smaller: Discriminator, channels: int, rng: torch.Generator) -> Discriminator:
    """Return a discriminator of twice the side, which at fade 0 gives an image the logit that `smaller` gives it.

    The weights of the smaller one's blocks are copied, and its fromRGB becomes `rgb_smaller`. `rng` draws the new
    level, `channels` wide.
    """
    config = smaller.config
    with drawing_from(rng):
        grown = Discriminator(
            replace(config, resolution=2 * config.resolution, channels=(*config.channels, channels))
        )
        grown.rgb_smaller = smaller_view(grown.config)
    state = grown.state_dict()
    for key, value in smaller.state_dict().items():
        if key.startswith("rgb_smaller."):
            continue
        if key.startswith("from_rgb."):
            key = key.replace("from_rgb.", "rgb_smaller.")
        elif key.startswith("blocks."):
            number, _, rest = key.removeprefix("blocks.").partition(".")
            key = f"blocks.{int(number) + 1}.{rest}"
        state[key] = value
    grown.load_state_dict(state)
    return grown.to(next(smaller.parameters()).device)
