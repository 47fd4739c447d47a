"""The upscaled view: all panes at 4×."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from ddsgui.jobs.upscaled_image import UpscaledCache
from ddsgui.jobs.upscaling import Upscaled, UpscaleRequest, UpscalingJobs
from ddsgui.latest import Latest
from ddsgui.qt.canvas.image_view import PaneImage
from ddsgui.qt.canvas.pane import Pane
from ddsgui.qt.canvas.panes import Panes
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel, Task
from ddsgui.qt.core.preferences import Preferences

ENGINE_SHARE = 0.08  # a run loses at most a tenth of its speed, drawing the larger pictures included
SLOW_SECONDS = 1.5  # per picture; on slower computers the upscaled view is off at first
TIMING_RUNS = 2  # pictures that are timed; the first is slow on every computer


@dataclass(frozen=True, eq=False)
class PaneRequest:
    """A pane and the image that it wants upscaled."""

    pane: Pane
    pane_image: PaneImage


class Upscaling(QObject):
    """Observes the panes and offers them upscaled versions of their images.

    Only the view changes: the panes keep raw images, and everything that is computed, painted and saved stays raw.
    """

    switched = Signal(bool)
    upscaler_changed = Signal()
    message = Signal(str)  # a sentence for the user

    def __init__(self, controller: MixController, panes: Panes, preferences: Preferences) -> None:
        super().__init__(panes)  # a child of the panes, so that no late signal reaches deleted panes
        self._controller, self._preferences = controller, preferences
        self.jobs = UpscalingJobs(controller.jobs)
        # The most urgent first: the images of a run are replaced all the time, the others stay.
        self._panes: tuple[Pane, ...] = (panes.source, panes.target, panes.crossover, panes.result)
        self._cache = UpscaledCache()
        self._box: Latest[UpscaleRequest] = Latest()
        self._task: Task | None = None
        self._times: list[float] = []  # seconds per pixel
        self.on = self._default()
        for pane in self._panes:
            pane.image_changed.connect(partial(self._look_up, pane))
        controller.pictures_changed.connect(lambda: self._switch(self._default()))

    # ---- the artist's choice

    def set_on(self, on: bool) -> None:
        """Switch the view on or off, now and at every start of the program."""
        self._preferences.upscaled_view = on
        self._switch(on)

    @property
    def upscaler(self) -> Path | None:
        """The file of the upscaler in use; None is the built-in one."""
        return self._preferences.upscaler

    def use(self, path: Path | None) -> None:
        """Use another upscaler, and show the panes with it."""
        self._preferences.upscaler, self._preferences.upscaling_time = path, None
        self._times.clear()
        self._cache.clear()
        self._show_raw()
        self.upscaler_changed.emit()
        if self.on:
            self._ask()
        else:
            self.set_on(True)

    # ---- internals

    def _default(self) -> bool:
        """Return the artist's choice or, without one, whether this computer is fast enough."""
        if self._preferences.upscaled_view is not None:
            return self._preferences.upscaled_view
        sample, seconds = self._controller.session.sample, self._preferences.upscaling_time
        return sample is None or seconds is None or seconds * _pixel_count(sample.source) <= SLOW_SECONDS

    def _switch(self, on: bool) -> None:
        if on == self.on:
            return
        self.on = on
        self.switched.emit(on)
        if on:
            for pane in self._panes:
                self._look_up(pane)
        else:
            self._show_raw()

    def _show_raw(self) -> None:
        for pane in self._panes:
            pane.set_upscaled(None)

    def _look_up(self, pane: Pane) -> None:
        """Offer the cached upscaled image, or request one."""
        if self.on and (pane_image := pane.wanted()) is not None and pane_image.image is not None:
            cached = self._cache.find(pane_image.image)
            if cached is not None:
                pane.offer(pane_image, cached)
        self._ask()

    def _ask(self) -> None:
        """Send the most urgent image to the engine."""
        request = self._most_urgent() if self.on else None
        if request is None:
            self._box.take()
            return
        self._box.put(request)
        if self._task is None:
            job = partial(self.jobs.make, self.upscaler, self._box)
            self._task = self._controller.engine.submit(Channel.UPSCALING, job, share=ENGINE_SHARE)
            self._task.returned.connect(self._take)
            self._task.failed.connect(self._fail)
            self._task.ended.connect(self._end)

    def _most_urgent(self) -> UpscaleRequest | None:
        """Return the first visible image that is not larger than the generators' pictures."""
        sample = self._controller.session.sample
        if sample is None:
            return None
        sizes = (sample.source.shape, sample.target.shape)
        for pane in self._panes:
            pane_image = pane.wanted() if pane.isVisible() else None
            if pane_image is not None and pane_image.image is not None and pane_image.image.shape in sizes:
                return UpscaleRequest(pane_image.image.copy(), PaneRequest(pane, pane_image))
        return None

    def _take(self, upscaled: Upscaled) -> None:
        if upscaled.upscaler != self.upscaler or not self.on:
            return
        self._cache.put(upscaled.image)
        self._measure(upscaled)
        if not self.on:
            return
        request = upscaled.request.source
        assert isinstance(request, PaneRequest)
        request.pane.offer(request.pane_image, upscaled.image)
        for pane in self._panes:
            self._look_up(pane)  # another pane may show the same image

    def _measure(self, upscaled: Upscaled) -> None:
        """Measure the speed of this computer once, and switch the view off if it is too slow."""
        if self._preferences.upscaling_time is not None:
            return
        self._times.append(upscaled.seconds / _pixel_count(upscaled.image.raw))
        if len(self._times) < TIMING_RUNS:
            return
        self._preferences.upscaling_time = min(self._times)
        if not self._default():
            self._switch(False)
            self.message.emit(
                f"The upscaled view is off because a picture takes {upscaled.seconds:.1f} s on this computer. "
                "You can switch it on in the View menu."
            )

    def _fail(self, sentence: str) -> None:
        self.message.emit(sentence)
        if self.upscaler is not None:
            self.use(None)
        else:
            self._switch(False)

    def _end(self) -> None:
        self._task = None
        self._ask()


def _pixel_count(image: np.ndarray) -> int:
    return image.shape[0] * image.shape[1]
