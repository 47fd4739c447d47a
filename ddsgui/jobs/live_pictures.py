"""The live blend beside other jobs: the newest masks in, a picture out."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ddsgui.jobs.live import load_blend
from ddsgui.rect import Rect
from ddsgui.synthesis.blend_settings import BlendPart
from ddsgui.synthesis.sample import Sample

if TYPE_CHECKING:
    from ddsgui.jobs.mix import Jobs
    from ddsgui.synthesis.blending.live_blend import LiveBlend

COARSE_FROM_PX, COARSE_SIDE_PX = (
    512,
    128,
)  # sides of pictures that take long, and of the coarse ones before them


@dataclass(frozen=True, eq=False)
class LiveRequest:
    """A pair with its masks and settings at one moment."""

    source: str  # domain
    target: str
    sample: Sample  # as the generators drew it, with padding
    parts: tuple[BlendPart, ...]


@dataclass(frozen=True, eq=False)
class LivePicture:
    """The live blend of a request."""

    request: LiveRequest
    image: np.ndarray  # uint8 [R, R, 3]
    changed: Rect  # since the picture of the request before
    depths: tuple[int, ...]  # to choose from, in pixels; () if the two domains are of different build
    uses_target_layers: bool  # False: the part is pasted as the source draws it
    notice: str | None


class LiveJobs:
    """Holds the activations of the newest pair. One of its jobs at a time, in whatever thread."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._sample: Sample | None = None  # of the blend
        self._blend: LiveBlend | None = None
        self._newest: LivePicture | None = None

    def is_prepared(self, sample: Sample) -> bool:
        """Return whether draw() may be called for this sample."""
        return self._sample is sample

    def prepare(self, request: LiveRequest) -> Generator[None, None, bool]:
        """Prepare the blend of another sample. It uses the loaded models, as all other jobs do; draw() does not."""
        yield
        self._sample = self._blend = self._newest = None  # two pairs at once would need twice the memory
        self._blend = load_blend(self._jobs.models, request.source, request.target, request.sample)
        self._sample = request.sample
        return True

    def draw(self, request: LiveRequest) -> Generator[LivePicture | None, None, LivePicture]:
        """Draw the live blend, or only what has changed since the last. Yields a coarse picture if it takes long.

        Raises ValueError if the sample is not prepared.
        """
        yield
        if self._blend is None or not self.is_prepared(request.sample):
            raise ValueError("the sample is not prepared")
        newest, blend, parts = self._newest, self._blend, request.parts
        changed = None if newest is None else changed_pixels(newest.request.parts, parts)
        if changed is None and blend.side >= COARSE_FROM_PX:
            side = blend.side
            coarse = cv2.resize(
                blend.preview(parts, COARSE_SIDE_PX), (side, side), interpolation=cv2.INTER_CUBIC
            )
            yield _picture(request, blend, coarse, Rect(0, 0, side, side))
        image, rect = blend.blend(parts, changed)
        if newest is not None and image.shape != newest.image.shape:
            image = paste(image, newest.image, rect)
        self._newest = _picture(request, blend, image, rect)
        return self._newest


def _picture(request: LiveRequest, blend: LiveBlend, image: np.ndarray, changed: Rect) -> LivePicture:
    uses_target_layers = any(blend.draws_with_target(part.settings) for part in request.parts)
    return LivePicture(request, image, changed, blend.depths, uses_target_layers, blend.notice)


def changed_pixels(before: Sequence[BlendPart], after: Sequence[BlendPart]) -> Rect | None:
    """Return the pixels where masks differ; None if anything else does, or nothing, so that all has to be drawn."""
    if [part.settings for part in before] != [part.settings for part in after]:
        return None
    changed: Rect | None = None
    for old, new in zip(before, after, strict=True):
        for a, b in ((old.source_mask, new.source_mask), (old.target_mask, new.target_mask)):
            rect = Rect(*cv2.boundingRect(cv2.absdiff(a, b)))
            if rect.w:
                changed = rect.united(changed)
    return changed


def paste(section: np.ndarray, image: np.ndarray, rect: Rect) -> np.ndarray:
    """Return a copy of an image, uint8 [H, W, 3], with a section of it replaced."""
    copy = image.copy()
    copy[rect.slices] = section
    return copy
