"""Latents of known images: where each lies along the directions in which all of them vary most.

Principal components of shape and texture together (Cootes, Edwards and Taylor, "Active Appearance Models", ECCV 1998,
Sec. 2), whitened, so that they look like draws of N(0, I). Without shapes they are those of eigenpictures (Sirovich
and Kirby, "Low-dimensional procedure for the characterization of human faces", JOSA A 4(3), 1987).
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from ddsgui.images import downscale
from ddsgui.stylegan.ops import normalize_latent

TEXTURE_SIDE_PX, COMPARED_FIELD_PX = 64, 32  # at which textures and fields are compared, at most
MAX_FITTED = 4096  # images that the components are computed from; the others are projected on them
CHUNK_IMAGES = 256
NEGLIGIBLE_VARIANCE = 1e-7  # as a share of the largest: a component below it is rounding
_NEAR = 0.05  # standard deviation of the focus around a point, as a share of the side
_HULL_EDGE = 0.03  # standard deviation of the edge of the points' hull, as a share of the side


def picture_codes(
    textures: Tensor,
    fields: Tensor | None,
    focus: Tensor,
    latent: int,
    shape_share: float,
    rng: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Return the latents of N images and, after them, of their mirror images; and how much each component varies.

    textures: uint8 [N, 3, R, R]; fields: [N, 2, F, F] in fractions of the side, or None; focus: [1, R, R], the weight
    of each pixel. shape_share: variance that the fields are given, as a share of the textures'.
    Latents: [2N, latent], each of unit mean square. Spread: [latent], standard deviations, falling.
    Images that vary in fewer directions get random numbers, drawn by `rng`, for the rest.
    """
    rows = _Rows(textures, fields, focus)
    count = 2 * len(textures)
    fitted = torch.linspace(0, count - 1, min(count, MAX_FITTED)).round().long()
    shape, texture = rows.of(fitted)
    mean = (shape.mean(0), texture.mean(0))
    variances = [(part - m).square().sum() for part, m in zip((shape, texture), mean, strict=True)]
    scale = (variances[1] / variances[0] * shape_share).sqrt() if variances[0] else torch.zeros(())

    def centred(which: Tensor) -> Tensor:
        shapes, colours = rows.of(which)
        return torch.cat([(shapes - mean[0]) * scale, colours - mean[1]], 1)

    rows_fitted = centred(fitted)
    # The eigenvectors of K·Kᵀ give those of the covariance, which has more rows than there are images.
    variance, vectors = torch.linalg.eigh((rows_fitted @ rows_fitted.t()).double())
    variance, vectors = variance.flip(0)[:latent].clamp(min=0), vectors.flip(1)[:, :latent]
    components = int((variance > NEGLIGIBLE_VARIANCE * variance[0]).sum()) if variance[0] > 0 else 0
    variance, vectors = variance[:components], vectors[:, :components]
    axes = (
        rows_fitted.t().double() @ (vectors / variance * len(fitted) ** 0.5)
    ).float()  # [pixels, components]
    along = torch.cat([centred(which) @ axes for which in torch.arange(count).split(CHUNK_IMAGES)])
    rest = torch.randn(count, latent - components, generator=rng)
    spread = variance.sqrt().float()
    least = spread[-1:] if components else torch.ones(1)
    return normalize_latent(torch.cat([along, rest], 1)), torch.cat(
        [spread, least.expand(latent - components)]
    )


class _Rows:
    """Images and their mirror images as rows of numbers."""

    def __init__(self, textures: Tensor, fields: Tensor | None, focus: Tensor) -> None:
        self.textures, self.fields, self.focus = textures, fields, downscale(focus[None], TEXTURE_SIDE_PX)

    def of(self, which: Tensor) -> tuple[Tensor, Tensor]:
        """Return fields [n, p] and textures [n, q] of the images `which`; from N on, of their mirror images."""
        parts = [self._chunk(chunk) for chunk in which.split(CHUNK_IMAGES)]
        return torch.cat([shape for shape, _ in parts]), torch.cat([texture for _, texture in parts])

    def _chunk(self, which: Tensor) -> tuple[Tensor, Tensor]:
        count = len(self.textures)
        own, mirrored = which % count, (which >= count)[:, None, None, None]
        texture = downscale(self.textures[own].float() / 127.5, TEXTURE_SIDE_PX)
        texture = torch.where(mirrored, texture.flip(3), texture) * self.focus
        if self.fields is None:
            return texture.new_zeros(len(which), 0), texture.flatten(1)
        shape = downscale(self.fields[own].float(), COMPARED_FIELD_PX)
        return torch.where(mirrored, mirror_field(shape), shape).flatten(1), texture.flatten(1)


def mirror_field(field: Tensor) -> Tensor:
    """Return the fields [N, 2, F, F] of the mirror images."""
    return field.flip(3) * torch.tensor([-1.0, 1.0], device=field.device)[:, None, None]


def focus_map(points: Tensor | None, side: int, peak: float, backdrop: float = 1.0) -> Tensor:
    """Return the weight of each pixel, [1, side, side]: from 1 to `peak` where the mean points [K, 2] lie dense.

    Many points on eyes and mouth mean that these matter. Outside the convex hull of all points it falls to `backdrop`.
    Without points it is 1 everywhere.
    """
    if points is None:
        return torch.ones(1, side, side)
    middle = (torch.arange(side) + 0.5) / side
    places = torch.stack(torch.meshgrid(middle, middle, indexing="xy"), -1).view(-1, 2)
    density, at_points = (_density(at, points.float()) for at in (places, points.float()))
    within = _hull(points, side)
    return (
        backdrop
        + (1 - backdrop) * within
        + (peak - 1) * (density / at_points.mean()).clamp(max=1).view(1, side, side)
    )


def _hull(points: Tensor, side: int) -> Tensor:
    """Return a soft mask of the convex hull of points [K, 2]: [side, side], 1 within."""
    mask = np.zeros((side, side), np.float32)
    # Coordinates of pixels' centres are whole numbers; shift adds four bits for fractions of a pixel.
    corners = cv2.convexHull((points.float().numpy() * side - 0.5).astype(np.float32))
    cv2.fillConvexPoly(mask, (corners * 16).round().astype(np.int32), 1.0, cv2.LINE_AA, shift=4)
    return torch.from_numpy(cv2.GaussianBlur(mask, (0, 0), _HULL_EDGE * side))


def _density(at: Tensor, points: Tensor) -> Tensor:
    """Return how many points lie around each place: [P]."""
    return (torch.cdist(at, points).square() / (-2 * _NEAR**2)).exp().sum(1)
