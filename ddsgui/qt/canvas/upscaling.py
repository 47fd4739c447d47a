"""The switch that shows all pictures four times as fine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from ddsgui.jobs.upscaled_image import UpscaledCache
from ddsgui.jobs.upscaling import Upscaled, UpscaleRequest, UpscalingJobs
from ddsgui.latest import Latest
from ddsgui.qt.canvas.pane import Pane
from ddsgui.qt.canvas.panes import Panes
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel, Task
from ddsgui.qt.core.preferences import Preferences
from ddsgui.synthesis.sample import Sample

ENGINE_SHARE = 0.08  # a run may lose a tenth of its speed: some is left for drawing larger pictures
SLOW_SECONDS = 1.5  # seconds a picture; where it takes longer, Crisp is off until the artist wants it
TIMING_RUNS = 2  # pictures by which the machine is judged; the first is slow everywhere
IDLE_MS = 150  # ms after which a picture that is being painted on is made crisp


@dataclass(frozen=True)
class PaneRequest:
    """Whose picture is being made crisp: a pane's."""

    pane: Pane
    sample: Sample | None


@dataclass(frozen=True, eq=False)
class RunFrame:
    """Or a run's, on its way to the result pane."""

    image: np.ndarray
    caption: str
    scene: int


class Upscaling(QObject):
    """Has the pictures in sight upscaled, the newest only, and lays them over the raw ones.

    It is a look and nothing more: what the panes hold, and all that is computed, painted and written, stays raw.

    The frames of a run come faster than they can be made crisp. Once a crisp one is on the screen, it stays until
    the next one is ready, or the picture would go soft and sharp by turns. After an edit the raw frames are shown
    until a crisp one has followed it, so that the answer comes at once.
    """

    switched = Signal(bool)
    exchanged = Signal()  # another network is in use
    told = Signal(str)  # a sentence for the user

    def __init__(self, studio: MixController, easel: Panes, preferences: Preferences) -> None:
        super().__init__(easel)  # it goes with the panes: a late signal would meet what is left of them
        self._studio, self._easel, self._preferences = studio, easel, preferences
        self.jobs = UpscalingJobs(studio.jobs)
        self._panes: tuple[Pane, ...] = (easel.source, easel.target, easel.crossover, easel.result)
        self._shelf = UpscaledCache()
        self._box: Latest[UpscaleRequest] = Latest()
        self._task: Task | None = None
        self._frame: RunFrame | None = None  # the newest, not on the screen yet
        self._scene = 0  # grows whenever older frames must not be shown any more
        self._revision: int | None = None  # that the scene's frames work with
        self._held = False  # whether a crisp frame of this scene is on the screen
        self._paces: list[float] = []  # seconds a pixel
        self.on = self._usual()
        self._rest = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._rest.timeout.connect(self._ask)
        for pane in self._panes:
            pane.image_changed.connect(partial(self._look_up, pane))
        easel.crossover.region_touched.connect(self._rest.start)
        studio.pictures_changed.connect(self._follow_size)

    # ---- the artist's wishes

    def set_on(self, on: bool) -> None:
        """From now on and the next time as well."""
        self._preferences.upscaled_view = on
        self._switch(on)

    @property
    def upscaler(self) -> Path | None:
        """The file of the network in use; None is the bundled one."""
        return self._preferences.upscaler

    def use(self, path: Path | None) -> None:
        """Make pictures crisp with another network, and show them."""
        self._preferences.upscaler, self._preferences.upscaling_time = path, None
        self._paces.clear()
        self._shelf.clear()
        self._show_raw()
        self.exchanged.emit()
        if self.on:
            self._ask()
        else:
            self.set_on(True)

    # ---- the result pane

    def show_frame(self, image: np.ndarray, caption: str, revision: int | None = None) -> None:
        """Show a picture of a run, or its best: crisp and a little later if the one before is crisp, else at once.

        `revision` of the masks that it was made with; None: as the one before.
        """
        if revision is not None and revision != self._revision:
            self._change_scene()
            self._revision = revision
        made = not self.on or self._shelf.find(image) is not None
        self._frame = None if made else RunFrame(image, caption, self._scene)
        if not made and self._held and self._easel.result.isVisible():
            self._ask()
        else:
            self._easel.show_result(image, caption)

    def show_still(self, image: np.ndarray | None, caption: str = "") -> None:
        """Show something else, or nothing, at once."""
        self._change_scene()
        self._easel.show_result(image, caption)

    def begin_run(self) -> None:
        """What comes now is of another run."""
        self._change_scene()
        self._revision = None

    # ---- inside

    def _usual(self) -> bool:
        """What the artist wants or, until we know, what the machine can do."""
        if self._preferences.upscaled_view is not None:
            return self._preferences.upscaled_view
        sample, pace = self._studio.session.sample, self._preferences.upscaling_time
        return sample is None or pace is None or pace * _pixels(sample.source) <= SLOW_SECONDS

    def _follow_size(self) -> None:
        self._switch(self._usual())

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
        """All panes, and what they were to show next."""
        frame = self._frame
        self._change_scene()
        if frame is not None:
            self._easel.show_result(frame.image, frame.caption)
        for pane in self._panes:
            pane.set_upscaled(None)

    def _change_scene(self) -> None:
        self._scene += 1
        self._frame, self._held = None, False

    def _look_up(self, pane: Pane) -> None:
        """A pane has another picture: perhaps it was made crisp before."""
        if self.on and pane.image is not None and (found := self._shelf.find(pane.image)) is not None:
            pane.set_upscaled(found)
        self._ask()

    def _ask(self) -> None:
        """Put what is wanted most where the engine finds it."""
        raw = self._wanted() if self.on else None
        if raw is None:
            self._box.take()
            return
        self._box.put(raw)
        if self._task is None:
            job = partial(self.jobs.make, self.upscaler, self._box)
            self._task = self._studio.engine.submit(Channel.UPSCALING, job, share=ENGINE_SHARE)
            self._task.returned.connect(self._take)
            self._task.failed.connect(self._fail)
            self._task.ended.connect(self._end)

    def _wanted(self) -> UpscaleRequest | None:
        """Pictures that stand still come first: they are few, while there is always another frame."""
        sample, frame = self._studio.session.sample, self._frame
        if sample is None:
            return None
        for pane in self._panes:
            if self._wants(pane) and pane.image is not None and pane.image.shape == sample.source.shape:
                return UpscaleRequest(pane.image.copy(), PaneRequest(pane, sample))
        if frame is not None and self._easel.result.isVisible():
            return UpscaleRequest(frame.image, frame)
        return None

    def _wants(self, pane: Pane) -> bool:
        if not pane.isVisible() or (pane.upscaled is not None and pane.upscaled.is_of(pane.image)):
            return False
        if pane is self._easel.crossover:
            return not self._rest.isActive()
        return pane is not self._easel.result or self._frame is None

    def _take(self, made: Upscaled) -> None:
        if made.upscaler != self.upscaler or not self.on:
            return
        self._shelf.put(made.image)
        self._judge(made)
        if not self.on:
            return
        for pane in self._panes:
            if made.image.is_of(pane.image):
                pane.set_upscaled(made.image)
        subject, session = made.request.source, self._studio.session
        if isinstance(subject, RunFrame) and subject.scene == self._scene:
            if self._frame is subject:
                self._frame = None
            self._held = True
            self._easel.show_result(subject.image, subject.caption)
        elif subject == PaneRequest(self._easel.crossover, session.sample):
            self._easel.crossover.set_upscaled(
                made.image
            )  # the brush may have moved on; elsewhere it is right

    def _judge(self, made: Upscaled) -> None:
        """Find out once what the machine can do."""
        if self._preferences.upscaling_time is not None:
            return
        self._paces.append(made.seconds / _pixels(made.image.raw))
        if len(self._paces) < TIMING_RUNS:
            return
        self._preferences.upscaling_time = min(self._paces)
        if not self._usual():
            self._switch(False)
            self.told.emit(
                f"Crisp is off, because a picture takes {made.seconds:.1f} s on this computer; "
                "the View menu switches it on."
            )

    def _fail(self, sentence: str) -> None:
        self.told.emit(sentence)
        if self.upscaler is not None:
            self.use(None)
        else:
            self._switch(False)

    def _end(self) -> None:
        self._task = None
        self._ask()


def _pixels(picture: np.ndarray) -> int:
    return picture.shape[0] * picture.shape[1]
