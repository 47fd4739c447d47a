"""Settings of a live blend, for each part. Free of torch: the window reads this at start-up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

import numpy as np

from ddsgui.errors import OptimizerError
from ddsgui.rect import Rect

LastLayers = Literal["auto", "target", "source"]
LAST_LAYERS: tuple[LastLayers, ...] = get_args(LastLayers)
MIN_DEPTH_PX, MAX_DEPTH_PX = 8, 2048
DEFAULT_DEPTH_PX = 64  # or the picture's side, if that is smaller
MAX_FEATHER_PX = 512
FEATHER_SHARE = 1 / 32  # of the picture's side: 4 px at 128 px


@dataclass(frozen=True)
class BlendSettings:
    """The settings of one part in a live blend. Raises OptimizerError if one lies out of its range."""

    depth: int | None = (
        None  # side in pixels of the level where the part crosses over; None: DEFAULT_DEPTH_PX
    )
    last_layers: LastLayers = "auto"  # the domain whose layers above `depth` draw the part
    strength: float = 1.0  # 0 leaves the target, 1 carries the part over in full
    feather: int | None = None  # pixels from the mask's edge to where it has faded; None: FEATHER_SHARE
    match_colour: bool = False  # whether the part takes the target's colours along the edge of its mask

    def __post_init__(self) -> None:
        depth, feather, strength = self.depth, self.feather, self.strength
        if depth is not None and (type(depth) is not int or depth not in {2**k for k in range(3, 12)}):
            raise OptimizerError(
                f"A depth is the side of a level in pixels: 8, 16, 32 and so on, {MAX_DEPTH_PX} at most, not {depth}."
            )
        if self.last_layers not in LAST_LAYERS:
            raise OptimizerError(f"The last layers are {', '.join(LAST_LAYERS)}, not {self.last_layers}.")
        number = (
            isinstance(strength, int | float) and not isinstance(strength, bool) and math.isfinite(strength)
        )
        if not number or not 0 <= strength <= 1:
            raise OptimizerError(f"The strength must be between 0 and 1, not {strength}.")
        if feather is not None and (type(feather) is not int or not 0 <= feather <= MAX_FEATHER_PX):
            raise OptimizerError(f"The feather must be between 0 and {MAX_FEATHER_PX} pixels, not {feather}.")
        if not isinstance(self.match_colour, bool):
            raise OptimizerError("Colours are matched or not; there is nothing between.")

    def depth_in(self, side: int) -> int:
        """Return the depth in pixels for pictures of `side` pixels."""
        return min(DEFAULT_DEPTH_PX, side) if self.depth is None else self.depth

    def feather_in(self, side: int) -> int:
        """Return the feather in pixels for pictures of `side` pixels."""
        return round(FEATHER_SHARE * side) if self.feather is None else min(self.feather, side)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: object) -> BlendSettings:
        """Return what as_dict() wrote. Raises OptimizerError on anything else."""
        if not isinstance(data, dict) or not set(data) <= {f.name for f in fields(cls)}:
            raise OptimizerError("These are not settings of a live blend that this version knows.")
        return cls(**data)


@dataclass(frozen=True, eq=False)
class BlendPart:
    """A part of a live blend: its masks in both pictures, uint8 [H, W], and its settings."""

    source_mask: np.ndarray
    target_mask: np.ndarray
    settings: BlendSettings = BlendSettings()

    @property
    def is_visible(self) -> bool:
        """False if nothing of the part comes over."""
        return self.settings.strength > 0 and bool(self.source_mask.any() or self.target_mask.any())

    def mask(self, rect: Rect) -> np.ndarray:
        """Return a rectangle of the union of both masks, uint8 [h, w]."""
        return np.maximum(self.source_mask[rect.slices], self.target_mask[rect.slices])


def split_parts(
    source_mask: np.ndarray,
    target_mask: np.ndarray,
    settings: Sequence[BlendSettings],
    owners: np.ndarray | None,
) -> tuple[BlendPart, ...]:
    """Return parts that together have these masks, uint8 [H, W]: the pixels of each are those that it owns.

    owners: uint8 [H, W], indices into `settings`; not needed for a single part.
    """
    if len(settings) == 1:
        return (BlendPart(source_mask, target_mask, settings[0]),)
    return tuple(
        BlendPart(np.where(owners == i, source_mask, 0), np.where(owners == i, target_mask, 0), of_part)
        for i, of_part in enumerate(settings)
    )
