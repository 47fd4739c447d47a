"""Judges patches of a picture and knows where they lie, so that an eye is judged as an eye.

Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", CVPR 2017, Sec. 3.2.2 (patches);
Liu et al., "An Intriguing Failing of Convolutional Neural Networks and the CoordConv Solution", NeurIPS 2018.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from ddsgui.gan.discriminator import DiscriminatorBlock
from ddsgui.gan.ops import EqualConv2d, leaky_relu

WIDTHS = (32, 64, 96, 96)
SMALLER = 2 ** (len(WIDTHS) - 1)  # times, of the sides of picture and logits
BRIGHTNESS, SATURATION = 0.1, 0.2  # at most, by which pictures are changed before they are judged
_CENTRE_SPREAD = 0.11  # of the side, of the crops about the middle


class PatchDiscriminator(nn.Module):
    """pictures and coordinates -> a logit a patch: positive says "real"."""

    def __init__(self) -> None:
        super().__init__()
        self.from_rgb = EqualConv2d(5, WIDTHS[0], 3, padding=1)
        self.blocks = nn.ModuleList(DiscriminatorBlock(i, o, "box") for i, o in pairwise(WIDTHS))
        self.last_conv = EqualConv2d(WIDTHS[-1], WIDTHS[-1], 3, padding=1)
        self.logit = EqualConv2d(WIDTHS[-1], 1, 1)

    def forward(self, image: Tensor, where: Tensor) -> Tensor:
        """[N, 3, H, W] in [-1, 1], [2, H, W] of coordinates() -> logits [N, 1, H/8, W/8]."""
        x = torch.cat([image, where.expand(len(image), -1, -1, -1)], 1)
        if x.device.type == "cpu":
            x = x.contiguous(memory_format=torch.channels_last)
        x = leaky_relu(self.from_rgb(x))
        for block in self.blocks:
            x = block(x)
        return self.logit(leaky_relu(self.last_conv(x)))


def coordinates(side: int) -> Tensor:
    """x and y of each pixel, from -1 to 1: [2, side, side]."""
    along = torch.linspace(-1, 1, side)
    return torch.stack(torch.meshgrid(along, along, indexing="xy"))


def recoloured(image: Tensor, rng: torch.Generator) -> Tensor:
    """Each picture [N, 3, H, W] a little brighter or darker and more or less colourful; nothing moves."""
    by_lot = (torch.rand(2, len(image), 1, 1, 1, generator=rng) * 2 - 1).to(image.device)
    image = image + by_lot[0] * BRIGHTNESS
    grey = image.mean(1, keepdim=True)
    return (image - grey) * (1 + by_lot[1] * SATURATION) + grey


def draw_crop(side: int, crop: int, rng: torch.Generator) -> tuple[slice, slice]:
    """Rows and columns of a square of `crop` pixels: half of them anywhere, half about the middle."""
    room = side - crop
    anywhere, about, apart = (
        torch.rand(2, generator=rng),
        torch.randn(2, generator=rng),
        torch.rand(1, generator=rng),
    )
    start = anywhere * (room + 1) if apart < 0.5 else room / 2 + about * _CENTRE_SPREAD * side
    top, left = start.long().clamp(0, room).tolist()
    return slice(top, top + crop), slice(left, left + crop)
