"""Networks of twice the resolution that begin as the smaller ones.

Karras et al., "Progressive Growing of GANs for Improved Quality, Stability, and Variation", ICLR 2018, Sec. 2: a new
level is faded in, lest its random weights wreck what the lower ones have learnt. The generator needs no fade of its
own: its new toRGB begins at zero, and grows as it is trained.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch

from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.generator import Generator
from ddsgui.stylegan.ops import EqualConv2d


@contextmanager
def drawing_from(rng: torch.Generator) -> Iterator[None]:
    """Weights of networks made within are drawn by `rng`, and torch's own random numbers are left as they were."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(torch.randint(2**62, (), generator=rng)))
        yield


def smaller_view(config: DiscriminatorConfig) -> EqualConv2d:
    """What a discriminator of this shape reads the halved picture with while it grows."""
    return EqualConv2d(3, config.width(config.resolution // 2), 1)


def grown_generator(smaller: Generator, channels: int, rng: torch.Generator) -> Generator:
    """A generator of twice the side, `channels` wide there, whose picture is that of `smaller`, lifted smoothly.

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
    """A discriminator of twice the side, which at fade 0 judges the halved picture just as `smaller` does.

    The weights of the smaller one's blocks are copied, and its view of the picture becomes `rgb_smaller`. The new
    level, `channels` wide, is drawn by `rng`.
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
