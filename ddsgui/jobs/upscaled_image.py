"""A picture and what it looks like four times as fine. Knows neither Qt nor torch."""

from __future__ import annotations

from collections import OrderedDict

import cv2
import numpy as np

from ddsgui.editing.mask import Rect

MAX_BYTES = 96 * 2**20  # bytes of crisp pixels that are kept
_REACH = 2  # pixels that cubic interpolation looks around


class UpscaledImage:
    """What an upscaler made of a raw picture. Neither array ever changes."""

    def __init__(self, raw: np.ndarray, image: np.ndarray) -> None:
        """`raw`: uint8 [H, W, 3]; `image`: uint8 [s·H, s·W, 3]."""
        self.raw, self.image = raw, image
        self.scale = image.shape[0] // raw.shape[0]

    def is_of(self, raw: np.ndarray | None) -> bool:
        """Whether it was made of exactly these pixels."""
        return raw is not None and np.array_equal(raw, self.raw)

    def laid_on(
        self, raw: np.ndarray, shown: np.ndarray | None = None, rect: Rect | None = None
    ) -> np.ndarray:
        """The crisp picture of `raw` where it still is what this one was made of, and `raw` itself, lifted, elsewhere.

        `shown` is the answer for what `raw` was before it changed within `rect`; it may be changed and handed back.
        uint8 [s·H, s·W, 3].
        """
        height, width = raw.shape[:2]
        if shown is None or rect is None:
            shown, rect = self.image, Rect(0, 0, width, height)
        same = np.all(raw[rect.slices] == self.raw[rect.slices], axis=-1)
        fine = _scaled(rect, self.scale)
        if same.all() and shown is self.image:
            return shown
        if shown is self.image:
            shown = shown.copy()
        part = self.image[fine.slices]
        if not same.all():
            stale = cv2.resize((~same).astype(np.uint8), (fine.w, fine.h), interpolation=cv2.INTER_NEAREST)
            part = cv2.copyTo(self._lifted(raw, rect), stale, part.copy())
        shown[fine.slices] = part
        return shown

    def _lifted(self, raw: np.ndarray, rect: Rect) -> np.ndarray:
        """`rect` of `raw` at the size of the crisp picture, interpolated."""
        x, y = max(0, rect.x - _REACH), max(0, rect.y - _REACH)
        section = raw[y : rect.y + rect.h + _REACH, x : rect.x + rect.w + _REACH]
        s = self.scale
        size = (section.shape[1] * s, section.shape[0] * s)
        lifted = cv2.resize(section, size, interpolation=cv2.INTER_CUBIC)
        return lifted[_scaled(Rect(rect.x - x, rect.y - y, rect.w, rect.h), s).slices]


class UpscaledCache:
    """Crisp pictures by what they were made of; those not asked for longest go first."""

    def __init__(self, memory: int = MAX_BYTES) -> None:
        self._memory = memory
        self._pictures: OrderedDict[int, UpscaledImage] = OrderedDict()

    def put(self, picture: UpscaledImage) -> None:
        self._pictures[_key(picture.raw)] = picture
        while len(self._pictures) > 1 and sum(p.image.nbytes for p in self._pictures.values()) > self._memory:
            self._pictures.popitem(last=False)

    def find(self, raw: np.ndarray) -> UpscaledImage | None:
        key = _key(raw)
        picture = self._pictures.get(key)
        if picture is None or not picture.is_of(raw):
            return None
        self._pictures.move_to_end(key)
        return picture

    def clear(self) -> None:
        self._pictures.clear()


def _key(raw: np.ndarray) -> int:
    return hash((raw.shape, raw.tobytes()))


def _scaled(rect: Rect, scale: int) -> Rect:
    return Rect(rect.x * scale, rect.y * scale, rect.w * scale, rect.h * scale)
