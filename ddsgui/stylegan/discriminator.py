"""The StyleGAN2 discriminator: residual blocks from the picture down to 4×4, then one number.

Source: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020, Fig. 7 (residual nets).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddsgui.errors import CheckpointError
from ddsgui.stylegan.ops import EqualConv2d, EqualLinear, blur, leaky_relu

Filter = Literal["box", "binomial"]
_GROUPS: dict[str, tuple[int, ...]] = {"box": (8, 4), "binomial": (4,)}


@dataclass(frozen=True)
class DiscriminatorConfig:
    """The shape of a discriminator. Sides in pixels."""

    resolution: int  # 8 to 2048, a power of two
    channels: tuple[int, ...]  # of the levels 4, 8, …, resolution
    # How a block halves its side: the mean of 2×2 pixels, an eighth faster on a CPU, or StyleGAN2's 4×4 filter.
    filter: Filter = "box"

    def __post_init__(self) -> None:
        levels = self.resolution.bit_length() - 2
        sane = self.resolution in {2**k for k in range(3, 12)} and len(self.channels) == levels
        if not sane or not all(1 <= c <= 8192 for c in self.channels) or self.filter not in _GROUPS:
            raise CheckpointError(f"No StyleGAN2 discriminator has this shape: {self}.")

    def width(self, side: int) -> int:
        """Return the channels of the trunk where it is `side` pixels wide."""
        return self.channels[side.bit_length() - 3]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"resolution": self.resolution, "channels": list(self.channels), "filter": self.filter}


class DiscriminatorBlock(nn.Module):
    """Two 3×3 convolutions and a skip connection; halves the side."""

    def __init__(self, inputs: int, outputs: int, filter: Filter) -> None:
        super().__init__()
        self.filter = filter
        padding, stride = (1, 1) if filter == "box" else (0, 2)
        self.conv1 = EqualConv2d(inputs, inputs, 3, padding=1)
        self.conv2 = EqualConv2d(inputs, outputs, 3, padding=padding, stride=stride)
        self.skip = EqualConv2d(inputs, outputs, 1, bias=False, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, inputs, H, W] to [N, outputs, H/2, W/2]."""
        y = leaky_relu(self.conv1(x))
        if self.filter == "box":
            y, x = F.avg_pool2d(y, 2), F.avg_pool2d(x, 2)
        else:
            y, x = blur(y, padding=2), blur(x, padding=1)
        return (leaky_relu(self.conv2(y)) + self.skip(x)) * math.sqrt(0.5)


class Discriminator(nn.Module):
    """A network that tells a domain's pictures from a generator's: a positive logit means "of the domain".

    While a network grows to twice its resolution, `rgb_smaller` reads the halved picture as the smaller network
    did, and `fade` blends the two (Karras et al., "Progressive Growing of GANs", ICLR 2018, Fig. 2). It is None
    otherwise and is never saved.
    """

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        channels = config.channels
        self.from_rgb = EqualConv2d(3, channels[-1], 1)
        self.rgb_smaller: EqualConv2d | None = None
        self.blocks = nn.ModuleList(
            DiscriminatorBlock(i, o, config.filter) for i, o in pairwise(channels[::-1])
        )
        self.final_conv = EqualConv2d(channels[0] + 1, channels[0], 3, padding=1)
        self.final_linear = EqualLinear(16 * channels[0], channels[0])
        self.logit = EqualLinear(channels[0], 1)

    def forward(self, image: Tensor, fade: float = 1.0) -> Tensor:
        """Map images [N, 3, R, R] in [-1, 1] to logits [N, 1]. fade: weight of the full resolution, 0 … 1."""
        *_, x = self._trunk(image, fade)
        x = leaky_relu(self.final_conv(append_minibatch_stddev(x, _GROUPS[self.config.filter])))
        return self.logit(leaky_relu(self.final_linear(x.flatten(1))))

    def features(self, image: Tensor, side: int, fade: float = 1.0) -> Tensor:
        """Return the trunk's activations [N, C, side, side] at one of the sides R, R/2, …, 4."""
        for x in self._trunk(image, fade):
            if x.shape[-1] == side:
                return x
        raise ValueError(f"the trunk of {self.config.resolution} pixels has no side of {side}")

    def freeze(self) -> Discriminator:
        """Switch to eval mode without gradients of the weights, and return the network itself."""
        return self.eval().requires_grad_(False)

    def _trunk(self, image: Tensor, fade: float) -> Iterator[Tensor]:
        """Yield the activations level by level, from R down to 4, each computed when it is needed."""
        if image.device.type == "cpu":  # a quarter faster there
            image = image.contiguous(memory_format=torch.channels_last)
        x = leaky_relu(self.from_rgb(image))
        yield x
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i == 0 and fade < 1 and self.rgb_smaller is not None:
                smaller = leaky_relu(self.rgb_smaller(F.avg_pool2d(image, 2)))
                x = smaller.lerp(x, fade)
            yield x


def append_minibatch_stddev(x: Tensor, groups: tuple[int, ...]) -> Tensor:
    """Append a channel with the standard deviation within groups, so that a generator of few pictures is detected.

    [N, C, H, W] -> [N, C+1, H, W]. A group has as many images as the first of `groups` that divides N, else N;
    image i belongs to group i mod (N / size). Source: Karras et al., ICLR 2018, Sec. 3.
    """
    size = next((g for g in groups if len(x) % g == 0), len(x))
    groups_first = x.view(size, -1, *x.shape[1:])  # [size, N / size, C, H, W]
    variance = groups_first.var(0, correction=0)
    deviation = (variance + 1e-8).sqrt().mean((1, 2, 3))  # [N / size]
    return torch.cat([x, deviation.repeat(size)[:, None, None, None].expand(-1, 1, *x.shape[2:])], 1)
