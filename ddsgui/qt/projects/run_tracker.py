"""The runs of a window that are under way, or have ended and are not encoded yet."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from ddsgui.project.model_use import ModelUse, model_uses
from ddsgui.project.project import Project
from ddsgui.project.recorder import RunRecord
from ddsgui.project.run import Run
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.synthesis.crossover import Crossover

PAINTED = "Painted masks"  # the name of a run that keeps masks which were never run


@dataclass(eq=False)
class _Tracked:
    """A run of the window, and the pictures that it was made with in the end."""

    run: Run
    key: tuple[str, ...]  # of its domains and parts
    crossover: Crossover | None = None  # None while the run follows the masks
    size: tuple[int, int] = (0, 0)
    name: str = ""
    models: tuple[ModelUse, ...] | None = None  # None: those of `key`


class RunTracker(QObject):
    """Follows the controller's runs, and looks up the domains and parts that they use."""

    changed = Signal(bool)  # True: a run has grown or ended; False: the models in use are found

    def __init__(
        self,
        controller: MixController,
        threads: IoThreads,
        live_run: Callable[[], Run | None],
        parent: QObject,
    ) -> None:
        """`live_run` returns the live blend of the masks that are shown, as a run."""
        super().__init__(parent)
        self._controller, self._threads, self._live_run = controller, threads, live_run
        self._tracked: list[_Tracked] = []
        self._models: dict[tuple[str, ...], tuple[ModelUse, ...]] = {}
        controller.run_started.connect(self._begin)
        controller.stepped.connect(lambda _: self.changed.emit(True))
        controller.run_changed.connect(self._follow)
        controller.leaving.connect(self._keep_painting)
        controller.pictures_changed.connect(self._take_opened)

    @property
    def has_ended_runs(self) -> bool:
        """True while a run that has ended is not encoded."""
        return any(not tracked.run.is_running for tracked in self._tracked)

    @property
    def models(self) -> tuple[ModelUse, ...]:
        """The domains and parts in use, as far as they are looked up."""
        return self._models.get(self._key(), ())

    def forget(self) -> None:
        """Follow no run any more, because another project is open."""
        self._tracked.clear()

    def number(self, project: Project) -> Project:
        """Give each run that has a picture its number; return the project with these numbers in use."""
        for tracked in self._tracked:
            run = tracked.run
            if run.number is None and run.has_pictures:
                run.number = project.next_number
                project = project.with_reserved_number()
        return project

    def records(self, is_last: bool = False) -> tuple[RunRecord, ...]:
        """Return copies of the runs that have a number. is_last: the window closes, and ends those under way."""
        records: list[RunRecord] = []
        for tracked in self._tracked:
            if tracked.run.number is None:
                continue
            copy = tracked.run.copy()
            if is_last and copy.is_running:
                copy.state = "cancelled"
            crossover, size = tracked.crossover, tracked.size
            if crossover is None:
                crossover, size = self._pictures()
            models = self._models.get(tracked.key, ()) if tracked.models is None else tracked.models
            records.append(RunRecord(copy, crossover, size, models, tracked.name))
        return tuple(records)

    def add(self, record: RunRecord) -> None:
        """Take a run that has ended elsewhere, with everything that belongs to it."""
        self._tracked.append(
            _Tracked(record.run, (), record.crossover, record.size, record.name, record.models)
        )

    def remove(self, number: int) -> bool:
        """Follow a run no longer, as it is encoded; return False if it is still under way, or not followed."""
        ended = [t for t in self._tracked if t.run.number == number and not t.run.is_running]
        self._tracked = [tracked for tracked in self._tracked if tracked not in ended]
        return bool(ended)

    # ---- internals

    def _begin(self) -> None:
        assert self._controller.run is not None
        self._tracked.append(_Tracked(self._controller.run, self._key()))
        self._look_up()

    def _follow(self) -> None:
        """Freeze the pictures of a run that has just ended; drop one that has given nothing."""
        for tracked in self._tracked:
            if tracked.crossover is None and not tracked.run.is_running:
                tracked.crossover, tracked.size = self._pictures()
        self._tracked = [t for t in self._tracked if t.run.is_running or t.run.has_pictures]
        if self._tracked:
            self.changed.emit(True)

    def _take_opened(self) -> None:
        """Take a result that was opened from a file as a run of the project."""
        run = self._controller.run
        if run is not None and run.opened_from and run.number is None and run.best is not None:
            self._tracked.append(_Tracked(run, self._key(), *self._pictures(), run.opened_from))
            self.changed.emit(True)
        self._look_up()

    def _keep_painting(self) -> None:
        """Keep masks that the artist has painted, and no run has, as a run of the live blend."""
        session, run = self._controller.session, self._controller.run
        has_run = run is not None and run.revision == session.revision
        if not session.can_undo or not session.hand_painted or has_run:
            return
        if (live := self._live_run()) is not None and live.number is None:
            self._tracked.append(_Tracked(live, self._key(), *self._pictures(), PAINTED))
            self.changed.emit(True)

    def _pictures(self) -> tuple[Crossover, tuple[int, int]]:
        session = self._controller.session
        crossover = session.crossover()
        height, width = session.cut(crossover.target_mask).shape
        return crossover, (width, height)

    def _key(self) -> tuple[str, ...]:
        session = self._controller.session
        return session.source_domain, session.target_domain, session.part, session.target_part or ""

    def _look_up(self) -> None:
        """Find the SHA-256 of the domains and parts in use, which reads their files if they are new."""
        key, session, library = self._key(), self._controller.session, self._controller.library
        if key in self._models or session.sample is None:
            return
        self._models[key] = ()
        recipe = session.state().recipe

        def job() -> Generator[None, None, tuple[ModelUse, ...]]:
            yield
            return model_uses(library, recipe)

        def take(models: tuple[ModelUse, ...]) -> None:
            self._models[key] = models
            self.changed.emit(False)

        self._threads.submit(job).returned.connect(take)
