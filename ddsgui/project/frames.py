"""The frames of a run, in bounded memory."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from ddsgui.synthesis.settings import AdamMoments

MAX_BYTES = 192 * 2**20
BLEND = 0  # the iteration of the live blend, which stands before those of the search


@dataclass(frozen=True, eq=False)
class Frame:
    """An iteration of a run, or the live blend before it: its image, and the latent and moments to fork from."""

    iteration: int
    image: np.ndarray  # x̂, uint8 [H, W, 3]
    latent: np.ndarray | None = None  # ẑ that `image` was drawn from, as in OptimizerStep
    moments: AdamMoments | None = None  # before the iteration

    @property
    def nbytes(self) -> int:
        """The memory that the frame takes, in bytes."""
        latent = 0 if self.latent is None else self.latent.nbytes
        return self.image.nbytes + latent + (0 if self.moments is None else self.moments.nbytes)


class FrameBuffer:
    """Frames by iteration, thinned evenly: whenever they fill the memory, every second one is removed.

    After that, half as many new frames stay, so that they lie evenly over a run of any length. The newest one always
    stays.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._stride = 1
        self._frames: list[Frame] = []

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> Frame:
        """Return a frame; 0 is the first, -1 the newest."""
        return self._frames[index]

    def add(self, frame: Frame) -> None:
        """Add a frame, without a copy. Iterations must rise."""
        if self._frames and not self._stays(self._frames[-1].iteration):
            self._frames.pop()
        self._frames.append(frame)
        while len(self._frames) > 2 and len(self._frames) * frame.nbytes > self._max_bytes:
            self._thin()

    def copy(self) -> FrameBuffer:
        """Return a buffer with the same frames, to which none are added."""
        copy = FrameBuffer(self._max_bytes)
        copy._stride, copy._frames = self._stride, list(self._frames)
        return copy

    def nearest(self, iteration: int) -> int:
        """Return the index of the last frame not after `iteration`, or 0."""
        return max(0, bisect_right(self._frames, iteration, key=lambda frame: frame.iteration) - 1)

    def images(self, at_most: int | None = None) -> list[np.ndarray]:
        """Return all images of the search, or `at_most` of them evenly chosen with the first and the newest."""
        images = [frame.image for frame in self._frames if frame.iteration != BLEND]
        if at_most is None or len(images) <= at_most:
            return images
        return [images[round(i)] for i in np.linspace(0, len(images) - 1, at_most)]

    def _stays(self, iteration: int) -> bool:
        return (iteration - self._frames[0].iteration) % self._stride == 0

    def _thin(self) -> None:
        self._stride *= 2
        newest = self._frames[-1]
        self._frames = [frame for frame in self._frames if self._stays(frame.iteration) or frame is newest]
