"""Making pictures crisp, in the engine thread."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.jobs.mix import Jobs
from ddsgui.jobs.upscaled_image import UpscaledImage
from ddsgui.latest import Latest

if TYPE_CHECKING:
    from ddsgui.synthesis.upscaler import Upscaler


@dataclass(frozen=True, eq=False)
class UpscaleRequest:
    """A picture that is to become crisp."""

    image: np.ndarray  # uint8 [H, W, 3], never changed
    source: object  # whatever the asker knows it by


@dataclass(frozen=True, eq=False)
class Upscaled:
    """What became of it."""

    request: UpscaleRequest
    image: UpscaledImage
    seconds: float  # of the engine's time
    upscaler: Path | None


class UpscalingJobs:
    """Holds the upscaler. Made in the GUI thread, used in the engine thread alone."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._loaded: tuple[Path | None, Upscaler] | None = None

    def upscaler(self, path: Path | None) -> Upscaler:
        """The upscaler of a file, or the bundled one, on the engine's device. DdsError if it cannot be had."""
        if self._loaded is None or self._loaded[0] != path:
            from ddsgui.synthesis.upscaler import load_upscaler

            self._loaded = path, load_upscaler(path).to(self._jobs.models.device)
        return self._loaded[1]

    def make(self, path: Path | None, box: Latest[UpscaleRequest]) -> Generator[None, None, Upscaled | None]:
        """The newest picture in the box, made crisp; None if it was taken out again.

        Returns right after the last step, so that what comes next is not kept waiting for this one's share.
        """
        upscaler = self.upscaler(path)
        yield
        raw = box.take()
        if raw is None:
            return None
        steps, seconds = upscaler.steps(raw.image), 0.0
        while True:
            began = time.perf_counter()
            try:
                next(steps)
            except StopIteration as done:
                seconds += time.perf_counter() - began
                return Upscaled(raw, UpscaledImage(raw.image, done.value), seconds, path)
            seconds += time.perf_counter() - began
            yield
