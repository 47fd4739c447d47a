"""The handles of a crop, and the effect of dragging them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ddsgui.editing.example_crop import MIN_SIDE_PX, Crop

Point = tuple[float, float]

CORNERS: tuple[Point, ...] = (
    (0.0, 0.0),
    (1.0, 0.0),
    (1.0, 1.0),
    (0.0, 1.0),
)  # fractions of the square, clockwise
SNAP_DEGREES = 1.0  # a square that is turned by hand snaps upright within this angle


@dataclass(frozen=True)
class CropHandle:
    """A handle during a drag that started at a point of the picture; `crop` is the square before the drag."""

    crop: Crop
    start: Point
    corner: Point | None = None  # one of CORNERS; None for the inside and for the rotation handle
    turns: bool = False  # the rotation handle above the square

    def dragged_to(self, to: Point) -> Crop:
        """Return the crop after the pointer has moved to the point `to` of the picture."""
        if self.turns:
            return self._turned(to)
        if self.corner is not None:
            return self._resized(self.corner, to)
        dx, dy = to[0] - self.start[0], to[1] - self.start[1]
        return replace(self.crop, x=self.crop.x + dx, y=self.crop.y + dy)

    def _resized(self, corner: Point, to: Point) -> Crop:
        """Return the crop resized about the opposite corner."""
        u, v = corner
        fixed, corner_point = self.crop.on_picture(1 - u, 1 - v), self.crop.on_picture(u, v)
        before = math.dist(corner_point, fixed)
        across = (corner_point[0] - fixed[0]) / before, (corner_point[1] - fixed[1]) / before  # unit vector
        pulled = (to[0] - self.start[0]) * across[0] + (to[1] - self.start[1]) * across[1]
        diagonal = max(before + pulled, MIN_SIDE_PX * math.sqrt(2))
        return replace(
            self.crop,
            x=fixed[0] + across[0] * diagonal / 2,
            y=fixed[1] + across[1] * diagonal / 2,
            side=diagonal / math.sqrt(2),
        )

    def _turned(self, to: Point) -> Crop:
        crop = self.crop
        was, now = (math.atan2(y - crop.y, x - crop.x) for x, y in (self.start, to))
        result = turn(crop, math.degrees(now - was))
        return replace(result, angle=0.0) if abs(result.angle) < SNAP_DEGREES else result


def turn(crop: Crop, degrees: float) -> Crop:
    """Return the crop turned clockwise about its centre."""
    return replace(crop, angle=(crop.angle + degrees + 180) % 360 - 180)
