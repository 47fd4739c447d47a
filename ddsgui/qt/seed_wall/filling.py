"""The drawing of a wall's pictures while the artist works."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from ddsgui.jobs.eta import Eta
from ddsgui.jobs.seed_wall import WallPicture, WallSettings, wall_steps
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Channel, Task
from ddsgui.text import duration_text

ENGINE_SHARE = 0.5  # of the time of another job in the background, such as a training


class WallFilling(QObject):
    """One job at a time. It is drawn while the window neither runs nor draws other pictures."""

    drawn = Signal(object)  # tuple of WallPicture: all since begin()
    changed = Signal()  # `text`
    failed = Signal(str)  # a sentence for the user

    def __init__(self, controller: MixController, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._task: Task | None = None
        self._pace = Eta()
        self._loading = ""
        self._done = self._total = 0
        controller.run_changed.connect(self._follow_run)

    @property
    def is_active(self) -> bool:
        """True while pictures are being drawn, or wait for the window."""
        return self._task is not None

    @property
    def text(self) -> str:
        """The progress of the drawing in words; "" while there is none."""
        if self._task is None:
            return ""
        if self._controller.running and not self._controller.paused:
            return f"{self._done} of {self._total} drawn; waiting for the run"
        if not self._done:
            return self._loading or "Drawing…"
        left = self._pace.seconds_left(self._total)
        time_left = "" if left is None else f"   ·   about {duration_text(left)} left"
        return f"{self._done} of {self._total} drawn{time_left}"

    def begin(self, settings: WallSettings, seeds: Sequence[int]) -> None:
        """Draw these seeds in this order, in place of all others."""
        self.stop()
        if not seeds:
            return
        controller = self._controller
        job = partial(wall_steps, controller.jobs, settings, tuple(seeds))
        self._task = task = controller.engine.submit(Channel.SEED_WALL, job, idle=True, share=ENGINE_SHARE)
        self._done, self._total, self._loading = 0, len(seeds), ""
        self._pace.forget()
        task.progressed.connect(self._take)
        task.failed.connect(self.failed)
        task.ended.connect(self._end)
        self.changed.emit()

    def stop(self) -> None:
        """Stop within one step; pictures that are drawn stay."""
        if self._task is not None:
            self._task.drop()
            self._end()

    def _take(self, value: str | tuple[WallPicture, ...]) -> None:
        if isinstance(value, str):
            self._loading = value
        else:
            self._done = len(value)
            self._pace.tick(self._done)
            self.drawn.emit(value)
        self.changed.emit()

    def _end(self) -> None:
        self._task = None
        self.changed.emit()

    def _follow_run(self) -> None:
        """Say that the drawing waits, or continues; the time between does not count."""
        self._pace.forget()
        self.changed.emit()
