"""A paste without a seam: every band of spatial frequencies is blended over its own wavelength. Free of torch.

Source: Burt and Adelson, "A Multiresolution Spline With Application to Image Mosaics", ACM Transactions on Graphics
1983. Their pyramid goes down to a few pixels; here it ends where a band's wavelength reaches the feather, so that the
middle of the part stays the source's own picture, and everything further away the target's.
"""

from __future__ import annotations

import cv2
import numpy as np

# A pixel depends on pixels that are this far away, in pixels of the coarsest level: each level is reduced by a filter
# that reaches 2 of its own pixels, and enlarged by one that reaches 2 of the coarser ones.
REACH_CELLS = 4
MIN_SIDE_PX = 4  # of the coarsest level


def paste(source: np.ndarray, target: np.ndarray, mask: np.ndarray, feather: int) -> np.ndarray:
    """Return the source inside the mask and the target outside, float32 [H, W, 3].

    source, target: [H, W, 3] of one range; mask: float32 [H, W], 0 to 1. feather: how far the coarsest band is
    blended, in pixels; 0 cuts and pastes.
    """
    base = target.astype(np.float32)
    return base + _masked(source.astype(np.float32) - base, mask, _levels(feather, min(mask.shape)))


def paste_cell(feather: int, side: int) -> int:
    """Return the side in pixels of the coarsest level's pixels, a power of two.

    A crop whose edges are multiples of it, and REACH_CELLS of them away, is pasted as it is in the whole picture of
    `side` pixels.
    """
    return 1 << _levels(feather, side)


def _levels(feather: int, side: int) -> int:
    wanted = max(1, feather.bit_length() - 1) if feather else 0
    return max(0, min(wanted, (side // MIN_SIDE_PX).bit_length() - 1))


def _masked(image: np.ndarray, mask: np.ndarray, levels: int) -> np.ndarray:
    """Return the image, float32 [H, W, 3], times the mask, band by band; the coarsest of `levels` keeps the rest."""
    if levels == 0:
        return image * mask[..., None]
    size = (image.shape[1], image.shape[0])
    coarse_image, coarse_mask = cv2.pyrDown(image), cv2.pyrDown(mask)
    band = image - cv2.pyrUp(coarse_image, dstsize=size)
    return band * mask[..., None] + cv2.pyrUp(_masked(coarse_image, coarse_mask, levels - 1), dstsize=size)
