"""Upscaling images in the engine thread."""

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
    """An image to upscale."""

    image: np.ndarray  # uint8 [H, W, 3], never changed
    source: object  # identifies the request; returned unchanged


@dataclass(frozen=True, eq=False)
class Upscaled:
    """The answer to a request."""

    request: UpscaleRequest
    image: UpscaledImage
    seconds: float  # of the engine's time
    upscaler: Path | None


class UpscalingJobs:
    """Jobs that share one upscaler. Create it in the GUI thread; only the engine thread uses it."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._loaded: tuple[Path | None, Upscaler] | None = None

    def upscaler(self, path: Path | None) -> Upscaler:
        """Return a file's upscaler, or the built-in one, on the engine's device.

        Raises DdsError if it cannot be read.
        """
        if self._loaded is None or self._loaded[0] != path:
            from ddsgui.synthesis.upscaler import load_upscaler

            self._loaded = path, load_upscaler(path).to(self._jobs.models.device)
        return self._loaded[1]

    def make(self, path: Path | None, box: Latest[UpscaleRequest]) -> Generator[None, None, Upscaled | None]:
        """Upscale the newest image in the box; return None if the box is empty.

        Returns right after the last step, so that the next job does not wait for this job's share.
        """
        upscaler = self.upscaler(path)
        yield
        raw = box.take()
        if raw is None:
            return None
        steps, seconds = upscaler.upscale_steps(raw.image), 0.0
        while True:
            began = time.perf_counter()
            try:
                next(steps)
            except StopIteration as done:
                seconds += time.perf_counter() - began
                return Upscaled(raw, UpscaledImage(raw.image, done.value), seconds, path)
            seconds += time.perf_counter() - began
            yield
