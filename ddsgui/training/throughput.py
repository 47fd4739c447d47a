"""How long a training that grows will still take: a picture of 128 pixels costs ten times one of 16."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.morphs.settings import MorphSettings

_EMA_DECAY = 0.97  # of the measured speed, from one step to the next: some thirty steps


class Throughput:
    """Measures the speed, with all that is done between two steps, and carries it over to other sides."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._last = clock()
        self._work = self._seconds = 0.0
        self._each = self._images = self._elapsed = 0.0

    def step(self, work: float, images: int) -> None:
        """A step of so many images has just ended, each of which is this much work, in any unit."""
        now = self._clock()
        passed, self._last = now - self._last, now
        self._work = self._work * _EMA_DECAY + images * work
        self._seconds = self._seconds * _EMA_DECAY + passed
        if work != self._each:
            self._each, self._images, self._elapsed = work, 0.0, 0.0
        self._images = self._images * _EMA_DECAY + images
        self._elapsed = self._elapsed * _EMA_DECAY + passed

    @property
    def speed(self) -> float:
        """Images a second, of those like the last step's; 0 before the first."""
        return self._images / self._elapsed if self._elapsed > 0 else 0.0

    def seconds_for(self, work: float) -> float:
        """Seconds that so much work will take; 0 before the first step."""
        return work * self._seconds / self._work if self._work else 0.0


def work(settings: AdversarialSettings, side: int) -> float:
    """Multiply-adds of a GAN's training step for one image at `side` pixels, but for small change."""
    generator, discriminator = _networks(settings, side)
    # Forward and backward, of G once; of D by its input once, by its weights twice, and now and then for R1.
    total = 3 * generator + (2 + 6 + 8 / settings.r1_every) * discriminator
    if settings.encoder:
        total += 3 * settings.encoder_share * _vgg(min(side, 64))
    return total


def regression_work(settings: MorphSettings, side: int) -> float:
    """The same of a training by morphs."""
    generator, _ = _networks(settings, side)
    total = 3 * generator
    if settings.perceptual and side >= settings.perceptual_side:
        # Forward of both pictures, backward to one, whose weights stand still.
        total += 3 * _vgg(min(side, settings.crop))
        if side > settings.crop and settings.half_every:
            total += 3 * _vgg(side // 2) / settings.half_every
    return total


def sharpening_work(settings: MorphSettings) -> float:
    """The same while it is sharpened."""
    generator, _ = _networks(settings, settings.resolution)
    # Forward of both generators, backward of one; of VGG-16 forward to both pictures, backward to one.
    return 4 * generator + 3 * _vgg(settings.resolution)


def judging_work(settings: MorphSettings) -> float:
    """The same while the discriminator learns."""
    generator, discriminator = _networks(settings, settings.resolution)
    return generator + (6 + 8 / settings.judge_r1_every) * discriminator


def _networks(settings: AdversarialSettings | MorphSettings, side: int) -> tuple[float, float]:
    """Multiply-adds of generator and discriminator, forward, for one image at `side` pixels."""
    widths = zip(settings.channels, settings.discriminator_channels, strict=True)
    levels = [(4 << i, g, d) for i, (g, d) in enumerate(widths) if 4 << i <= side]
    generator = 16 * 9 * levels[0][1] ** 2
    discriminator = 16 * 9 * levels[0][2] ** 2
    for (half, g_in, d_out), (full, g, d) in pairwise(levels):
        generator += full**2 * 9 * (g_in * g + g * g)
        discriminator += full**2 * 9 * d * d + half**2 * 9 * d * d_out
    return float(generator), float(discriminator)


def _vgg(side: int) -> float:
    """Multiply-adds of VGG-16, to its seventh convolution, for one picture of `side` pixels."""
    return side**2 * 9.0 * (3 * 64 + 64 * 64 + 64 * 32 + 128 * 32 + 128 * 16 + 2 * 256 * 16)
