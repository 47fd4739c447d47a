"""The comparison of two pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

SAME = "The pictures are the same."


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two pictures of one size, A and B."""

    a: np.ndarray  # uint8 [H, W, 3]
    b: np.ndarray  # uint8 [H, W, 3]
    note: str = ""  # a sentence about sizes that differed

    @classmethod
    def of(cls, a: np.ndarray, b: np.ndarray) -> Comparison:
        """Bring two pictures, uint8 [H, W, 3], to the larger width and height of both; equal sizes are not copied."""
        if a.shape == b.shape:
            return cls(a, b)
        height, width = max(len(a), len(b)), max(a.shape[1], b.shape[1])
        sizes = [f"{image.shape[1]} × {image.shape[0]}" for image in (a, b)]
        note = f"A has {sizes[0]} pixels and B {sizes[1]}; both are shown at {width} × {height}."
        return cls(fitted(a, height, width), fitted(b, height, width), note)

    @cached_property
    def difference(self) -> np.ndarray:
        """|A − B|, uint8 [H, W, 3]."""
        return cv2.absdiff(self.a, self.b)

    def amplified(self, gain: float) -> np.ndarray:
        """Return the difference times `gain`, clipped, uint8 [H, W, 3]."""
        return cv2.convertScaleAbs(self.difference, alpha=gain)

    def mean_difference(self, mask: np.ndarray | None = None) -> float | None:
        """Return the mean of |A − B| over pixels and colours, in grey levels from 0 to 255.

        With `mask`, uint8 [h, w] of any size, only where it is at least 128; None if it is so nowhere.
        """
        if mask is None:
            return float(np.mean(cv2.mean(self.difference)[:3]))
        inside = (fitted(mask, *self.difference.shape[:2]) >= 128).astype(np.uint8)
        return float(np.mean(cv2.mean(self.difference, inside)[:3])) if inside.any() else None

    def words(self, mask: np.ndarray | None = None) -> str:
        """Return a sentence with the mean difference, and with that inside the mask if there is one."""
        if not self.difference.any():
            return SAME
        inside = None if mask is None else self.mean_difference(mask)
        within = "" if inside is None else f", {inside:.1f} inside the mask"
        return f"Mean difference: {self.mean_difference():.1f} grey levels{within}."


def fitted(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a picture or mask, uint8 [h, w, …], as large as possible in the middle of black, uint8 [height, width, …].

    Its proportions stay.
    """
    scale = min(height / len(image), width / image.shape[1])
    size = max(1, round(image.shape[1] * scale)), max(1, round(len(image) * scale))
    if size != (image.shape[1], len(image)):
        image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA)
    above, left = (height - len(image)) // 2, (width - image.shape[1]) // 2
    if (height, width) == image.shape[:2]:
        return image
    canvas = np.zeros((height, width, *image.shape[2:]), np.uint8)
    canvas[above : above + len(image), left : left + image.shape[1]] = image
    return canvas
