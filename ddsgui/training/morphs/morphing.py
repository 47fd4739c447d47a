"""Images and their mixtures, which are images too, with latents that are mixtures of latents.

A mixture is the mean texture plus Σ aₖ·(textureₖ − mean), warped by the same mixture of the fields (Cootes, Edwards
and Taylor, "Active Appearance Models", ECCV 1998). Its latent is Σ aₖ·codeₖ with Σ aₖ² = 1, so that mixtures spread
like N(0, I).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.images import downscale
from ddsgui.stylegan.ops import normalize_latent
from ddsgui.training.morphs.codes import focus_map, mirror_field, picture_codes
from ddsgui.training.morphs.warp import AlignedImages, pixel_centres
from ddsgui.training.pictures import as_images
from ddsgui.training.run_state import MIN_PICTURES

MEMBERS = (1, 2, 3, 8)  # images in a mixture
_MIN_WEIGHT = 0.05  # of a member's weight, before it is scaled, where 1 is the most


class Morphs:
    """Images, textures, fields and codes at full resolution, on the CPU, which all stages of a training share."""

    def __init__(
        self,
        images: Tensor | AlignedImages,
        latent: int,
        rng: torch.Generator,
        focus: float = 3.0,
        shape_share: float = 0.25,
        backdrop: float = 1.0,
        sides: Tensor | None = None,
    ) -> None:
        """images: uint8 [N, 3, R, R] to be mixed as they lie, or aligned ones. sides: [N], in pixels, that they had
        before they were resized; None: all had R.

        focus: the weight of the pixels around the points, compared with others; backdrop: that of the pixels outside
        all points. shape_share: of picture_codes().
        """
        self.fields, self.points, self.sides = None, None, sides
        if isinstance(images, AlignedImages):
            self.pictures = images.images.cpu()
            self.textures, self.fields, self.points = images.textures, images.fields, images.points
        else:
            self.pictures = self.textures = images.cpu()
        self.focus = focus_map(self.points, self.pictures.shape[-1], focus, backdrop)  # [1, R, R]
        self.codes, self.spread = picture_codes(
            self.textures, self.fields, self.focus, latent, shape_share, rng
        )

    def at(self, side: int, device: torch.device, native: float = 0.0) -> SizedMorphs:
        """Return the morphs of a stage of `side` pixels, of pictures that had `native` times this side or more.

        Raises TrainingError if these are too few.
        """
        chosen = torch.arange(len(self.pictures))
        if self.sides is not None:
            chosen = chosen[self.sides >= native * side]
            if len(chosen) < min(MIN_PICTURES, len(self.pictures)):
                raise TrainingError(
                    f"Only {len(chosen)} pictures have {native * side:.0f} pixels or more; {MIN_PICTURES} are needed "
                    f"at {side} pixels. Lower native, or give larger pictures."
                )
        return SizedMorphs(self, side, device, chosen)


class SizedMorphs:
    """Random batches of latents and images of one side."""

    def __init__(self, morphs: Morphs, side: int, device: torch.device, chosen: Tensor) -> None:
        """chosen: indices of the images of `morphs` that are drawn from, and their mirror images."""
        self.side, self.device = side, device
        self._drawable = torch.cat([chosen, chosen + len(morphs.pictures)])
        # Warped at twice the side and downscaled, lines stay smooth.
        self.warp_side = min(2 * side, morphs.textures.shape[-1])
        self.pictures = downscale(morphs.pictures, side).to(device)
        self.textures = downscale(morphs.textures, self.warp_side).to(device)
        self.fields = None if morphs.fields is None else morphs.fields.to(device)
        self.codes = morphs.codes.to(device)
        self.focus = downscale(morphs.focus[None], side)[0].to(device)
        self._mean_texture = _mirrored_mean(self.textures) / 127.5 - 1
        self._centres = torch.from_numpy(pixel_centres(self.warp_side)).float().to(device)
        if self.fields is not None:
            mean = self.fields.float().mean(0, keepdim=True)
            self._mean_field = (mean + mirror_field(mean))[0] / 2

    def batch(self, count: int, shares: Sequence[float], rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return latents [count, latent] of unit mean square and their images [count, 3, side, side] in [-1, 1].

        shares: how often a mixture has each number of MEMBERS. `rng`, on the CPU, draws everything.
        """
        kinds = torch.multinomial(torch.tensor(shares), count, replacement=True, generator=rng)
        members = torch.tensor(MEMBERS)[kinds.sort().values]  # those of one member first
        owner = torch.arange(count).repeat_interleave(members)
        which = self.draw(len(owner), rng)
        weight = torch.rand(len(owner), generator=rng) + _MIN_WEIGHT
        weight = weight / torch.zeros(count).index_add(0, owner, weight.square()).sqrt()[owner]
        owner, which, weight = (part.to(self.device) for part in (owner, which, weight))
        latents = self._mixed(self.codes[which], weight, owner, count)
        alone = int((members == 1).sum())
        pictures = [self.real(which[:alone])]
        if alone < count:
            pictures.append(self._morphs(which[alone:], weight[alone:], owner[alone:] - alone, count - alone))
        return normalize_latent(latents), torch.cat(pictures)

    def draw(self, count: int, rng: torch.Generator) -> Tensor:
        """Return the indices [count] of random images, from N on of mirror images, on the CPU."""
        return self._drawable[torch.randint(len(self._drawable), (count,), generator=rng)]

    def real(self, which: Tensor) -> Tensor:
        """Return the images `which` [n], from N on their mirror images: [n, 3, side, side] in [-1, 1]."""
        return as_images(_select(self.pictures, which))

    def _morphs(self, which: Tensor, weight: Tensor, owner: Tensor, count: int) -> Tensor:
        differences = as_images(_select(self.textures, which)) - self._mean_texture
        drawn = self._mean_texture + self._mixed(differences, weight, owner, count)
        if self.fields is not None:
            fields = self.fields[which % len(self.fields)].float()
            fields = torch.where(self._mirrored(which), mirror_field(fields), fields)
            field = self._mean_field + self._mixed(fields - self._mean_field, weight, owner, count)
            drawn = _warp(drawn, field, self._centres)
        return downscale(drawn.clamp(-1, 1), self.side)

    def _mirrored(self, which: Tensor) -> Tensor:
        return (which >= len(self.pictures))[:, None, None, None]

    @staticmethod
    def _mixed(parts: Tensor, weight: Tensor, owner: Tensor, count: int) -> Tensor:
        """Return the sums of weighted parts [M, …] by their owners: [count, …]."""
        weighted = parts * weight.view(-1, *[1] * (parts.dim() - 1))
        return parts.new_zeros(count, *parts.shape[1:]).index_add(0, owner, weighted)


def _select(pictures: Tensor, which: Tensor) -> Tensor:
    """Return the images [N, C, H, W] at `which` [n], from N on mirrored: [n, C, H, W]."""
    chosen = pictures[which % len(pictures)]
    return torch.where((which >= len(pictures))[:, None, None, None], chosen.flip(3), chosen)


def _mirrored_mean(pictures: Tensor) -> Tensor:
    """Return the mean of uint8 [N, 3, H, W] and its mirror images: float32 [3, H, W]."""
    total = sum(part.float().sum(0) for part in pictures.split(256))
    mean = torch.as_tensor(total) / len(pictures)
    return (mean + mean.flip(2)) / 2


def _warp(texture: Tensor, field: Tensor, centres: Tensor) -> Tensor:
    """Return each texture [n, 3, r, r] warped by its field [n, 2, F, F]: [n, 3, r, r]."""
    side = texture.shape[-1]
    moved = F.interpolate(field, size=(side, side), mode="bilinear", align_corners=False)
    places = centres.view(1, side, side, 2) + moved.permute(0, 2, 3, 1)
    return F.grid_sample(texture, places * 2 - 1, mode="bicubic", padding_mode="border", align_corners=False)
