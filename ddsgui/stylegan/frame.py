"""Oblong pictures in squares: some programs begin with a constant of 4×2, 5×3 or the like instead of 4×4.

Every level of such a generator is a square here, too, so that masks, parts and the optimiser need not know. Outside the
frame, the rectangle in which the generator draws, the activations are zero. That is what a convolution sees at the
edge of a picture anyway, so the picture in the frame is exactly the original program's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor
from torch.nn.functional import pad

if TYPE_CHECKING:
    from ddsgui.stylegan.generator_config import GeneratorConfig

Slices = tuple[slice, slice]  # rows and columns


@dataclass(frozen=True)
class Frame:
    """The rectangle of a square in which an oblong generator draws, in pixels."""

    side: int  # of the square
    top: int
    left: int
    height: int
    width: int

    def cleared(self, x: Tensor, region: Slices, value: float = 0.0) -> Tensor:
        """Return x [N, C, H, W], which is a region of the square, with `value` outside the frame."""
        top, left = (part.start or 0 for part in region)
        rows = slice(max(0, self.top - top), max(0, self.top + self.height - top))
        columns = slice(max(0, self.left - left), max(0, self.left + self.width - left))
        inside = x.new_zeros(x.shape[2:])
        inside[rows, columns] = 1
        x = x * inside
        return x + (1 - inside) * value if value else x

    def padded(self, x: Tensor) -> Tensor:
        """Return the square with x [N, C, height, width] in the frame and zeros around it."""
        right, bottom = self.side - self.left - self.width, self.side - self.top - self.height
        return pad(x, (self.left, right, self.top, bottom))


def frame_of(config: GeneratorConfig, level: int) -> Frame | None:
    """Return the frame of a level, in its middle; None if the generator draws whole squares."""
    if config.const_size is None:
        return None
    width, height = (length << level for length in config.const_size)
    side = config.side_of(level)
    return Frame(side, (side - height) // 2, (side - width) // 2, height, width)


def first_shift(config: GeneratorConfig) -> tuple[int, int] | None:
    """Return the rows and columns by which the frame of level 1 is off that of level 0, doubled; None if by none.

    An odd number of pixels has no middle in a square of an even number.
    """
    below, frame = frame_of(config, 0), frame_of(config, 1)
    if below is None or frame is None:
        return None
    shift = frame.top - 2 * below.top, frame.left - 2 * below.left
    return shift if any(shift) else None
