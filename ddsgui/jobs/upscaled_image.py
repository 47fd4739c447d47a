"""An image and its upscaled copy. Knows neither Qt nor torch."""

from __future__ import annotations

from collections import OrderedDict

import cv2
import numpy as np

from ddsgui.rect import Rect

MAX_BYTES = 96 * 2**20  # of upscaled pixels in the cache
_REACH_PX = 2  # pixels around a point that cubic interpolation reads


class UpscaledImage:
    """A raw image and its upscaled version. Neither array ever changes."""

    def __init__(self, raw: np.ndarray, image: np.ndarray) -> None:
        """`raw`: uint8 [H, W, 3]; `image`: uint8 [s·H, s·W, 3]."""
        self.raw, self.image = raw, image
        self.scale = image.shape[0] // raw.shape[0]

    def matches(self, raw: np.ndarray | None) -> bool:
        """Return whether `raw` has exactly the pixels that were upscaled."""
        return raw is not None and np.array_equal(raw, self.raw)

    def composed(
        self, raw: np.ndarray, before: np.ndarray | None = None, rect: Rect | None = None
    ) -> np.ndarray:
        """Return the upscaled pixels where `raw` still equals the upscaled image, and `raw`, enlarged, elsewhere.

        `before` is the result for `raw` before it changed within `rect`; it may be changed and returned again.
        uint8 [s·H, s·W, 3].
        """
        height, width = raw.shape[:2]
        if before is None or rect is None:
            before, rect = self.image, Rect(0, 0, width, height)
        same = np.all(raw[rect.slices] == self.raw[rect.slices], axis=-1)
        if same.all() and before is self.image:
            return before
        result = before.copy() if before is self.image else before
        fine = _scaled(rect, self.scale)
        section = self.image[fine.slices]
        if not same.all():
            changed = cv2.resize((~same).astype(np.uint8), (fine.w, fine.h), interpolation=cv2.INTER_NEAREST)
            section = cv2.copyTo(self._enlarged(raw, rect), changed, section.copy())
        result[fine.slices] = section
        return result

    def _enlarged(self, raw: np.ndarray, rect: Rect) -> np.ndarray:
        """Return `rect` of `raw` at the size of the upscaled image, interpolated."""
        x, y = max(0, rect.x - _REACH_PX), max(0, rect.y - _REACH_PX)
        section = raw[y : rect.y + rect.h + _REACH_PX, x : rect.x + rect.w + _REACH_PX]
        s = self.scale
        size = (section.shape[1] * s, section.shape[0] * s)
        enlarged = cv2.resize(section, size, interpolation=cv2.INTER_CUBIC)
        return enlarged[_scaled(Rect(rect.x - x, rect.y - y, rect.w, rect.h), s).slices]


class UpscaledCache:
    """Upscaled images by their raw pixels, in bounded memory; the least recently used are dropped first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._images: OrderedDict[int, UpscaledImage] = OrderedDict()

    def put(self, image: UpscaledImage) -> None:
        self._images[_key(image.raw)] = image
        while len(self._images) > 1 and sum(i.image.nbytes for i in self._images.values()) > self._max_bytes:
            self._images.popitem(last=False)

    def find(self, raw: np.ndarray) -> UpscaledImage | None:
        key = _key(raw)
        image = self._images.get(key)
        if image is None or not image.matches(raw):
            return None
        self._images.move_to_end(key)
        return image

    def clear(self) -> None:
        self._images.clear()


def _key(raw: np.ndarray) -> int:
    return hash((raw.shape, raw.tobytes()))


def _scaled(rect: Rect, scale: int) -> Rect:
    return Rect(rect.x * scale, rect.y * scale, rect.w * scale, rect.h * scale)
