"""Moments of a network's activations, place by place, which are to be the same for drawn as for real images.

Santos et al., "Learning Implicit Generative Models by Matching Perceptual Features", ICCV 2019: the first two moments
of a fixed network's activations, with a running estimate for the drawn ones, so that batches may be small. Here moments
are taken cell by cell of a grid, as eyes and collars have their places in aligned pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.errors import TrainingError

EMA_DECAY = 0.98  # of the running moments, per batch
EARLY_EMA_DECAY = 0.9  # while there are few batches
CORNER_WEIGHT = 0.1  # weight of the corners, where aligned pictures have nothing in common
_WIDTH, _HEIGHT = 0.7, 0.97  # of the ellipse in the middle, as shares of the side
_FLOOR = 0.1  # added to each spread, as a share of the mean spread


class FeatureMoments:
    """Moments of the real images so far, and running ones of those drawn."""

    def __init__(self, grid: int, layers: int) -> None:
        """grid: cells along a side. layers: number of layers of activations."""
        self.grid, self.layers = grid, layers
        self.batches = 0
        # Per layer: [2, 2C, grid, grid], sums over the real images of their moments, and of the moments' squares.
        self._real: list[Tensor] = []
        self._pictures = 0
        self._drawn: list[Tensor] = []  # [2C, grid, grid]

    def update_real(self, real: Sequence[Tensor]) -> None:
        """Count the activations [N, C_i, H_i, W_i] of a batch of real images."""
        moments = [self._moments(layer) for layer in real]
        sums = [torch.stack([m.sum(0), m.square().sum(0)]) for m in moments]
        self._real = [old + new for old, new in zip(self._real, sums, strict=True)] if self._real else sums
        self._pictures += len(real[0])

    def loss(self, drawn: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return two scalars for a drawn batch: a loss, and how far the running moments are from the real ones.

        The first has the gradient of the second as if the running moments were those of the batch alone.
        """
        now = [self._moments(layer).mean(0) for layer in drawn]
        self._follow([moments.detach() for moments in now])
        weight = centre_weights(self.grid).to(now[0])
        gradients, distance = [], []
        for moments, running, (wanted, spread) in zip(now, self._drawn, self._wanted(), strict=True):
            difference = (running - wanted) / spread
            distance.append((difference.square() * weight).mean())
            gradients.append((2 * difference / spread * weight * moments).mean())
        return torch.stack(gradients).sum(), torch.stack(distance).sum()

    def scales(self) -> list[Tensor]:
        """Return the root mean square of each layer's real activations, channel by channel: [1, C_i, 1, 1]."""
        squares = [sums[0, sums.shape[1] // 2 :] / self._pictures for sums in self._real]
        return [square.mean((1, 2)).clamp(min=1e-4).sqrt()[None, :, None, None] for square in squares]

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors for restore()."""
        counts = torch.tensor([self.batches, self._pictures])
        real = {f"real.{i}": sums for i, sums in enumerate(self._real)}
        drawn = {f"drawn.{i}": moments for i, moments in enumerate(self._drawn)}
        return {"counts": counts, **real, **drawn}

    def restore(self, tensors: Mapping[str, Tensor], device: torch.device) -> None:
        """Restore the result of tensors(). Raises TrainingError if it does not fit."""
        try:
            self.batches, self._pictures = (int(count) for count in tensors["counts"])
            self._real = [
                tensors[f"real.{i}"].to(device) for i in range(self.layers if self._pictures else 0)
            ]
            self._drawn = [
                tensors[f"drawn.{i}"].to(device) for i in range(self.layers if self.batches else 0)
            ]
            pairs = zip(self._real, self._drawn, strict=True) if self.batches else ()
            if any(sums.shape != (2, *moments.shape) for sums, moments in pairs):
                raise ValueError("moments of other layers")
        except (KeyError, RuntimeError, ValueError) as error:
            raise TrainingError("The saved training is damaged.") from error

    def _moments(self, features: Tensor) -> Tensor:
        """Return means of the activations [N, C, H, W] and of their squares in each cell: [N, 2C, grid, grid]."""
        return F.adaptive_avg_pool2d(torch.cat([features, features.square()], 1), self.grid)

    def _follow(self, now: list[Tensor]) -> None:
        decay = EMA_DECAY if self.batches > 100 else EARLY_EMA_DECAY
        pairs = zip(self._drawn, now, strict=True)
        self._drawn = [old.lerp(new, 1 - decay) for old, new in pairs] if self._drawn else now
        self.batches += 1

    def _wanted(self) -> list[tuple[Tensor, Tensor]]:
        """Return mean and spread of the real images' moments, layer by layer, [2C, grid, grid] each."""
        wanted = []
        for sums in self._real:
            mean, square = sums / self._pictures
            spread = (square - mean.square()).clamp(min=0).sqrt()
            wanted.append((mean, spread + _FLOOR * spread.mean((1, 2), keepdim=True) + 1e-3))
        return wanted


def centre_weights(grid: int) -> Tensor:
    """Return weights [grid, grid] of the cells: 1 within an upright ellipse, falling to 0.1 in the corners."""
    fine = 8 * grid
    along = (torch.arange(fine) + 0.5) / fine - 0.5
    inside = (2 * along / _WIDTH).square() + (2 * along[:, None] / _HEIGHT).square() < 1
    weight = torch.where(inside, 1.0, CORNER_WEIGHT)
    soft = F.avg_pool2d(weight[None, None], 15, 1, 7, count_include_pad=False)
    return F.avg_pool2d(soft, 8)[0, 0]
