"""Shapes of faces: landmarks without place, size and tilt, and how far they lie from each other.

The unit is the distance between the outer corners of the eyes, which are laid on each other.
"""

from __future__ import annotations

import numpy as np

from ddsgui.faces.mesh import OUTER_EYE_CORNERS


def normalised(points: np.ndarray) -> np.ndarray:
    """Return points [..., 468, 2] moved, scaled and turned until the outer corners of the eyes are (∓½, 0)."""
    left, right = (points[..., corner, :] for corner in OUTER_EYE_CORNERS)
    centred = points - ((left + right) / 2)[..., None, :]
    across, down = np.moveaxis((right - left)[..., None, :], -1, 0)
    x, y = np.moveaxis(centred, -1, 0)
    # The complex quotient (x + iy) / (across + i·down).
    turned = np.stack([x * across + y * down, y * across - x * down], -1)
    return turned / (np.square(across) + np.square(down))[..., None]


def distance(shapes: np.ndarray, mean: np.ndarray) -> float:
    """Return the mean distance of the points of normalised shapes [N, 468, 2] from those of another [468, 2]."""
    return float(np.linalg.norm(shapes - mean, axis=-1).mean())


def exaggeration(shapes: np.ndarray, parents: np.ndarray) -> float:
    """Return the slope of the deviations of shapes from their mean, regressed on those of their parents.

    shapes, parents: normalised, [N, 468, 2], of the same N people. 1: as different from each other as the parents are;
    above 1: caricatures.
    """
    own, theirs = (part - part.mean(0) for part in (shapes, parents))
    return float((own * theirs).sum() / np.square(theirs).sum())


def shift_share(shift: np.ndarray, wanted: np.ndarray) -> float:
    """Return how much of a wanted shift of the mean shape [468, 2] another goes, by its projection: 1 is all of it."""
    return float((shift * wanted).sum() / np.square(wanted).sum())
