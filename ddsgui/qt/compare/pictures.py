"""The pictures that can be compared, each under a key: "source", "first", "frame:120", "run:3"."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from ddsgui.export.bundle import RESULT as RESULT_FILE
from ddsgui.project.project_run import ProjectRun
from ddsgui.project.run import BLEND_CAPTION, Run, RunPicture
from ddsgui.project.run_list import run_label
from ddsgui.qt.canvas.panes import Panes
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.io_threads import IoThreads
from ddsgui.qt.core.live import LiveController
from ddsgui.qt.projects.controller import ProjectController
from ddsgui.qt.widgets.action import NO_FRAMES, NO_PICTURES, NO_RESULT

SOURCE, TARGET, CROSSOVER, LIVE, RESULT = "source", "target", "crossover", "live", "result"
FIRST, BEST, LAST = "first", "best", "last"
FRAME, RUN = "frame", "run"  # with a number: an iteration, the number of a run
TITLES = {
    SOURCE: "Source",
    TARGET: "Target",
    CROSSOVER: "Crossover (cut and paste)",
    LIVE: BLEND_CAPTION,
    RESULT: "Result",
}
FRAME_TITLES = {FIRST: "First frame", BEST: "Best frame", LAST: "Last frame"}
NO_BLEND = "There is no live blend yet."
NO_RUN_PICTURE = "Run {} has no picture. Choose another one."
RUN_GONE = "Run {} is no longer in the project. Choose another picture."
READING = "Reading…"
MAX_READ_RUNS = 8  # whose pictures stay in memory


def numbered_key(kind: str, number: int) -> str:
    """Return the key of a frame or a run."""
    return f"{kind}:{number}"


def key_number(key: str, kind: str) -> int | None:
    """Return the number in a key of this kind; None if it is of another kind."""
    name, _, number = key.partition(":")
    return int(number) if name == kind and number.isdecimal() else None


def is_key(key: str) -> bool:
    """Return whether a string may be the key of a picture."""
    numbers = key_number(key, FRAME), key_number(key, RUN)
    return key in TITLES or key in FRAME_TITLES or numbers != (None, None)


@dataclass(frozen=True, eq=False)
class ComparedPicture:
    """A picture with its name, or a sentence that says why it is not there."""

    name: str
    image: np.ndarray | None = None  # uint8 [H, W, 3]
    problem: str = ""


class ComparedPictures(QObject):
    """Finds pictures by their keys, and reports when one of them has changed. Those of runs are read in a thread."""

    changed = Signal()  # a picture, or which ones there are

    def __init__(
        self,
        controller: MixController,
        panes: Panes,
        live: LiveController,
        projects: ProjectController,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._controller, self._panes, self._live, self._projects = controller, panes, live, projects
        self._threads = IoThreads(self)
        self._results: dict[int, tuple[object, ComparedPicture]] = {}  # contents and picture, by number
        self._reading: dict[int, object] = {}  # the contents of runs that are being read
        projects.opened.connect(lambda _: self._results.clear())
        for signal in (
            controller.pictures_changed,
            controller.masks_changed,
            controller.run_changed,
            controller.run_shown,
            controller.stepped,
            panes.brushed,
            panes.edited,
            panes.result.frame_changed,
            live.changed,
            projects.opened,
            projects.runs_changed,
        ):
            signal.connect(lambda *_: self.changed.emit())

    def shut_down(self) -> None:
        """End all threads."""
        self._threads.shut_down()

    # ---- choices

    def groups(self) -> tuple[Mapping[str, str], ...]:
        """Return the titles of all pictures by key: those of the window, of the run's frames, and of the runs."""
        frames: dict[str, str] = {}
        if (run := self._run_with_frames) is not None:
            flagged = sorted(run.flags & set(self.iterations()))
            frames = FRAME_TITLES | {
                numbered_key(FRAME, iteration): f"Frame {iteration}, flagged" for iteration in flagged
            }
        runs = {
            numbered_key(RUN, run.summary.number): run_label(run.summary)
            for run in reversed(self._projects.project.runs)
            if RESULT_FILE in run.contents
        }
        return TITLES, frames, runs

    def iterations(self) -> list[int]:
        """Return the iterations of all frames of the run on the timeline."""
        run = self._run_with_frames
        return [] if run is None else [run.frames[i].iteration for i in range(len(run.frames))]

    # ---- pictures

    def picture(self, key: str) -> ComparedPicture:
        """Return the picture of a key as it is now."""
        if (number := key_number(key, RUN)) is not None:
            return self._run_picture(number)
        if key in FRAME_TITLES or key_number(key, FRAME) is not None:
            return self._frame(key)
        title = TITLES[key]
        if key == LIVE:
            return _picture(title, self._live.image, NO_BLEND)
        if key == RESULT:
            result = self._panes.result.newest
            name = f"{title}: {result.caption}" if result.caption else title
            return _picture(name, result.image, NO_RESULT)
        session = self._controller.session
        if session.sample is None:
            return ComparedPicture(title, problem=NO_PICTURES)
        if key == CROSSOVER:
            return ComparedPicture("Crossover", session.crossover_image)
        pane = self._panes.source if key == SOURCE else self._panes.target
        return _picture(f"{title}: {pane.caption}" if pane.caption else title, pane.image, NO_PICTURES)

    # ---- internals

    @property
    def _run_with_frames(self) -> Run | None:
        run = self._controller.run
        return run if run is not None and len(run.frames) else None

    def _frame(self, key: str) -> ComparedPicture:
        """Return a frame of the run on the timeline; the last one before a number that has none."""
        run, title = self._run_with_frames, FRAME_TITLES.get(key, "Frame")
        if run is None:
            return ComparedPicture(title, problem=NO_FRAMES)
        if key == BEST:
            best = run.best_so_far
            if best is None:
                return ComparedPicture(title, problem=NO_RESULT)
            caption = "" if best.iteration is None else f": iteration {best.iteration}"
            return ComparedPicture(title + caption, best.image)
        number = key_number(key, FRAME)
        index = 0 if key == FIRST else -1 if number is None else run.frames.nearest(number)
        picture: RunPicture = run.frame_picture(index)
        return ComparedPicture(f"{title}: {picture.caption}", picture.image)

    def _run_picture(self, number: int) -> ComparedPicture:
        stored = next((r for r in self._projects.project.runs if r.summary.number == number), None)
        if stored is None:
            return ComparedPicture(f"Run {number}", problem=RUN_GONE.format(number))
        name = run_label(stored.summary)
        if RESULT_FILE not in stored.contents:
            return ComparedPicture(name, problem=NO_RUN_PICTURE.format(number))
        contents, result = self._results.get(number, (None, ComparedPicture(name, problem=READING)))
        if contents is not stored.contents:
            self._read(stored)
        return ComparedPicture(name, result.image, result.problem)

    def _read(self, stored: ProjectRun) -> None:
        number, contents = stored.summary.number, stored.contents
        if self._reading.get(number) is contents:
            return
        self._reading[number] = contents

        def job() -> Generator[None, None, np.ndarray]:
            yield
            return stored.result()

        def put(picture: ComparedPicture) -> None:
            if self._reading.get(number) is contents:
                del self._reading[number]
                self._results.pop(number, None)
                self._results[number] = contents, picture
                while len(self._results) > MAX_READ_RUNS:
                    del self._results[next(iter(self._results))]
                self.changed.emit()

        task = self._threads.submit(job)
        task.returned.connect(lambda image: put(ComparedPicture("", image)))
        task.failed.connect(lambda sentence: put(ComparedPicture("", problem=sentence)))


def _picture(name: str, image: np.ndarray | None, problem: str) -> ComparedPicture:
    """Return a picture, with its problem if there is none."""
    return ComparedPicture(name, image, problem if image is None else "")
