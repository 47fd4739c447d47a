"""Critics of VGG-16's activations, and of the pixels: each judges patches of one layer and knows where they lie.

Sauer et al., "Projected GANs Converge Faster", NeurIPS 2021 (small discriminators on the features of a fixed network);
Liu et al., "An Intriguing Failing of Convolutional Neural Networks and the CoordConv Solution", NeurIPS 2018.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddsgui.stylegan.ops import EqualConv2d, leaky_relu

CHANNELS = (64, 128, 256, 12)  # of relu1_2, relu2_2 and relu3_3, and of haar_wavelets()
WIDTHS = (32, 48, 64, 48)
BAND_SCALES = (1.0, 10.0, 10.0, 28.0)  # factors that scale each band of a photograph's wavelets to about 1
DOWNSAMPLINGS = 2  # of the activations, each to half the side, until there is a logit per patch
# How much images are recoloured at most before they are judged.
BRIGHTNESS, CONTRAST, SATURATION = 0.15, 0.2, 0.4


class Critic(nn.Module):
    """activations -> a logit per patch; a positive one means "real"."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.first_conv = EqualConv2d(channels + 2, width, 1)
        self.convs = nn.ModuleList(EqualConv2d(width, width, 3, padding=1) for _ in range(DOWNSAMPLINGS))
        self.last_conv = EqualConv2d(width, width, 3, padding=1)
        self.logit = EqualConv2d(width, 1, 1)

    def forward(self, features: Tensor) -> Tensor:
        """[N, C, H, W] -> logits [N, 1, H/4, W/4], rounded up."""
        positions = coordinates(*features.shape[2:]).to(features).expand(len(features), -1, -1, -1)
        x = leaky_relu(self.first_conv(torch.cat([features, positions], 1)))
        for conv in self.convs:
            x = F.avg_pool2d(leaky_relu(conv(x)), 2, ceil_mode=True)
        return self.logit(leaky_relu(self.last_conv(x)))


class FeatureCritics(nn.Module):
    """One critic per layer."""

    def __init__(self) -> None:
        super().__init__()
        self.critics = nn.ModuleList(Critic(*sizes) for sizes in zip(CHANNELS, WIDTHS, strict=True))

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """Activations [N, C_i, H_i, W_i], scaled to about 1 -> logits [N, 1, H_i/4, W_i/4], layer by layer."""
        return [critic(layer) for critic, layer in zip(self.critics, features, strict=True)]


def haar_wavelets(image: Tensor) -> Tensor:
    """Return one level of Haar wavelets of images [N, 3, H, W] with even sides: [N, 12, H/2, W/2], scaled to about 1.

    VGG-16 overlooks differences between neighbouring pixels, such as a faint lattice on the skin.
    """
    a, b, c, d = (image[..., i::2, j::2] / 2 for i in (0, 1) for j in (0, 1))
    bands = (a + b + c + d, a + b - c - d, a - b + c - d, a - b - c + d)
    return torch.cat([band * scale for band, scale in zip(bands, BAND_SCALES, strict=True)], 1)


def coordinates(height: int, width: int) -> Tensor:
    """Return x and y of each pixel, from -1 to 1: [2, height, width]."""
    along, down = torch.linspace(-1, 1, width), torch.linspace(-1, 1, height)
    return torch.stack(torch.meshgrid(along, down, indexing="xy"))


def recolour(image: Tensor, rng: torch.Generator) -> Tensor:
    """Return images [N, 3, H, W], each with random changes of brightness, saturation and contrast; nothing moves."""
    amounts = (torch.rand(3, len(image), 1, 1, 1, generator=rng) * 2 - 1).to(image.device)
    brightness, saturation, contrast = amounts
    image = image + brightness * BRIGHTNESS
    grey = image.mean(1, keepdim=True)
    image = (image - grey) * (1 + saturation * SATURATION) + grey
    middle = image.mean((1, 2, 3), keepdim=True)
    return (image - middle) * (1 + contrast * CONTRAST) + middle
