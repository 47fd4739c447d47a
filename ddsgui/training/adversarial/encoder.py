"""An encoder for the generator: half of each batch are real images, reconstructed from their latents.

With only a discriminator, a generator trained on few images can leave out most of them; with reconstruction it
cannot.

Larsen et al., "Autoencoding beyond pixels using a learned similarity metric", ICML 2016, with the features of
a fixed network (Johnson et al., ECCV 2016) in place of the discriminator's.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from ddsgui.images import downscale
from ddsgui.stylegan.discriminator import DiscriminatorBlock
from ddsgui.stylegan.ops import EqualConv2d, EqualLinear, leaky_relu
from ddsgui.synthesis.backbones import Backbone
from ddsgui.training.losses import feature_loss

INPUT_SIDE = 32  # pixels of the encoder's input, at most: a person can be recognised there
CHANNELS = {4: 128, 8: 128, 16: 96, 32: 64}
VGG_SIDE = 64  # pixels at which VGG-16 compares, at most
PIXEL_WEIGHT = 2.0


class Encoder(nn.Module):
    """image -> a normal distribution over its latents z, with independent axes."""

    def __init__(self, z_dim: int, side: int) -> None:
        """side: of the images, a power of two from 8; those above 32 px are downscaled first."""
        super().__init__()
        self.side = min(side, INPUT_SIDE)
        widths = [CHANNELS[s] for s in sorted(CHANNELS, reverse=True) if s <= self.side]
        self.from_rgb = EqualConv2d(3, widths[0], 1)
        self.blocks = nn.ModuleList(DiscriminatorBlock(i, o, "box") for i, o in pairwise(widths))
        self.hidden = EqualLinear(16 * widths[-1], 256)
        self.mean = EqualLinear(256, z_dim)
        self.log_variance = EqualLinear(256, z_dim, bias=-1.0)
        nn.init.normal_(self.log_variance.weight, std=0.1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 3, R, R] in [-1, 1] -> mean [N, z_dim] and log variance [N, z_dim] in -8..2."""
        x = downscale(image, self.side)
        if x.device.type == "cpu":
            x = x.contiguous(memory_format=torch.channels_last)
        x = leaky_relu(self.from_rgb(x))
        for block in self.blocks:
            x = block(x)
        x = leaky_relu(self.hidden(x.flatten(1)))
        return self.mean(x), self.log_variance(x).clamp(-8, 2)


def sample_latent(mean: Tensor, log_variance: Tensor, rng: torch.Generator) -> Tensor:
    """Return a latent of each row's distribution, through which gradients pass: [N, z_dim]. rng: on the CPU."""
    normal = torch.randn(mean.shape, generator=rng).to(mean.device)
    return mean + normal * (0.5 * log_variance).exp()


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, variance) ‖ N(0, I)) in nats, summed over the axes of z and averaged over the batch.

    Source: Kingma and Welling, "Auto-Encoding Variational Bayes", ICLR 2014, Appendix B.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()


def reconstruction_loss(backbone: Backbone, images: Tensor, real: Tensor) -> Tensor:
    """Return mean absolute differences of VGG-16's activations, layer by layer, and of the pixels: a scalar.

    images, real: [N, 3, R, R] in [-1, 1]; above 64 px VGG-16 compares them at 64.
    """
    pixels = (images - real).abs().mean()
    features = feature_loss(backbone, downscale(images, VGG_SIDE), downscale(real, VGG_SIDE))
    return PIXEL_WEIGHT * pixels + features


class DivergenceWeight:
    """A weight that holds the divergence near a target: heavier above it and lighter below.

    With too little weight the encoder memorises each image, and latents of N(0, I) draw nothing; with too much, all
    images get the same latent.
    """

    def __init__(self, target: float, start: float = 1e-3, factor: float = 1.003) -> None:
        """target: nats. factor: of one update."""
        self.target, self.value, self.factor = target, start, factor

    def update(self, divergence: float) -> float:
        """Return the next weight after a batch of this divergence, in nats."""
        grow = self.factor if divergence > self.target else 1 / self.factor
        self.value = min(10.0, max(1e-6, self.value * grow))
        return self.value
