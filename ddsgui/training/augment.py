"""Differentiable augmentation, so that a discriminator of few images does not learn them by heart.

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
    """The largest amount of each change; images lie in [-1, 1]."""

    brightness: float  # added, ±
    saturation: float  # factor 1 ±
    contrast: float  # factor 1 ±
    shift: float  # share of the side, ±
    cutout: float  # side of the hidden square, as a share of the image's


POLICIES: dict[str, _Ranges] = {
    "light": _Ranges(brightness=0.15, saturation=0.5, contrast=0.0, shift=0.1, cutout=0.0),
    "few": _Ranges(brightness=0.2, saturation=0.5, contrast=0.25, shift=0.125, cutout=0.25),
}


class Augment:
    """Random changes of colour, shifts and cutouts, independent for each image and each kind of change.

    It does not mirror: a discriminator that sees generated images mirrored cannot tell that all of them have the
    same dark right eye. Mirror the real images instead.

    `strength` in 0..1 is the probability of each change and may be changed at any time; 0 leaves images as they
    are. `rng`, on the CPU, draws everything; by default the global one.
    """

    def __init__(self, strength: float, policy: Policy = "light", rng: torch.Generator | None = None) -> None:
        self.strength, self.rng = strength, rng
        self.ranges = POLICIES[policy]

    def __call__(self, image: Tensor) -> Tensor:
        """Return the images [N, 3, R, R] with their changes."""
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
            image[:, dy : dy + side, dx : dx + side] for image, (dy, dx) in zip(padded, offsets, strict=True)
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
        """Return a number in 0..1 per image: [N]."""
        return torch.rand(len(x), generator=self.rng).to(x.device)

    def _chosen(self, x: Tensor) -> Tensor:
        """Return the images to which a change applies: bool [N]."""
        return self._uniform(x) < self.strength

    def _amount(self, x: Tensor, most: float) -> Tensor:
        """Return random amounts within ±`most`, 0 where the change does not apply: [N, 1, 1, 1]."""
        amount = (self._uniform(x) * 2 - 1) * most * self._chosen(x)
        return amount[:, None, None, None]


class AdaptiveStrength:
    """The controller of ADA: more augmentation while the discriminator knows its real images too well.

    It follows r_t = E[sign(D(real))] (Karras et al., NeurIPS 2020, Eq. 1): 0 for a discriminator that cannot tell,
    1 for one that knows all real images by heart.
    """

    def __init__(self, target: float = 0.6, kimg: float = 500.0, every: int = 4, most: float = 0.8) -> None:
        """kimg: thousands of images in which the strength would go from 0 to 1. every: batches per decision.

        most: beyond it augmentation shows in the generated images.
        """
        self.target, self.kimg, self.every, self.most = target, kimg, every, most
        self.strength = 0.0
        self._signs = 0.0
        self._pictures = 0
        self._batches = 0

    def update(self, real: Tensor) -> float:
        """Return the next strength, in 0..most, after a batch of real images with these logits [N, 1]."""
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
        """Return plain JSON data, from which load_state_dict() continues exactly."""
        return {
            "strength": self.strength,
            "signs": self._signs,
            "pictures": self._pictures,
            "batches": self._batches,
        }

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Continue from a state_dict()."""
        self.strength, self._signs = float(state["strength"]), float(state["signs"])
        self._pictures, self._batches = int(state["pictures"]), int(state["batches"])
