"""The upscaled view: all panes at 4×."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

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
        self.on = preferences.upscaled_view
        for pane in self._panes:
            pane.image_changed.connect(partial(self._look_up, pane))

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
        self._preferences.upscaler = path
        self._cache.clear()
        self._show_raw()
        self.upscaler_changed.emit()
        if self.on:
            self._ask()
        else:
            self.set_on(True)

    # ---- internals

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
        request = upscaled.request.source
        assert isinstance(request, PaneRequest)
        request.pane.offer(request.pane_image, upscaled.image)
        for pane in self._panes:
            self._look_up(pane)  # another pane may show the same image

    def _fail(self, sentence: str) -> None:
        self.message.emit(sentence)
        if self.upscaler is not None:
            self.use(None)
        else:
            self._switch(False)

    def _end(self) -> None:
        self._task = None
        self._ask()
