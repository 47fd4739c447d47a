"""What generator and discriminator minimise, and what keeps an adapted domain close to its source."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def generator_loss(logits: Tensor) -> Tensor:
    """-log σ(logit), averaged: low where generated pictures pass for real ones (non-saturating).

    Source: Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, Sec. 3.
    """
    return F.softplus(-logits).mean()


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """-log σ(real) - log(1 - σ(fake)), each averaged over its own logits."""
    return real_loss(real) + fake_loss(fake)


def real_loss(logits: Tensor) -> Tensor:
    """The discriminator's on real pictures alone."""
    return F.softplus(-logits).mean()


def fake_loss(logits: Tensor) -> Tensor:
    """The discriminator's on generated pictures alone."""
    return F.softplus(logits).mean()


def r1_penalty(logits: Tensor, image: Tensor, gamma: float, per_outputs: int = 1) -> Tensor:
    """γ/2 · ‖∂D/∂x‖² on real pictures, averaged over the batch; a scalar that can be differentiated again.

    logits: [N, ...], computed from `image` [N, 3, R, R], which requires a gradient. per_outputs: logits of one
    picture, by which the square is divided where a discriminator gives one a patch.
    Source: Mescheder et al., "Which Training Methods for GANs do actually Converge?", ICML 2018, Eq. 9.
    """
    (slope,) = torch.autograd.grad(logits.sum(), image, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean() * (gamma / 2 / per_outputs)


def distance_consistency(source: Tensor, adapted: Sequence[Tensor], layers: Sequence[int]) -> Tensor:
    """How far the distances within a batch differ between two generators: 0 where all are kept.

    source: log_distribution() of its activations. adapted: activations [N, C_i, H_i, W_i] of the same N ≥ 2
    latents, layer by layer; row n of the batch is compared with the others at layer layers[n], by cosine
    similarity. The softmax over a row's N - 1 similarities is a distribution; the loss is KL(source ‖ adapted),
    averaged over all N · (N - 1) terms.
    Source: Ojha et al., "Few-shot Image Generation via Cross-domain Correspondence", CVPR 2021, Eq. 1 to 3, and
    the authors' program for the mean.
    """
    return F.kl_div(log_distribution(adapted, layers), source, reduction="none", log_target=True).mean()


def random_layers(rows: int, layers: int, rng: torch.Generator) -> list[int]:
    """A layer for each row of a batch, each as likely as the others."""
    return torch.randint(layers, (rows,), generator=rng).tolist()


def log_distribution(features: Sequence[Tensor], layers: Sequence[int]) -> Tensor:
    """Logarithms of the softmax over each row's similarities to the others: [N, C_i, H_i, W_i] -> [N, N - 1].

    layers: for each row, the index of the activations that count.
    """
    similarities = {layer: _similarities(features[layer]) for layer in set(layers)}
    rows = [similarities[layer][row] for row, layer in enumerate(layers)]
    others = [torch.cat([similarity[:row], similarity[row + 1 :]]) for row, similarity in enumerate(rows)]
    return torch.stack(others).log_softmax(1)


def _similarities(features: Tensor) -> Tensor:
    """Cosine similarity of each picture's activations to each other's, [N, N]."""
    flat = features.movedim(1, -1).flatten(1)  # as they lie in memory on a CPU: nothing is copied
    products = flat @ flat.t()
    lengths = products.diagonal().clamp(min=1e-12).sqrt()
    return products / (lengths[:, None] * lengths)
