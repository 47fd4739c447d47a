"""Correspondence of two domains: do they draw the same person for the same latent, whatever their styles?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.synthesis.backbones import Backbone, load_backbone

LAYER, GRID = "relu3_3", 8
_GREY = (0.299, 0.587, 0.114)  # Rec. 601


@dataclass(frozen=True)
class Correspondence:
    """The ease with which partners in a set of pairs are found among all images."""

    pairs: int
    top1: float  # share whose own partner is the nearest of all, averaged over both directions; 1 / pairs by chance
    gap: float  # mean similarity of partners minus that of others, in standard deviations of others
    partners: float  # mean cosine similarity
    others: float  # mean cosine similarity of images that are not partners


def correspondence(source: Tensor, target: Tensor) -> Correspondence:
    """Return the correspondence of feature rows [N, D] of two domains, row i of both from one latent.

    Each feature is standardised within its domain first: the common part of a domain, its style, is then zero in
    both, and the rest tells one image from the others. Raises ValueError for fewer than three pairs.
    """
    if source.shape != target.shape or len(source) < 3:
        raise ValueError("correspondence needs three pairs or more")
    a, b = (F.normalize(_standardised(rows.double()), dim=1) for rows in (source, target))
    similarity = a @ b.t()
    count = len(a)
    own = similarity.diagonal()
    others = similarity[~torch.eye(count, dtype=torch.bool)]
    indices = torch.arange(count)
    hits = [(similarity.argmax(dim) == indices).double().mean() for dim in (0, 1)]
    return Correspondence(
        pairs=count,
        top1=float(sum(hits) / 2),
        gap=float((own.mean() - others.mean()) / others.std()),
        partners=float(own.mean()),
        others=float(others.mean()),
    )


def shapes(images: Iterable[Tensor], backbone: Backbone | None = None) -> Tensor:
    """Return VGG-16's relu3_3 on a grid, [N, 256·8·8], for batches of images [B, 3, H, W] in [-1, 1].

    In grey, so that the colours of a face or a background do not betray its partner.
    """
    return _rows(_on_grid(images, backbone or load_backbone("vgg16")))


def edges(images: Iterable[Tensor]) -> Tensor:
    """Return the gradients of the grey images, averaged over a grid of 16, [N, 256], without any network."""
    return _rows(_gradients(images))


@torch.no_grad()
def _on_grid(images: Iterable[Tensor], backbone: Backbone) -> Iterator[Tensor]:
    for batch in images:
        grey = _grey(batch).expand(-1, 3, -1, -1).to(backbone.mean.device)
        (activation,) = backbone(grey.contiguous(), (LAYER,))
        yield F.adaptive_avg_pool2d(activation.cpu(), GRID).flatten(1)


def _gradients(images: Iterable[Tensor]) -> Iterator[Tensor]:
    for batch in images:
        grey = _grey(batch).cpu()
        across, down = grey.diff(dim=3)[:, :, :-1], grey.diff(dim=2)[:, :, :, :-1]
        yield F.adaptive_avg_pool2d((across.square() + down.square()).sqrt(), 16).flatten(1)


def _grey(images: Tensor) -> Tensor:
    weights = torch.tensor(_GREY, device=images.device).view(3, 1, 1)
    return (images.clamp(-1, 1) * weights).sum(1, keepdim=True)


def _standardised(rows: Tensor) -> Tensor:
    spread = rows.std(0, keepdim=True)
    return (rows - rows.mean(0, keepdim=True)) / spread.clamp(min=1e-6 * float(spread.max()) + 1e-12)


def _rows(batches: Iterable[Tensor]) -> Tensor:
    return torch.cat([batch.float() for batch in batches])
