"""Pictures and what lies between them: a mixture of some is a picture too, and so is its latent.

The mean texture plus Σ aₖ·(textureₖ − mean), bent by the same mixture of the fields (Cootes, Edwards and Taylor,
"Active Appearance Models", ECCV 1998). Its latent is Σ aₖ·codeₖ with Σ aₖ² = 1, so that mixtures spread like N(0, I).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.stylegan.ops import normalize_latent
from ddsgui.training.adversarial.encoder import shrunk
from ddsgui.training.morphs.codes import focus_map, mirror_field, picture_codes
from ddsgui.training.morphs.warp import Progress, align_images, pixel_centres
from ddsgui.training.pictures import as_images, halved

MEMBERS = (1, 2, 3, 8)  # pictures in a mixture
_MIN_WEIGHT = 0.05  # of a member's weight, before it is scaled, where 1 is the most


class Morphs:
    """What all stages of a training share: pictures, textures, fields and codes at full resolution, on the CPU."""

    def __init__(
        self,
        pictures: Tensor,
        points: np.ndarray | None,
        latent: int,
        rng: torch.Generator,
        focus: float = 3.0,
        shape_share: float = 0.25,
        progress: Progress | None = None,
    ) -> None:
        """pictures: uint8 [N, 3, R, R]; points: [N, K, 2] in fractions of the side, or None for no bending.

        focus: how much more than others the pixels around the points count; shape_share: of picture_codes().
        """
        self.pictures = pictures.cpu()
        self.textures, self.fields, self.points = self.pictures, None, None
        if points is not None:
            self.textures, self.fields, mean = align_images(self.pictures, points, progress)
            self.points = torch.from_numpy(mean)  # [K, 2], the mean ones
        self.focus = focus_map(self.points, pictures.shape[-1], focus)  # [1, R, R]
        self.codes, self.spread = picture_codes(
            self.textures, self.fields, self.focus, latent, shape_share, rng
        )

    def at(self, side: int, device: torch.device) -> SizedMorphs:
        """The same for a stage of `side` pixels."""
        return SizedMorphs(self, side, device)


class SizedMorphs:
    """Draws batches of latents and pictures of one side."""

    def __init__(self, morphs: Morphs, side: int, device: torch.device) -> None:
        self.side, self.device = side, device
        # Bent at twice the side and halved, lines stay smooth.
        self.warp_side = min(2 * side, morphs.textures.shape[-1])
        self.pictures = halved(morphs.pictures, side).to(device)
        self.textures = halved(morphs.textures, self.warp_side).to(device)
        self.fields = None if morphs.fields is None else morphs.fields.to(device)
        self.codes = morphs.codes.to(device)
        self.focus = shrunk(morphs.focus[None], side)[0].to(device)
        self._mean_texture = _mirrored_mean(self.textures) / 127.5 - 1
        self._centres = torch.from_numpy(pixel_centres(self.warp_side)).float().to(device)
        if self.fields is not None:
            mean = self.fields.float().mean(0, keepdim=True)
            self._mean_field = (mean + mirror_field(mean))[0] / 2

    def batch(self, count: int, shares: Sequence[float], rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Latents [count, latent] of unit mean square and their pictures [count, 3, side, side] in [-1, 1].

        shares: how often a mixture has as many members as MEMBERS says. `rng`, on the CPU, draws everything.
        """
        kinds = torch.multinomial(torch.tensor(shares), count, replacement=True, generator=rng)
        members = torch.tensor(MEMBERS)[kinds.sort().values]  # those of one member first
        owner = torch.arange(count).repeat_interleave(members)
        which = torch.randint(len(self.codes), (len(owner),), generator=rng)
        weight = torch.rand(len(owner), generator=rng) + _MIN_WEIGHT
        weight = weight / torch.zeros(count).index_add(0, owner, weight.square()).sqrt()[owner]
        owner, which, weight = (part.to(self.device) for part in (owner, which, weight))
        latents = self._mixed(self.codes[which], weight, owner, count)
        alone = int((members == 1).sum())
        pictures = [self.picture(which[:alone])]
        if alone < count:
            pictures.append(self._morphs(which[alone:], weight[alone:], owner[alone:] - alone, count - alone))
        return normalize_latent(latents), torch.cat(pictures)

    def picture(self, which: Tensor) -> Tensor:
        """The pictures themselves, from N on their mirror images: [n] -> [n, 3, side, side] in [-1, 1]."""
        return as_images(_select(self.pictures, which))

    def _morphs(self, which: Tensor, weight: Tensor, owner: Tensor, count: int) -> Tensor:
        apart = as_images(_select(self.textures, which)) - self._mean_texture
        drawn = self._mean_texture + self._mixed(apart, weight, owner, count)
        if self.fields is not None:
            fields = self.fields[which % len(self.fields)].float()
            fields = torch.where(self._mirrored(which), mirror_field(fields), fields)
            field = self._mean_field + self._mixed(fields - self._mean_field, weight, owner, count)
            drawn = _warp(drawn, field, self._centres)
        return shrunk(drawn.clamp(-1, 1), self.side)

    def _mirrored(self, which: Tensor) -> Tensor:
        return (which >= len(self.pictures))[:, None, None, None]

    @staticmethod
    def _mixed(parts: Tensor, weight: Tensor, owner: Tensor, count: int) -> Tensor:
        """Sums of weighted parts [M, …] by their owners: [count, …]."""
        weighted = parts * weight.view(-1, *[1] * (parts.dim() - 1))
        return parts.new_zeros(count, *parts.shape[1:]).index_add(0, owner, weighted)


def _select(pictures: Tensor, which: Tensor) -> Tensor:
    """[N, C, H, W] at `which` [n], from N on mirrored: [n, C, H, W]."""
    found = pictures[which % len(pictures)]
    return torch.where((which >= len(pictures))[:, None, None, None], found.flip(3), found)


def _mirrored_mean(pictures: Tensor) -> Tensor:
    """Of uint8 [N, 3, H, W] and its mirror images: float32 [3, H, W]."""
    total = sum(part.float().sum(0) for part in pictures.split(256))
    mean = torch.as_tensor(total) / len(pictures)
    return (mean + mean.flip(2)) / 2


def _warp(texture: Tensor, field: Tensor, centres: Tensor) -> Tensor:
    """Each texture [n, 3, r, r] seen through its field [n, 2, F, F]: [n, 3, r, r]."""
    side = texture.shape[-1]
    moved = F.interpolate(field, size=(side, side), mode="bilinear", align_corners=False)
    where = centres.view(1, side, side, 2) + moved.permute(0, 2, 3, 1)
    return F.grid_sample(texture, where * 2 - 1, mode="bicubic", padding_mode="border", align_corners=False)
