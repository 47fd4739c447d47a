"""Loss terms: those of generator and discriminator, differences in a network's features, and their sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.synthesis.backbones import Backbone

VGG_LAYERS = ("relu1_2", "relu2_2", "relu3_3")


@dataclass(frozen=True)
class TrainingLoss:
    """A loss of a training's steps, in its registry LOSSES: the table of metrics has a column for each."""

    name: str
    weight: str | None = None  # the setting that weighs it; None: 1, or the training says how much


def total_loss(
    terms: Iterable[TrainingLoss],
    losses: Mapping[str, Tensor],
    settings: Any,
    weights: Mapping[str, float] | None = None,
) -> Tensor:
    """Return the weighted sum of `losses`, by name, in the order of `terms`.

    settings: have a field for each term's weight. weights: further factors by name.
    """
    factors = weights or {}
    parts = [
        losses[term.name]
        * (1.0 if term.weight is None else getattr(settings, term.weight))
        * factors.get(term.name, 1.0)
        for term in terms
        if term.name in losses
    ]
    return torch.stack(parts).sum()


def generator_loss(logits: Tensor) -> Tensor:
    """Return -log σ(logit), averaged: low where generated images pass for real ones (non-saturating).

    Source: Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, Sec. 3.
    """
    return F.softplus(-logits).mean()


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Return -log σ(real) - log(1 - σ(fake)), each averaged over its own logits."""
    return real_loss(real_logits) + fake_loss(fake_logits)


def real_loss(logits: Tensor) -> Tensor:
    """Return the part of the discriminator's loss for real images."""
    return F.softplus(-logits).mean()


def fake_loss(logits: Tensor) -> Tensor:
    """Return the part of the discriminator's loss for generated images."""
    return F.softplus(logits).mean()


def r1_penalty(logits: Tensor, image: Tensor, gamma: float, per_outputs: int = 1) -> Tensor:
    """Return γ/2 · ‖∂D/∂x‖² on real images, averaged over the batch; a scalar that can be differentiated again.

    logits: [N, ...], computed from `image` [N, 3, R, R], which requires a gradient. per_outputs: logits per image,
    by which the square is divided where a discriminator gives one per patch.
    Source: Mescheder et al., "Which Training Methods for GANs do actually Converge?", ICML 2018, Eq. 9.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), image, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean() * (gamma / 2 / per_outputs)


def feature_loss(vgg: Backbone, images: Tensor, wanted: Tensor, layers: Sequence[str] = VGG_LAYERS) -> Tensor:
    """Return mean absolute differences of activations, summed over the layers (Johnson et al., ECCV 2016): a scalar.

    images, wanted: [N, 3, R, R] in [-1, 1]; gradients pass to `images` only.
    """
    with torch.no_grad():
        targets = vgg(wanted.contiguous(), tuple(layers))
    activations = vgg(images.contiguous(), tuple(layers))
    terms = [(a - t).abs().mean() for a, t in zip(activations, targets, strict=True)]
    return torch.stack(terms).sum()


def distance_consistency(source: Tensor, adapted: Sequence[Tensor], layers: Sequence[int]) -> Tensor:
    """Return how far the distances within a batch differ between two generators: 0 where all are kept.

    source: log_distribution() of its activations. adapted: activations [N, C_i, H_i, W_i] of the same N ≥ 2
    latents, layer by layer; row n of the batch is compared with the others at layer layers[n], by cosine
    similarity. The softmax over a row's N - 1 similarities is a distribution; the loss is KL(source ‖ adapted),
    averaged over all N · (N - 1) terms.
    Source: Ojha et al., "Few-shot Image Generation via Cross-domain Correspondence", CVPR 2021, Eq. 1 to 3, and
    the authors' program for the mean.
    """
    return F.kl_div(log_distribution(adapted, layers), source, reduction="none", log_target=True).mean()


def random_layers(rows: int, layers: int, rng: torch.Generator) -> list[int]:
    """Return a layer for each row of a batch, all equally likely."""
    return torch.randint(layers, (rows,), generator=rng).tolist()


def log_distribution(features: Sequence[Tensor], layers: Sequence[int]) -> Tensor:
    """Return logarithms of the softmax over each row's similarities to the others: [N, N - 1].

    features: activations [N, C_i, H_i, W_i] by layer. layers: for each row, the index of the activations that count.
    """
    similarities = {layer: _similarities(features[layer]) for layer in set(layers)}
    rows = [similarities[layer][row] for row, layer in enumerate(layers)]
    others = [torch.cat([similarity[:row], similarity[row + 1 :]]) for row, similarity in enumerate(rows)]
    return torch.stack(others).log_softmax(1)


def _similarities(features: Tensor) -> Tensor:
    """Return the cosine similarity of each image's activations to each other image's, [N, N]."""
    flat = features.movedim(1, -1).flatten(1)  # as they lie in memory on a CPU: nothing is copied
    products = flat @ flat.t()
    lengths = products.diagonal().clamp(min=1e-12).sqrt()
    return products / (lengths[:, None] * lengths)
