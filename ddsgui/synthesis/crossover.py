"""The cut-and-paste picture (Eq. 1 of the paper), in NumPy: the GUI thread computes it after every stroke."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


def compose(
    source: np.ndarray, target: np.ndarray, source_mask: np.ndarray, target_mask: np.ndarray
) -> np.ndarray:
    """Return x_c = x_s·y_s + x_t·(1 − y_t), Eq. 1.

    Pictures are uint8 [H, W, 3], masks uint8 [H, W] (255 is 1); the same rectangle of all four will do.
    Eq. 1 is meant for pictures in [-1, 1]: where neither picture is taken the result is mid-grey, where
    both are it is their sum, clamped.
    """
    ys = source_mask.astype(np.float32)[..., None] / 255
    yt = target_mask.astype(np.float32)[..., None] / 255
    mixed = 127.5 + (source - np.float32(127.5)) * ys + (target - np.float32(127.5)) * (1 - yt)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Crossover:
    """The aim of the optimiser: two pictures and their masks, frozen at one revision of the session.

    source, target: uint8 [H, W, 3] RGB; source_mask, target_mask: uint8 [H, W], 255 where the part is.
    """

    source: np.ndarray
    target: np.ndarray
    source_mask: np.ndarray
    target_mask: np.ndarray
    revision: int = 0

    def __post_init__(self) -> None:
        shapes = {a.shape[:2] for a in (self.source, self.target, self.source_mask, self.target_mask)}
        if len(shapes) != 1:
            raise ValueError(f"pictures and masks of different sizes: {sorted(shapes)}")

    def equals(self, other: Crossover) -> bool:
        """Return whether pictures and masks are the same, whatever the revision."""
        return (
            self.same_pictures(other)
            and np.array_equal(self.source_mask, other.source_mask)
            and np.array_equal(self.target_mask, other.target_mask)
        )

    def same_pictures(self, other: Crossover) -> bool:
        """Return whether the pictures are the same, whatever the masks."""
        return np.array_equal(self.source, other.source) and np.array_equal(self.target, other.target)

    @cached_property
    def image(self) -> np.ndarray:
        """x_c, uint8 [H, W, 3]."""
        return compose(self.source, self.target, self.source_mask, self.target_mask)
