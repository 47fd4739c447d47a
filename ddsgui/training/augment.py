"""Augmentation that gradients pass through, so that a discriminator of few pictures does not learn them by heart.

Sources: Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", NeurIPS 2020; Karras et al.,
"Training Generative Adversarial Networks with Limited Data", NeurIPS 2020 (the strength as a probability, and its
controller).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

Policy = Literal["light", "few"]


@dataclass(frozen=True)
class _Ranges:
    """How far each change goes at most; pictures lie in [-1, 1]."""

    brightness: float  # added, ±
    saturation: float  # factor 1 ±
    contrast: float  # factor 1 ±
    shift: float  # share of the side, ±
    cutout: float  # side of the hidden square, as a share of the picture's


POLICIES: dict[str, _Ranges] = {
    "light": _Ranges(brightness=0.15, saturation=0.5, contrast=0.0, shift=0.1, cutout=0.0),
    "few": _Ranges(brightness=0.2, saturation=0.5, contrast=0.25, shift=0.125, cutout=0.25),
}


class Augment:
    """Colour, shift and cutout; every picture has draws of its own, each change its own chance.

    It does not mirror: a discriminator that sees generated pictures mirrored cannot tell that all of them have the
    same dark right eye. Mirror the real pictures instead.

    `strength` in 0..1 is the probability of each change and may be set anew at any time; 0 leaves pictures as
    they are. `rng`, on the CPU, is where the draws come from: the global one by default.
    """

    def __init__(self, strength: float, policy: Policy = "light", rng: torch.Generator | None = None) -> None:
        self.strength, self.rng = strength, rng
        self.ranges = POLICIES[policy]

    def __call__(self, image: Tensor) -> Tensor:
        """[N, 3, R, R] -> the same shape."""
        if self.strength <= 0:
            return image
        return self._cut(self._shift(self._colour(image)))

    def _colour(self, x: Tensor) -> Tensor:
        ranges = self.ranges
        x = x + self._amount(x, ranges.brightness)
        if ranges.saturation:
            grey = x.mean(1, keepdim=True)
            x = grey + (x - grey) * (1 + self._amount(x, ranges.saturation))
        if ranges.contrast:
            mean = x.mean((1, 2, 3), keepdim=True)
            x = mean + (x - mean) * (1 + self._amount(x, ranges.contrast))
        return x

    def _shift(self, x: Tensor) -> Tensor:
        side = x.shape[-1]
        most = max(1, round(side * self.ranges.shift))
        steps = torch.randint(-most, most + 1, (2, len(x)), generator=self.rng) * self._chosen(x).cpu()
        padded = F.pad(x, (most,) * 4, mode="reflect")
        offsets = zip(*(steps + most).tolist(), strict=True)
        moved = [
            one[:, dy : dy + side, dx : dx + side] for one, (dy, dx) in zip(padded, offsets, strict=True)
        ]
        return torch.stack(moved)

    def _cut(self, x: Tensor) -> Tensor:
        side = x.shape[-1]
        hidden = round(side * self.ranges.cutout)
        if not hidden:
            return x
        # The square's centre may lie anywhere, so that corners are hidden as often as the middle.
        centre = torch.randint(side, (2, len(x), 1), generator=self.rng).to(x.device)
        offset = torch.arange(side, device=x.device) - centre + hidden // 2
        near = (offset >= 0) & (offset < hidden)
        inside = near[0][:, :, None] & near[1][:, None, :] & self._chosen(x)[:, None, None]
        return x.masked_fill(inside[:, None], 0.0)

    def _uniform(self, x: Tensor) -> Tensor:
        """In 0..1, one a picture: [N]."""
        return torch.rand(len(x), generator=self.rng).to(x.device)

    def _chosen(self, x: Tensor) -> Tensor:
        """Which pictures a change befalls: bool [N]."""
        return self._uniform(x) < self.strength

    def _amount(self, x: Tensor, most: float) -> Tensor:
        """±`most` at the most, 0 where the change is not chosen: [N, 1, 1, 1]."""
        amount = (self._uniform(x) * 2 - 1) * most * self._chosen(x)
        return amount[:, None, None, None]


class AdaptiveStrength:
    """The controller of ADA: more augmentation while the discriminator knows its real pictures too well.

    It watches r_t = E[sign(D(real))] (Karras et al., NeurIPS 2020, Eq. 1): 0 for a discriminator at a loss, 1 for
    one that knows them all by heart.
    """

    def __init__(self, target: float = 0.6, kimg: float = 500.0, every: int = 4, most: float = 0.8) -> None:
        """kimg: thousands of pictures in which the strength would go from 0 to 1; every: batches a decision.

        most: beyond it augmentation shows in the generated pictures.
        """
        self.target, self.kimg, self.every, self.most = target, kimg, every, most
        self.strength = 0.0
        self._signs = 0.0
        self._pictures = 0
        self._batches = 0

    def update(self, real: Tensor) -> float:
        """Take the logits of a batch of real pictures, [N, 1]; the strength from now on, in 0..most."""
        self._signs += float(real.detach().sign().sum())
        self._pictures += len(real)
        self._batches += 1
        if self._batches == self.every:
            known = self._signs / self._pictures
            step = self._pictures / (self.kimg * 1000)
            step = step if known > self.target else -step if known < self.target else 0.0
            self.strength = min(self.most, max(0.0, self.strength + step))
            self._signs, self._pictures, self._batches = 0.0, 0, 0
        return self.strength

    def state_dict(self) -> dict[str, float]:
        """Plain JSON data, from which load_state_dict() goes on exactly."""
        return {
            "strength": self.strength,
            "signs": self._signs,
            "pictures": self._pictures,
            "batches": self._batches,
        }

    def load_state_dict(self, state: dict[str, float]) -> None:
        """The inverse of state_dict()."""
        self.strength, self._signs = float(state["strength"]), float(state["signs"])
        self._pictures, self._batches = int(state["pictures"]), int(state["batches"])
