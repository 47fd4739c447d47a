"""Colours of pictures in CIE Lab, compared and matched."""

from __future__ import annotations

import cv2
import numpy as np


def to_lab(image: np.ndarray) -> np.ndarray:
    """Return RGB [H, W, 3] in 0 to 255 as CIE Lab, float32: L in 0 to 100, a and b about ±100."""
    return cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def from_lab(lab: np.ndarray) -> np.ndarray:
    """Return CIE Lab, float32 [H, W, 3], as RGB in 0 to 255, float32; what no screen shows is clipped."""
    return np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1) * 255


def colour_offset(source: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the step in Lab, float32 [3], from the source's mean colour to the target's.

    source, target: RGB [H, W, 3] in 0 to 255. weights: of each pixel, [H, W]; zero everywhere gives no step.
    """
    total = float(weights.sum())
    if total <= 0:
        return np.zeros(3, np.float32)
    difference = to_lab(target) - to_lab(source)
    return ((difference * weights[..., None]).sum((0, 1)) / total).astype(np.float32)


def colour_excess(image: np.ndarray, first: np.ndarray, second: np.ndarray, cells: int = 16) -> float:
    """Return how far the colours of an image lie outside those that two others have at the same place.

    Images are RGB [R, R, 3] in 0 to 255, averaged over a grid of `cells` × `cells`. The result is the mean distance in
    Lab; 2 is just visible.
    """
    size = (cells, cells)
    lab, first_lab, second_lab = (
        to_lab(cv2.resize(a.astype(np.float32), size, interpolation=cv2.INTER_AREA))
        for a in (image, first, second)
    )
    below, above = np.minimum(first_lab, second_lab) - lab, lab - np.maximum(first_lab, second_lab)
    return float(np.linalg.norm(np.maximum(0, np.maximum(below, above)), axis=-1).mean())
