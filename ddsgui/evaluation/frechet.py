"""The Fréchet distance between two sets of images, in the features of the bundled VGG-16.

Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", NeurIPS 2017,
Eq. 6, with relu3_3, averaged over the image, in place of Inception's pool. The figures compare with each other
only, never with a published FID; and only for sets of one size, as few images make the distance too large.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.backbones import Backbone, load_backbone

LAYER = "relu3_3"
BATCH = 16


@dataclass(frozen=True, eq=False)
class Statistics:
    """A normal distribution fitted to features."""

    mean: Tensor  # float64 [C]
    covariance: Tensor  # float64 [C, C], of the sample: over n − 1
    n: int  # images


class _Moments:
    """Running mean and covariance of batches of features (Chan et al. 1983, Eq. 1.5)."""

    def __init__(self) -> None:
        self.n = 0
        self.mean: Tensor | None = None
        self.scatter: Tensor | None = None

    def add(self, features: Tensor) -> None:
        """Add features [B, C]."""
        x = features.double()
        mean = x.mean(0)
        centred = x - mean
        scatter = centred.t() @ centred
        if self.mean is None or self.scatter is None:
            self.n, self.mean, self.scatter = len(x), mean, scatter
            return
        n = self.n + len(x)
        difference = mean - self.mean
        self.scatter += scatter + torch.outer(difference, difference) * (self.n * len(x) / n)
        self.mean += difference * (len(x) / n)
        self.n = n

    def statistics(self) -> Statistics:
        """Return the fitted distribution. Raises ValueError for fewer than two rows."""
        if self.n < 2 or self.mean is None or self.scatter is None:
            raise ValueError("a distribution needs two pictures or more")
        return Statistics(self.mean, self.scatter / (self.n - 1), self.n)


def statistics_of(features: Iterable[Tensor]) -> Statistics:
    """Return statistics of batches of features [B, C]. Raises ValueError for fewer than two rows in all."""
    moments = _Moments()
    for batch in features:
        moments.add(batch.cpu())
    return moments.statistics()


def vgg_statistics(images: Iterable[Tensor], backbone: Backbone | None = None) -> Statistics:
    """Return statistics of batches of images [B, 3, H, W], uint8 or float in [-1, 1].

    Floats are clamped and rounded as in a PNG, so that both kinds give the same figures. backbone: the bundled
    VGG-16, if it is loaded already.
    """
    return statistics_of(vgg_features(images, backbone))


@torch.no_grad()
def vgg_features(
    images: Iterable[Tensor], backbone: Backbone | None = None, layer: str = LAYER
) -> Iterator[Tensor]:
    """Yield feature rows [B, C] of each batch [B, 3, H, W], uint8 or float in [-1, 1]; C: the layer's channels."""
    vgg = backbone or load_backbone("vgg16")
    for batch in images:
        pixels = batch if batch.dtype == torch.uint8 else batch.clamp(-1, 1).add(1).mul(127.5).round()
        (activation,) = vgg((pixels.float() / 127.5 - 1).to(vgg.mean.device).contiguous(), (layer,))
        yield activation.mean((2, 3))


def batches(images: Tensor, size: int = BATCH) -> Iterator[Tensor]:
    """Yield [N, …] in slices of at most `size`."""
    yield from images.split(size)


@torch.no_grad()
def sample_images(
    generator: Generator, count: int, psi: float, seed: int = 0, size: int = BATCH
) -> Iterator[Tensor]:
    """Yield `count` images of random latents, truncated to ψ, in batches [B, 3, R, R]: the same for the same seed.

    Noise is constant, as wherever an image is shown.
    """
    latents = torch.randn(count, generator.config.z_dim, generator=torch.Generator().manual_seed(seed))
    for z in latents.split(size):
        w = generator.truncate(generator.mapping(z.to(generator.device)), psi)
        yield generator.synthesis(generator.broadcast(w))


def frechet_of_rows(first: Tensor, second: Tensor) -> float:
    """Return the Fréchet distance of features [N, D] and [M, D], quickly where there are fewer images than features.

    The eigenvalues of Σ_a Σ_b are then those of a matrix of N × M numbers: tr((Σ_a Σ_b)^½) is the sum of the singular
    values of A·Bᵀ, of centred rows, over the root of (N − 1)(M − 1). Raises ValueError for fewer than two rows.
    """
    if max(len(first), len(second)) > first.shape[1] or min(len(first), len(second)) < 2:
        return frechet_distance(statistics_of([first]), statistics_of([second]))
    a, b = (rows.double() for rows in (first, second))
    difference = (a.mean(0) - b.mean(0)).square().sum()
    a, b = a - a.mean(0), b - b.mean(0)
    n, m = len(a) - 1, len(b) - 1
    cross = torch.linalg.svdvals(a @ b.t()).sum() / (n * m) ** 0.5
    return max(0.0, float(difference + a.square().sum() / n + b.square().sum() / m - 2 * cross))


def frechet_distance(a: Statistics, b: Statistics) -> float:
    """Return ‖μ_a − μ_b‖² + tr(Σ_a + Σ_b − 2·(Σ_a Σ_b)^½), 0 or more.

    The trace of the root is taken as that of (Σ_a^½ Σ_b Σ_a^½)^½, which is symmetric: two eigenvalue problems in
    float64 and no complex numbers, also where there are fewer images than features.
    """
    values, vectors = torch.linalg.eigh(a.covariance)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.t()
    inner = root @ b.covariance @ root
    cross = torch.linalg.eigvalsh((inner + inner.t()) / 2).clamp(min=0).sqrt().sum()
    difference = (a.mean - b.mean).square().sum()
    return max(0.0, float(difference + a.covariance.trace() + b.covariance.trace() - 2 * cross))
