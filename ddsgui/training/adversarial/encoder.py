"""An encoder beside the generator: half of what it draws are real pictures, found again from their own latents.

A discriminator alone lets a generator of few pictures leave most of them out. Whoever has to redraw each of them
cannot. Larsen et al., "Autoencoding beyond pixels using a learned similarity metric", ICML 2016, with the features of
a fixed network (Johnson et al., ECCV 2016) in place of the discriminator's.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddsgui.stylegan.discriminator import DiscriminatorBlock
from ddsgui.stylegan.ops import EqualConv2d, EqualLinear, leaky_relu
from ddsgui.synthesis.backbones import Backbone

INPUT_SIDE_PX = 32  # pixels that the encoder looks at, at most: who somebody is can be seen there
CHANNELS = {4: 128, 8: 128, 16: 96, 32: 64}
VGG_SIDE_PX = 64  # pixels at which VGG compares, at most
LAYERS = ("relu1_2", "relu2_2", "relu3_3")
PIXEL_WEIGHT = 2.0


class Encoder(nn.Module):
    """picture -> a normal distribution over its latents z, with independent axes."""

    def __init__(self, z_dim: int, side: int) -> None:
        """side: of the pictures, a power of two from 8 on; those above 32 px are halved first."""
        super().__init__()
        self.side = min(side, INPUT_SIDE_PX)
        widths = [CHANNELS[s] for s in sorted(CHANNELS, reverse=True) if s <= self.side]
        self.from_rgb = EqualConv2d(3, widths[0], 1)
        self.blocks = nn.ModuleList(DiscriminatorBlock(i, o, "box") for i, o in pairwise(widths))
        self.hidden = EqualLinear(16 * widths[-1], 256)
        self.mean = EqualLinear(256, z_dim)
        self.log_variance = EqualLinear(256, z_dim, bias=-1.0)
        nn.init.normal_(self.log_variance.weight, std=0.1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 3, R, R] in [-1, 1] -> mean [N, z_dim] and log variance [N, z_dim] in -8..2."""
        x = shrunk(image, self.side)
        if x.device.type == "cpu":
            x = x.contiguous(memory_format=torch.channels_last)
        x = leaky_relu(self.from_rgb(x))
        for block in self.blocks:
            x = block(x)
        x = leaky_relu(self.hidden(x.flatten(1)))
        return self.mean(x), self.log_variance(x).clamp(-8, 2)


def sample_latent(mean: Tensor, log_variance: Tensor, rng: torch.Generator) -> Tensor:
    """A latent of each row's distribution, through which gradients pass: [N, z_dim]; `rng` on the CPU."""
    normal = torch.randn(mean.shape, generator=rng).to(mean.device)
    return mean + normal * (0.5 * log_variance).exp()


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) ‖ N(0, I)) in nats, summed over the axes of z and averaged over the batch.

    Source: Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014, Appendix B.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()


def reconstruction_loss(backbone: Backbone, ours: Tensor, real: Tensor) -> Tensor:
    """Mean absolute differences of VGG's activations, layer by layer, and of the pixels: a scalar.

    ours, real: [N, 3, R, R] in [-1, 1]; above 64 px they are compared at 64.
    """
    pixels = (ours - real).abs().mean()
    ours, real = shrunk(ours, VGG_SIDE_PX), shrunk(real, VGG_SIDE_PX)
    with torch.no_grad():
        wanted = backbone(real.contiguous(), LAYERS)
    found = backbone(ours.contiguous(), LAYERS)
    terms = [(f - w).abs().mean() for f, w in zip(found, wanted, strict=True)]
    return sum(terms, PIXEL_WEIGHT * pixels)


def shrunk(image: Tensor, side: int) -> Tensor:
    """[N, 3, R, R] at `side` pixels by area, or as it is where it is no larger."""
    factor = image.shape[-1] // side
    return F.avg_pool2d(image, factor) if factor > 1 else image


class DivergenceWeight:
    """Holds the divergence near a target by making its weight heavier above it and lighter below.

    Free, an encoder tells each picture by heart and the latents of N(0, I) draw nothing; pressed too hard, all
    pictures have one latent.
    """

    def __init__(self, target: float, start: float = 1e-3, factor: float = 1.003) -> None:
        """target: nats; factor: of one update."""
        self.target, self.value, self.factor = target, start, factor

    def update(self, divergence: float) -> float:
        """Take the divergence of a batch, in nats; the weight from now on."""
        grow = self.factor if divergence > self.target else 1 / self.factor
        self.value = min(10.0, max(1e-6, self.value * grow))
        return self.value
