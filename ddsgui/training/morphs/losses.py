"""How far a drawn picture is from the one that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.synthesis.backbones import Backbone
from ddsgui.training.adversarial.encoder import LAYERS

COARSE_PX = 4  # pixels, over which colours are averaged: large things first
_CENTRE_SPREAD = 0.11  # of the side, of the windows about the middle
MAX_WEIGHT = 20.0  # weight of an adversarial loss, at most
EMA_DECAY = 0.9  # of that weight, from one measurement to the next

Window = tuple[slice, slice]  # rows and columns


def pixel_losses(ours: Tensor, wanted: Tensor, focus: Tensor) -> dict[str, Tensor]:
    """Mean absolute differences of pixels, of colours averaged over 4×4 of them, and of slopes.

    ours, wanted: [N, 3, R, R] in [-1, 1]; focus: [1, R, R], how much each pixel counts.
    """
    apart = ours - wanted
    coarse = F.avg_pool2d(apart, COARSE_PX).abs() * F.avg_pool2d(focus, COARSE_PX)
    across = (apart[..., 1:] - apart[..., :-1]).abs() * focus[..., 1:]
    down = (apart[..., 1:, :] - apart[..., :-1, :]).abs() * focus[..., 1:, :]
    return {
        "pixels": (apart.abs() * focus).mean(),
        "coarse": coarse.mean(),
        "edges": across.mean() + down.mean(),
    }


def feature_loss(vgg: Backbone, ours: Tensor, wanted: Tensor, layers: Sequence[str] = LAYERS) -> Tensor:
    """Mean absolute differences of activations, summed over the layers (Johnson et al., ECCV 2016): a scalar."""
    with torch.no_grad():
        known = vgg(wanted.contiguous(), tuple(layers))
    found = vgg(ours.contiguous(), tuple(layers))
    terms = [(f - k).abs().mean() for f, k in zip(found, known, strict=True)]
    return torch.stack(terms).sum()


def sample_window(side: int, window: int, rng: torch.Generator) -> Window:
    """A square of `window` pixels: half of them anywhere, half about the middle."""
    room = side - window
    anywhere = torch.rand(2, generator=rng)
    about = torch.randn(2, generator=rng)
    coin = torch.rand(1, generator=rng)
    start = anywhere * (room + 1) if coin < 0.5 else room / 2 + about * _CENTRE_SPREAD * side
    top, left = start.long().clamp(0, room).tolist()
    return slice(top, top + window), slice(left, left + window)


def balanced_weight(
    weight: float, wanted: float, drawn: Tensor, reconstruction: Tensor, adversarial: Tensor
) -> float:
    """The weight of an adversarial loss, led to where its gradient is `wanted` times the reconstruction's.

    drawn: [N, 3, R, R], which both losses come from; their graphs are kept.
    Source: Esser et al., "Taming Transformers for High-Resolution Image Synthesis", CVPR 2021, Eq. 7, at the picture
    instead of the last layer.
    """
    (ours,) = torch.autograd.grad(reconstruction, drawn, retain_graph=True)
    (theirs,) = torch.autograd.grad(adversarial, drawn, retain_graph=True)
    right = wanted * float(ours.norm()) / (float(theirs.norm()) + 1e-9)
    return EMA_DECAY * weight + (1 - EMA_DECAY) * min(MAX_WEIGHT, right)
