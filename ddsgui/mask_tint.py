"""The colour of masks over pictures: the same in the main window, on walls and thumbnails, and on sheets."""

from __future__ import annotations

import numpy as np

# A green that neither skin nor hair, nor the usual backgrounds have.
TINT = (52, 230, 84)  # red, green, blue
OPACITY = 0.5


def tinted(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return an image, uint8 [H, W, 3], half tinted where the mask, uint8 [H, W], is 255."""
    opacity = mask[..., None].astype(np.float32) * (OPACITY / 255)
    return np.rint(image + (np.array(TINT, np.float32) - image) * opacity).astype(np.uint8)
