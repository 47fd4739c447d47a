"""Ways to paste a part without any generator, to compare with: they see pictures and masks only."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ddsgui.synthesis.blending.colour import from_lab, to_lab
from ddsgui.synthesis.crossover import Crossover, compose

PYRAMID_LEVELS = 5
MIN_LEVEL_PX = 2  # side of the coarsest level


def cut_and_paste(crossover: Crossover) -> np.ndarray:
    """Cut and paste (Eq. 1): grey where neither mask covers."""
    return crossover.image


def poisson(crossover: Crossover) -> np.ndarray:
    """Paste gradients: Pérez et al., "Poisson Image Editing", 2003, by cv2.seamlessClone."""
    mask = (crossover.source_mask > 127).astype(np.uint8) * 255
    mask[[0, -1]], mask[:, [0, -1]] = 0, 0  # the border has no neighbours to solve for
    x, y, width, height = cv2.boundingRect(mask)
    if width * height == 0:
        return crossover.target.copy()
    centre = (x + width // 2, y + height // 2)
    return cv2.seamlessClone(crossover.source, crossover.target, mask, centre, cv2.NORMAL_CLONE)


def laplacian(crossover: Crossover) -> np.ndarray:
    """Paste band by band: Burt and Adelson, "A Multiresolution Spline", 1983, with the source's mask."""
    mask = np.repeat(crossover.source_mask.astype(np.float32)[..., None] / 255, 3, 2)
    source, target = crossover.source.astype(np.float32), crossover.target.astype(np.float32)
    levels = min(PYRAMID_LEVELS, (min(mask.shape[:2]) // MIN_LEVEL_PX).bit_length() - 1)
    masks: list[np.ndarray] = [mask]
    for _ in range(levels):
        masks.append(cv2.pyrDown(masks[-1]))
    result: np.ndarray = np.zeros(0)
    bands = zip(_bands(source, levels), _bands(target, levels), masks, strict=True)
    for level, (a, b, m) in enumerate(reversed(list(bands))):
        mixed = a * m + b * (1 - m)
        result = mixed if level == 0 else cv2.pyrUp(result, dstsize=mixed.shape[1::-1]) + mixed
    return np.clip(result.round(), 0, 255).astype(np.uint8)


def harmonised(crossover: Crossover) -> np.ndarray:
    """Paste in the target's colours: the part gets mean and spread in Lab of what it replaces.

    Reinhard et al., "Color Transfer between Images", 2001, in CIE Lab.
    """
    inside, replaced = crossover.source_mask > 127, crossover.target_mask > 127
    if not inside.any() or not replaced.any():
        return crossover.image
    lab, wanted = to_lab(crossover.source), to_lab(crossover.target)[replaced]
    own = lab[inside]
    scale = wanted.std(0) / np.maximum(own.std(0), 1e-3)
    recoloured = from_lab((lab - own.mean(0)) * scale + wanted.mean(0)).round().astype(np.uint8)
    masks = crossover.source_mask, crossover.target_mask
    return compose(recoloured, crossover.target, *masks)


Paste = Callable[[Crossover], np.ndarray]  # -> uint8 [H, W, 3]
PASTES: dict[str, Paste] = {
    "cut and paste": cut_and_paste,
    "Poisson": poisson,
    "Laplacian pyramid": laplacian,
    "harmonised": harmonised,
}


def _bands(image: np.ndarray, levels: int) -> list[np.ndarray]:
    """Return the Laplacian pyramid of an image, the finest band first."""
    bands: list[np.ndarray] = []
    for _ in range(levels):
        small = cv2.pyrDown(image)
        bands.append(image - cv2.pyrUp(small, dstsize=image.shape[1::-1]))
        image = small
    return [*bands, image]
