"""A square to cut out of a picture, which is moved, resized and turned until the face is where the domain has faces."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ddsgui.errors import ImageError

# Places of the pupils, in fractions of the side. In the mean of the 1,253 portraits that `portrait` was trained on they
# are dark spots at (0.381, 0.474) and (0.613, 0.474); with the same places an example's eyes match the domain's.
LEFT_EYE, RIGHT_EYE = (0.383, 0.474), (0.617, 0.474)
MIN_SIDE_PX = 8.0  # picture pixels
FRACTION_ABOVE = (
    0.2  # of a tall picture's excess height is cut off above the square: heads are in the upper half
)
MAX_RELATIVE_SIDE = 2.0  # of the longer side; beyond a picture there is only its mirror image


@dataclass(frozen=True)
class Crop:
    """A square on a picture, in its pixels; (0, 0) is the picture's top left corner."""

    x: float  # centre
    y: float
    side: float
    angle: float = 0.0  # degrees by which the square is turned clockwise, -180..180

    @classmethod
    def whole(cls, height: int, width: int) -> Crop:
        """Return the largest square: in the middle of a wide picture, in the upper part of a tall one."""
        side = min(height, width)
        return cls(
            width / 2, side / 2 + FRACTION_ABOVE * (height - side) if height > width else height / 2, side
        )

    @classmethod
    def on_eyes(cls, first: tuple[float, float], second: tuple[float, float]) -> Crop:
        """Return the square in which two eyes, given as (x, y) in any order, are level and in place.

        Raises ImageError if both are at one point.
        """
        (x1, y1), (x2, y2) = sorted((first, second))
        apart = math.hypot(x2 - x1, y2 - y1)
        if apart < 1:
            raise ImageError(
                "Both eyes are at the same point. Click the middle of one eye, then of the other eye."
            )
        level = cls((x1 + x2) / 2, (y1 + y2) / 2, apart / (RIGHT_EYE[0] - LEFT_EYE[0]))
        turned = replace(level, angle=math.degrees(math.atan2(y2 - y1, x2 - x1)))
        x, y = turned.on_picture(1 - (LEFT_EYE[0] + RIGHT_EYE[0]) / 2, 1 - LEFT_EYE[1])
        return replace(turned, x=x, y=y)

    def on_picture(self, u: float, v: float) -> tuple[float, float]:
        """Return the picture's point (x, y) at fractions of the square's own width and height."""
        cos, sin = self._axes
        across, down = (u - 0.5) * self.side, (v - 0.5) * self.side
        return self.x + across * cos - down * sin, self.y + across * sin + down * cos

    def in_square(self, x: float, y: float) -> tuple[float, float]:
        """Return the fractions of the square for a point of the picture: the inverse of on_picture()."""
        cos, sin = self._axes
        dx, dy = (x - self.x) / self.side, (y - self.y) / self.side
        return dx * cos + dy * sin + 0.5, dy * cos - dx * sin + 0.5

    def clamped(self, height: int, width: int) -> Crop:
        """Return the nearest square with its centre on the picture and its side neither tiny nor huge."""
        return Crop(
            min(max(self.x, 0.0), float(width)),
            min(max(self.y, 0.0), float(height)),
            min(max(self.side, MIN_SIDE_PX), MAX_RELATIVE_SIDE * max(height, width)),
            (self.angle + 180) % 360 - 180,
        )

    def apply(self, picture: np.ndarray, resolution: int) -> np.ndarray:
        """Return the content of the square on a picture, uint8 [H, W, 3]: uint8 [resolution, resolution, 3].

        A pixel is the mean of the area that it covers, or interpolated if it covers less than a pixel of the picture.
        Beyond its edges the picture is mirrored.
        """
        step = self.side / resolution  # picture pixels per pixel
        # Blocks of a power of two are averaged first, so that at most 4 × 4 samples per pixel remain.
        shrink = 2 ** max(0, int(math.log2(step)) - 1) if step >= 1 else 1
        rows, columns = self._needed(picture, shrink)
        section = _shrunk(np.ascontiguousarray(picture[rows, columns]), shrink)
        samples = math.ceil(
            step / shrink
        )  # samples per side of a pixel: at most a pixel apart, so that none is missed
        fine = resolution * samples
        cos, sin = (axis * self.side / fine / shrink for axis in self._axes)
        x, y = self.on_picture(0.5 / fine, 0.5 / fine)  # of the first sample
        matrix = np.array(
            [
                [cos, -sin, (x - columns.start) / shrink - 0.5],
                [sin, cos, (y - rows.start) / shrink - 0.5],
            ]
        )
        cut = cv2.warpAffine(
            section,
            matrix,
            (fine, fine),
            flags=(cv2.INTER_CUBIC if step < 1 else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )
        return cv2.resize(cut, (resolution, resolution), interpolation=cv2.INTER_AREA)

    @property
    def _axes(self) -> tuple[float, float]:
        """Cosine and sine: the square's own x axis on the picture."""
        turn = math.radians(self.angle)
        return math.cos(turn), math.sin(turn)

    def _needed(self, picture: np.ndarray, shrink: int) -> tuple[slice, slice]:
        """Return the rows and columns that the square shows, directly or mirrored."""
        corners = np.array([self.on_picture(u, v) for u in (0, 1) for v in (0, 1)])
        reach = 4 * shrink
        (left, top), (right, bottom) = corners.min(0) - reach, corners.max(0) + reach
        height, width = picture.shape[:2]
        return _within(top, bottom, height, shrink), _within(left, right, width, shrink)


def _within(first: float, last: float, size: int, grid: int) -> slice:
    """Return the part of 0..size that an interval covers, directly or mirrored at either end.

    It is aligned to a grid, so that dragging does not flicker.
    """
    start, stop = math.floor(first), math.ceil(last)
    beyond_start, beyond_stop = max(0, -start), max(0, stop - size)
    if beyond_stop:
        start = min(start, size - beyond_stop)
    if beyond_start:
        stop = max(stop, beyond_start)
    return slice(max(0, start // grid * grid), min(size, -(-stop // grid) * grid))


def _shrunk(picture: np.ndarray, times: int) -> np.ndarray:
    """Return the means of squares of times × times pixels; the last ones are padded with the edge."""
    if times == 1:
        return picture
    height, width = picture.shape[:2]
    picture = cv2.copyMakeBorder(picture, 0, -height % times, 0, -width % times, cv2.BORDER_REPLICATE)
    size = (picture.shape[1] // times, picture.shape[0] // times)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
