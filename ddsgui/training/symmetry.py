"""A penalty on generators of mirrored images that favour one side: without it every parting is on the left."""

from __future__ import annotations

from torch import Tensor

REFERENCE_SIDE = 64  # pixels, at which the penalty is the sum over an image's channels and pixels


class MirrorSymmetryPenalty:
    """The difference between the mean image and its mirror image, as a penalty.

    A batch may be asymmetric by chance, so it is corrected only where the running mean of batches is asymmetric too.
    """

    def __init__(self, momentum: float = 0.05) -> None:
        """momentum: weight of a new batch in the running mean."""
        self.momentum = momentum
        self.running: Tensor | None = None  # mean image minus its mirror image, [3, R, R]

    def penalty(self, images: Tensor) -> Tensor:
        """Return a scalar, of the same scale at any side, for a batch of generated images [N, 3, R, R]."""
        mean = images.mean(0)
        asymmetry = mean - mean.flip(2)
        detached = asymmetry.detach()
        self.running = detached if self.running is None else self.running.lerp(detached, self.momentum)
        return (self.running * asymmetry).mean() * (3 * REFERENCE_SIDE**2)
