"""Losses of a training by morphs: differences in pixels, squares that VGG-16 sees, and the critics' weight."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

COARSE_PX = 4  # side of the squares over which colours are averaged: large things first
_CENTRE_SPREAD = 0.11  # of the windows around the middle, as a share of the side
MAX_WEIGHT = 20.0  # weight of an adversarial loss, at most
EMA_DECAY = 0.9  # of that weight, per measurement

Window = tuple[slice, slice]  # rows and columns


def pixel_losses(images: Tensor, wanted: Tensor, focus: Tensor) -> dict[str, Tensor]:
    """Return mean absolute differences of pixels, of colours averaged over 4×4 of them, and of gradients.

    images, wanted: [N, 3, R, R] in [-1, 1]; focus: [1, R, R], how much each pixel counts.
    """
    difference = images - wanted
    coarse = F.avg_pool2d(difference, COARSE_PX).abs() * F.avg_pool2d(focus, COARSE_PX)
    across = (difference[..., 1:] - difference[..., :-1]).abs() * focus[..., 1:]
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs() * focus[..., 1:, :]
    return {
        "pixels": (difference.abs() * focus).mean(),
        "coarse": coarse.mean(),
        "edges": across.mean() + down.mean(),
    }


def sample_window(side: int, window: int, rng: torch.Generator) -> Window:
    """Return a random square of `window` pixels: half of the squares lie anywhere, half around the middle."""
    room = side - window
    anywhere = torch.rand(2, generator=rng)
    around = torch.randn(2, generator=rng)
    coin = torch.rand(1, generator=rng)
    start = anywhere * (room + 1) if coin < 0.5 else room / 2 + around * _CENTRE_SPREAD * side
    top, left = start.long().clamp(0, room).tolist()
    return slice(top, top + window), slice(left, left + window)


def balanced_weight(
    weight: float, wanted: float, images: Tensor, reconstruction: Tensor, adversarial: Tensor
) -> float:
    """Return the next weight of an adversarial loss, led to where its gradient is `wanted` times the reconstruction's.

    images: [N, 3, R, R], which both losses are computed from; their graphs are kept.
    Source: Esser et al., "Taming Transformers for High-Resolution Image Synthesis", CVPR 2021, Eq. 7, at the image
    instead of the last layer.
    """
    (reconstructing,) = torch.autograd.grad(reconstruction, images, retain_graph=True)
    (opposing,) = torch.autograd.grad(adversarial, images, retain_graph=True)
    balance = wanted * float(reconstructing.norm()) / (float(opposing.norm()) + 1e-9)
    return EMA_DECAY * weight + (1 - EMA_DECAY) * min(MAX_WEIGHT, balance)
