"""The frames of a run, in bounded memory."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

MEMORY = 192 * 2**20  # bytes of pixels


class FrameBuffer:
    """Frames x̂ by iteration. When they fill the memory every second one goes, and from then on half as many stay.

    So the frames lie evenly over the run however long it lasts. The newest frame is always there.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._memory = memory
        self._stride = 1
        self._iterations: list[int] = []
        self._frames: list[np.ndarray] = []  # uint8 [H, W, 3] each

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, iteration: int, frame: np.ndarray) -> None:
        """Iterations must rise; `frame` is uint8 [H, W, 3] and is kept, not copied."""
        if self._frames and not self._stays(self._iterations[-1]):
            self._iterations.pop()
            self._frames.pop()
        self._iterations.append(iteration)
        self._frames.append(frame)
        while len(self._frames) > 2 and len(self._frames) * frame.nbytes > self._memory:
            self._thin()

    def frame(self, index: int) -> tuple[int, np.ndarray]:
        """Iteration and picture of a frame; 0 is the first, -1 the newest."""
        return self._iterations[index], self._frames[index]

    def nearest(self, iteration: int) -> int:
        """Index of the last frame not after `iteration`, or 0."""
        return max(0, bisect_right(self._iterations, iteration) - 1)

    def frames(self, most: int | None = None) -> list[np.ndarray]:
        """All frames, or `most` of them evenly chosen with the first and the newest."""
        if most is None or len(self) <= most:
            return list(self._frames)
        return [self._frames[round(i)] for i in np.linspace(0, len(self) - 1, most)]

    def clear(self) -> None:
        self._stride = 1
        self._iterations.clear()
        self._frames.clear()

    def _stays(self, iteration: int) -> bool:
        return (iteration - self._iterations[0]) % self._stride == 0

    def _thin(self) -> None:
        self._stride *= 2
        newest = self._iterations[-1]
        kept = [i for i, n in enumerate(self._iterations) if self._stays(n) or n == newest]
        self._iterations = [self._iterations[i] for i in kept]
        self._frames = [self._frames[i] for i in kept]
