"""How long a training that grows will still take: a picture of 128 pixels costs ten times one of 16."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

from ddsgui.training.base_settings import TrainingSettings

_MEMORY = 0.97  # of the measured speed, from one step to the next: some thirty steps


class Pace:
    """Measures the speed, with all that is done between two steps, and carries it over to other sides."""

    def __init__(self, settings: TrainingSettings, clock: Callable[[], float] = time.perf_counter) -> None:
        self.settings, self._clock = settings, clock
        self._last = clock()
        self._work = self._seconds = 0.0
        self._side, self._images, self._elapsed = 0, 0.0, 0.0

    def step(self, side: int, images: int) -> None:
        """A step of so many images at this side has just ended."""
        now = self._clock()
        passed, self._last = now - self._last, now
        self._work = self._work * _MEMORY + images * work(self.settings, side)
        self._seconds = self._seconds * _MEMORY + passed
        if side != self._side:
            self._side, self._images, self._elapsed = side, 0.0, 0.0
        self._images = self._images * _MEMORY + images
        self._elapsed = self._elapsed * _MEMORY + passed

    @property
    def speed(self) -> float:
        """Images a second at the side of the last step; 0 before the first."""
        return self._images / self._elapsed if self._elapsed > 0 else 0.0

    def left(self, side: int, stage_seen: int) -> float:
        """Seconds to the end of all stages, when `stage_seen` images of the one of `side` are done."""
        to_come = 0.0
        for stage in self.settings.stages:
            if stage.side >= side:
                images = max(0, stage.images - (stage_seen if stage.side == side else 0))
                to_come += images * work(self.settings, stage.side)
        return to_come * self._seconds / self._work if self._work else 0.0


def work(settings: TrainingSettings, side: int) -> float:
    """Multiply-adds of a training step for one image at `side` pixels, but for small change."""
    levels = [(4 << i, g, d) for i, (g, d) in enumerate(_widths(settings)) if 4 << i <= side]
    generator = 16 * 9 * levels[0][1] ** 2
    discriminator = 16 * 9 * levels[0][2] ** 2
    for (half, g_in, d_out), (full, g, d) in pairwise(levels):
        generator += full**2 * 9 * (g_in * g + g * g)
        discriminator += full**2 * 9 * d * d + half**2 * 9 * d * d_out
    # Forward and backward, of G once; of D by its input once, by its weights twice, and now and then for R1.
    total = 3 * generator + (2 + 6 + 8 / settings.r1_every) * discriminator
    if settings.encoder:
        vgg = min(side, 64) ** 2 * 9 * (3 * 64 + 64 * 64 + 64 * 32 + 128 * 32 + 128 * 16 + 2 * 256 * 16)
        total += 3 * settings.encoder_share * vgg
    return float(total)


def _widths(settings: TrainingSettings) -> list[tuple[int, int]]:
    return list(zip(settings.channels, settings.discriminator_channels, strict=True))


def spoken(seconds: float) -> str:
    """A length of time in words: "40 s", "12 min", "3 h 20 min", "2 days 5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} day{'s' if days > 1 else ''} {hours} h"
