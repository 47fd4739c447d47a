"""The pictures and masks of a latent, and their visible middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from ddsgui.stylegan.padding import centre_crop
from ddsgui.synthesis.latents import LatentSource


@dataclass(frozen=True, eq=False)
class Sample:
    """A pair x_s, x_t with its predicted masks y_s, y_t; plain arrays, so that it may cross threads."""

    source: np.ndarray  # uint8 [H, W, 3]
    target: np.ndarray  # uint8 [H, W, 3]
    source_mask: np.ndarray  # uint8 [H, W], 0..255
    target_mask: np.ndarray  # uint8 [H, W], 0..255
    latent: LatentSource
    target_latent: LatentSource | None  # None: paired, both pictures come from `latent`
    truncation: float
    crop: tuple[int, int] | None = None  # width and height of the visible middle; None: everything is visible
    mismatch: str | None = None  # why no search can draw with both generators; None if it can
    lacks_parts: bool = False  # True if the masks are without a part that was requested but cannot be used
    owners: np.ndarray | None = None  # uint8 [H, W], the index of the nearest of several parts; None of fewer
    part_names: tuple[str, ...] = ()  # of the parts that `owners` counts, as a user writes them

    def crop_to_visible(self, picture: np.ndarray) -> np.ndarray:
        """Return the visible middle of a picture or mask of the pair's size: [H, W, …] -> [height, width, …]."""
        return np.ascontiguousarray(self._middle(picture))

    def paste(self, visible: np.ndarray, picture: np.ndarray) -> np.ndarray:
        """Return a copy of `picture` with `visible` in place of what crop_to_visible() returns."""
        whole = picture.copy()
        self._middle(whole)[:] = visible
        return whole

    @cached_property
    def visible(self) -> Sample:
        """The sample without padding."""
        return replace(
            self,
            source=self.crop_to_visible(self.source),
            target=self.crop_to_visible(self.target),
            source_mask=self.crop_to_visible(self.source_mask),
            target_mask=self.crop_to_visible(self.target_mask),
            owners=None if self.owners is None else self.crop_to_visible(self.owners),
            crop=None,
        )

    def _middle(self, picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]
        return centre_crop(picture, self.crop or (width, height))


def resized(image: np.ndarray, side: int) -> np.ndarray:
    """Return a square image or mask, uint8 [R, R, …], at `side` pixels: averaged if smaller, else interpolated."""
    if len(image) == side:
        return image
    interpolation = cv2.INTER_AREA if side < len(image) else cv2.INTER_CUBIC
    return cv2.resize(image, (side, side), interpolation=interpolation)


def nearest_part(masks: Sequence[np.ndarray]) -> np.ndarray:
    """Return the index of the mask, all uint8 [H, W], that is nearest to each pixel, uint8 [H, W]; of two, the first.

    A mask that is empty is nearest to none, unless all are.
    """
    distances = [
        cv2.distanceTransform((mask < 128).astype(np.uint8), cv2.DIST_L2, 3)
        if (mask > 127).any()
        else np.full(mask.shape, np.inf, np.float32)
        for mask in masks
    ]
    return np.argmin(distances, 0).astype(np.uint8)
