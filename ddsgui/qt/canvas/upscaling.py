"""The switch that shows all pictures four times as fine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from ddsgui.jobs.upscaled_image import CrispShelf
from ddsgui.jobs.upscaling import CrispJobs, Made, Raw
from ddsgui.latest import Latest
from ddsgui.qt.canvas.pane import Pane
from ddsgui.qt.canvas.panes import Easel
from ddsgui.qt.core.controller import Studio
from ddsgui.qt.core.engine import Lane, Task
from ddsgui.qt.core.preferences import Preferences
from ddsgui.synthesis.sample import Sample

SHARE = 0.08  # of the time of a run, which may lose a tenth of its speed: some is left for drawing larger pictures
PATIENCE = 1.5  # seconds a picture; where it takes longer, Crisp is off until the artist wants it
TRIALS = 2  # pictures by which the machine is judged; the first is slow everywhere
BRUSH_RESTS = 150  # ms after which a picture that is being painted on is made crisp


@dataclass(frozen=True)
class Still:
    """Whose picture is being made crisp: a pane's."""

    pane: Pane
    sample: Sample | None


@dataclass(frozen=True, eq=False)
class Frame:
    """Or a run's, on its way to the result pane."""

    image: np.ndarray
    caption: str
    scene: int


class Crisp(QObject):
    """Has the pictures in sight upscaled, the newest only, and lays them over the raw ones.

    It is a look and nothing more: what the panes hold, and all that is computed, painted and written, stays raw.

    The frames of a run come faster than they can be made crisp. Once a crisp one is on the screen, it stays until
    the next one is ready, or the picture would go soft and sharp by turns. After an edit the raw frames are shown
    until a crisp one has followed it, so that the answer comes at once.
    """

    switched = Signal(bool)
    exchanged = Signal()  # another network is in use
    told = Signal(str)  # a sentence for the user

    def __init__(self, studio: Studio, easel: Easel, preferences: Preferences) -> None:
        super().__init__(easel)  # it goes with the panes: a late signal would meet what is left of them
        self._studio, self._easel, self._preferences = studio, easel, preferences
        self.jobs = CrispJobs(studio.jobs)
        self._panes: tuple[Pane, ...] = (easel.source, easel.target, easel.crossover, easel.result)
        self._shelf = CrispShelf()
        self._box: Latest[Raw] = Latest()
        self._task: Task | None = None
        self._frame: Frame | None = None  # the newest, not on the screen yet
        self._scene = 0  # grows whenever older frames must not be shown any more
        self._revision: int | None = None  # that the scene's frames work with
        self._held = False  # whether a crisp frame of this scene is on the screen
        self._paces: list[float] = []  # seconds a pixel
        self.on = self._usual()
        self._rest = QTimer(self, singleShot=True, interval=BRUSH_RESTS)
        self._rest.timeout.connect(self._ask)
        for pane in self._panes:
            pane.picture_set.connect(partial(self._look_up, pane))
        easel.crossover.region_touched.connect(self._rest.start)
        studio.pictures_changed.connect(self._follow_size)

    # ---- the artist's wishes

    def set_on(self, on: bool) -> None:
        """From now on and the next time as well."""
        self._preferences.crisp = on
        self._switch(on)

    @property
    def upscaler(self) -> Path | None:
        """The file of the network in use; None is the bundled one."""
        return self._preferences.upscaler

    def use(self, path: Path | None) -> None:
        """Make pictures crisp with another network, and show them."""
        self._preferences.upscaler, self._preferences.crisp_pace = path, None
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
        self._frame = None if made else Frame(image, caption, self._scene)
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
        if self._preferences.crisp is not None:
            return self._preferences.crisp
        sample, pace = self._studio.session.sample, self._preferences.crisp_pace
        return sample is None or pace is None or pace * _pixels(sample.source) <= PATIENCE

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
            pane.set_crisp(None)

    def _change_scene(self) -> None:
        self._scene += 1
        self._frame, self._held = None, False

    def _look_up(self, pane: Pane) -> None:
        """A pane has another picture: perhaps it was made crisp before."""
        if self.on and pane.image is not None and (found := self._shelf.find(pane.image)) is not None:
            pane.set_crisp(found)
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
            self._task = self._studio.engine.submit(Lane.CRISP, job, share=SHARE)
            self._task.returned.connect(self._take)
            self._task.failed.connect(self._fail)
            self._task.ended.connect(self._end)

    def _wanted(self) -> Raw | None:
        """Pictures that stand still come first: they are few, while there is always another frame."""
        sample, frame = self._studio.session.sample, self._frame
        if sample is None:
            return None
        for pane in self._panes:
            if self._wants(pane) and pane.image is not None and pane.image.shape == sample.source.shape:
                return Raw(pane.image.copy(), Still(pane, sample))
        if frame is not None and self._easel.result.isVisible():
            return Raw(frame.image, frame)
        return None

    def _wants(self, pane: Pane) -> bool:
        if not pane.isVisible() or (pane.crisp is not None and pane.crisp.is_of(pane.image)):
            return False
        if pane is self._easel.crossover:
            return not self._rest.isActive()
        return pane is not self._easel.result or self._frame is None

    def _take(self, made: Made) -> None:
        if made.upscaler != self.upscaler or not self.on:
            return
        self._shelf.put(made.crisp)
        self._judge(made)
        if not self.on:
            return
        for pane in self._panes:
            if made.crisp.is_of(pane.image):
                pane.set_crisp(made.crisp)
        subject, session = made.raw.subject, self._studio.session
        if isinstance(subject, Frame) and subject.scene == self._scene:
            if self._frame is subject:
                self._frame = None
            self._held = True
            self._easel.show_result(subject.image, subject.caption)
        elif subject == Still(self._easel.crossover, session.sample):
            self._easel.crossover.set_crisp(made.crisp)  # the brush may have moved on; elsewhere it is right

    def _judge(self, made: Made) -> None:
        """Find out once what the machine can do."""
        if self._preferences.crisp_pace is not None:
            return
        self._paces.append(made.seconds / _pixels(made.crisp.raw))
        if len(self._paces) < TRIALS:
            return
        self._preferences.crisp_pace = min(self._paces)
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
