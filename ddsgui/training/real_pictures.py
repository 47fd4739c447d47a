"""The pictures that a training learns from, drawn at random at two sides."""

from __future__ import annotations

import torch
from torch import Tensor

from ddsgui.training.pictures import as_images, halved


class RealPictures:
    """Draws batches; keeps what it draws from at the side that was asked for last."""

    def __init__(self, pictures: Tensor, mirror: bool, rng: torch.Generator) -> None:
        """pictures: uint8 [N, 3, R, R]. mirror: half of what is drawn is its mirror image. rng: on the CPU."""
        self.pictures, self._mirror, self._rng = pictures, mirror, rng
        self._smaller = pictures

    def draw(self, count: int, side: int) -> tuple[Tensor, Tensor]:
        """The same pictures at a side r and in full: float32 [count, 3, r, r] and [count, 3, R, R] in [-1, 1]."""
        if self._smaller.shape[-1] != side:
            self._smaller = halved(self.pictures, side)
        device = self.pictures.device
        which = torch.randint(len(self.pictures), (count,), generator=self._rng)
        flip = torch.rand(count, generator=self._rng) < (0.5 if self._mirror else 0)
        which, flip = which.to(device), flip.to(device)[:, None, None, None]
        small, large = (as_images(p[which]) for p in (self._smaller, self.pictures))
        return torch.where(flip, small.flip(3), small), torch.where(flip, large.flip(3), large)
