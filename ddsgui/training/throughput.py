"""The speed of a growing training, and its remaining time: an image of 128 pixels costs ten times one of 16 pixels.

Costs are multiply-adds per image, without negligible operations; only their ratios matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise

_EMA_DECAY = 0.97  # of the measured speed, per step: about thirty steps


class Throughput:
    """A measurement of the speed, including the time between steps, converted to other sides."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._last = clock()
        self._cost = self._seconds = 0.0
        self._image_cost = self._images = self._image_seconds = 0.0

    def step(self, image_cost: float, images: int) -> None:
        """Count a step that has just ended. image_cost: of each of its `images`."""
        now = self._clock()
        passed, self._last = now - self._last, now
        self._cost = self._cost * _EMA_DECAY + images * image_cost
        self._seconds = self._seconds * _EMA_DECAY + passed
        if image_cost != self._image_cost:
            self._image_cost, self._images, self._image_seconds = image_cost, 0.0, 0.0
        self._images = self._images * _EMA_DECAY + images
        self._image_seconds = self._image_seconds * _EMA_DECAY + passed

    @property
    def speed(self) -> float:
        """Images per second at the cost of those in the last step; 0 before the first step."""
        return self._images / self._image_seconds if self._image_seconds > 0 else 0.0

    def seconds_for(self, cost: float) -> float:
        """Return the seconds for work of this cost; 0 before the first step."""
        return cost * self._seconds / self._cost if self._cost else 0.0


def network_costs(
    channels: Sequence[int], discriminator_channels: Sequence[int], side: int
) -> tuple[float, float]:
    """Return the forward costs of generator and discriminator for one image of `side` pixels.

    The arguments are the widths at the levels 4, 8, …, R.
    """
    widths = zip(channels, discriminator_channels, strict=True)
    levels = [(4 << i, g, d) for i, (g, d) in enumerate(widths) if 4 << i <= side]
    generator = 16 * 9 * levels[0][1] ** 2
    discriminator = 16 * 9 * levels[0][2] ** 2
    for (half, g_in, d_out), (full, g, d) in pairwise(levels):
        generator += full**2 * 9 * (g_in * g + g * g)
        discriminator += full**2 * 9 * d * d + half**2 * 9 * d * d_out
    return float(generator), float(discriminator)


def vgg_cost(side: int) -> float:
    """Return the forward cost of VGG-16, up to its seventh convolution, for one image of `side` pixels."""
    return side**2 * 9.0 * (3 * 64 + 64 * 64 + 64 * 32 + 128 * 32 + 128 * 16 + 2 * 256 * 16)
