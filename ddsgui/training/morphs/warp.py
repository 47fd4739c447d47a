"""Aligns images by their landmarks: each is warped until its points are the mean ones.

Bookstein, "Principal Warps: Thin-Plate Splines and the Decomposition of Deformations", IEEE PAMI 11(6), 1989; with
the smoothing of Wahba, "Spline Models for Observational Data", 1990. A warped image is its texture, and the
way back is its field: together an appearance model (Cootes, Edwards and Taylor, ECCV 1998).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from ddsgui.steps import result_of

FIELD_SIDE_PX = 64  # at which fields are kept, at most: splines are smooth
# How far a spline may miss its points to stay smooth, in squares of the side per point. The more points there are, the
# less each is trusted, and the fewer folds there are between near ones.
STIFFNESS = 2.5e-5

# Control points on the edge, which stays where it is.
_QUARTERS = np.linspace(0, 1, 5)
EDGE = np.array(sorted({(x, y) for a in _QUARTERS for b in (0.0, 1.0) for x, y in ((a, b), (b, a))}))


@dataclass(frozen=True, eq=False)
class AlignedImages:
    """Textures and fields of images, and the mean points that the textures share."""

    images: Tensor  # uint8 [N, 3, R, R], as they were
    textures: Tensor  # uint8 [N, 3, R, R]
    # float16 [N, 2, F, F], F = min(R, 64): how far to the right of, and below, a pixel of the image its texture is
    # found, in fractions of the side.
    fields: Tensor
    points: Tensor  # float64 [K, 2], in fractions of the side


def align(images: Tensor, points: np.ndarray) -> AlignedImages:
    """Return aligned images.

    images: uint8 [N, 3, R, R]; points: [N, K, 2] in fractions of the side, all finite.
    """
    return result_of(align_steps(images, points))


def align_steps(images: Tensor, points: np.ndarray) -> Generator[tuple[int, int], None, AlignedImages]:
    """Align like align(), yielding the number of images done and of all."""
    count, _, side, _ = images.shape
    mean = points.mean(0)
    grid = pixel_centres(min(side, FIELD_SIDE_PX))
    shape = (min(side, FIELD_SIDE_PX), min(side, FIELD_SIDE_PX), 2)
    everywhere = pixel_centres(side).reshape(side, side, 2)
    from_mean = Spline(np.concatenate([mean, EDGE]))
    to_picture = from_mean.weights(grid)  # one for all images, as the mean is
    textures = torch.empty_like(images, device="cpu")
    fields = torch.empty(count, 2, *shape[:2], dtype=torch.float16)
    for i, image in enumerate(images.cpu()):
        own = np.concatenate([points[i], EDGE])
        moved = (to_picture @ own - grid).reshape(shape)
        where = everywhere + cv2.resize(moved, (side, side), interpolation=cv2.INTER_CUBIC)
        at = (where * side - 0.5).astype(np.float32)
        colours = np.ascontiguousarray(image.movedim(0, -1).numpy())
        texture = cv2.remap(colours, at[..., 0], at[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        textures[i] = torch.from_numpy(texture).movedim(-1, 0)
        back = Spline(own).interpolate(from_mean.points, grid) - grid
        fields[i] = torch.from_numpy(back.reshape(shape)).movedim(-1, 0)
        yield i + 1, count
    return AlignedImages(images, textures, fields, torch.from_numpy(mean))


class Spline:
    """A smoothing thin-plate spline, which interpolates values at control points."""

    def __init__(self, points: np.ndarray) -> None:
        """points: the control points, [n, 2]."""
        self.points = points
        n = len(points)
        system = np.zeros((n + 3, n + 3))
        system[:n, :n] = _bending(points, points) + STIFFNESS * n * np.eye(n)
        system[:n, n:] = _plane(points)
        system[n:, :n] = system[:n, n:].T
        self._inverse = np.linalg.inv(system)[:, :n]

    def interpolate(self, values: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Return the values [P, 2] at the places `at` [P, 2] for values [n, 2] at the control points."""
        return self._basis(at) @ (self._inverse @ values)

    def weights(self, at: np.ndarray) -> np.ndarray:
        """Return the weight of each control point's value at each of the places `at` [P, 2]: [P, n]."""
        return self._basis(at) @ self._inverse

    def _basis(self, at: np.ndarray) -> np.ndarray:
        return np.concatenate([_bending(at, self.points), _plane(at)], 1)


def pixel_centres(side: int) -> np.ndarray:
    """Return x and y of an image's pixels, row by row, in fractions of its side: float64 [side², 2]."""
    middle = (np.arange(side) + 0.5) / side
    return np.stack(np.meshgrid(middle, middle), -1).reshape(-1, 2)


def _bending(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return r² log r², the spline's kernel: [P, n]."""
    squares = np.square(a[:, None, 0] - b[:, 0]) + np.square(a[:, None, 1] - b[:, 1])
    return squares * np.log(np.maximum(squares, 1e-12))


def _plane(points: np.ndarray) -> np.ndarray:
    return np.concatenate([np.ones((len(points), 1)), points], 1)
