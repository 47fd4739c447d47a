"""A generator of mirrored pictures must not favour a side; one that does draws every parting on the left."""

from __future__ import annotations

from torch import Tensor

REFERENCE_SIDE_PX = 64  # pixels, at which the penalty is the sum over a picture's channels and pixels


class MirrorSymmetryPenalty:
    """How far the mean picture is from its mirror image, as a penalty.

    A batch may be lopsided by chance, and is pushed back only where the running mean of batches is so too.
    """

    def __init__(self, pace: float = 0.05) -> None:
        """pace: weight of a new batch in the running mean."""
        self.momentum = pace
        self.running: Tensor | None = None  # mean picture minus its mirror image, [3, R, R]

    def penalty(self, drawn: Tensor) -> Tensor:
        """Take a batch of generated pictures [N, 3, R, R]; a scalar, weighing the same at any side."""
        mean = drawn.mean(0)
        apart = mean - mean.flip(2)
        known = apart.detach()
        self.running = known if self.running is None else self.running.lerp(known, self.momentum)
        return (self.running * apart).mean() * (3 * REFERENCE_SIDE_PX**2)
