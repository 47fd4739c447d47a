"""Exports of the window: one at a time, with progress and cancel."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from ddsgui.export.animation import evenly_spaced
from ddsgui.export.bundle import Picture
from ddsgui.export.content import ExportContent, Morph, Progress
from ddsgui.export.exports import Exported, save_steps
from ddsgui.export.options import ExportOptions
from ddsgui.export.registry import ExportFormat
from ddsgui.jobs.morph import morph_steps
from ddsgui.project.frames import BLEND
from ddsgui.project.run import Run
from ddsgui.qt.canvas.upscaling import Upscaling
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Task
from ddsgui.qt.core.io_threads import IoThreads

UPSCALED = 4
MAX_FRAMES = 120  # of an animation: ten seconds


class Exports(QObject):
    """Exports what the window shows. A second export waits until the artist asks again.

    The engine draws what needs networks. A thread of its own encodes and writes, so that neither window nor engine
    waits for an encoder or a disk.
    """

    done = Signal(str, Path)  # a sentence that names the saved file; its folder
    failed = Signal(str)  # a sentence for the user
    progressed = Signal(str)  # the progress of the export; "" when there is none

    def __init__(
        self,
        controller: MixController,
        upscaling: Upscaling,
        result_run: Callable[[], Run | None],
        live_image: Callable[[], np.ndarray | None],
    ) -> None:
        """`result_run` returns the run whose result is exported, `live_image` the live blend."""
        super().__init__(upscaling)
        self._controller, self._upscaling = controller, upscaling
        self._result_run, self._live_image = result_run, live_image
        self._threads = IoThreads(self)
        self._task: Task | None = None

    @property
    def exporting(self) -> bool:
        """True while a file is being exported."""
        return self._task is not None

    @property
    def usual_scale(self) -> int:
        """The scale of exports until the artist chooses one: as the window shows pictures."""
        return UPSCALED if self._upscaling.on else 1

    def cancel(self) -> None:
        """Cancel the export; nothing is saved."""
        if self._task is not None:
            self._task.cancel()

    def result(self) -> Picture | None:
        """Return the result with its recipe and its latent; None if there is none."""
        return _picture(self._result_run())

    def content(self, fmt: ExportFormat, options: ExportOptions) -> ExportContent | None:
        """Return copies of everything that a format draws from; None while there are no pictures.

        The frames of a run are followed by its own result, even if the masks have changed since.
        """
        session, run = self._controller.session, self._controller.run
        if (sample := session.sample) is None:
            return None
        result, frames, iterations = self.result(), (), ()
        if run is not None and run.searched_frames:
            searched = [run.frames[i] for i in range(len(run.frames)) if run.frames[i].iteration != BLEND]
            few = evenly_spaced(searched, MAX_FRAMES)
            frames, iterations = tuple(f.image for f in few), tuple(f.iteration for f in few)
            if fmt.kind == "animation" and options.animate == "run":
                result = _picture(run)
        return ExportContent(
            source=sample.source,
            target=sample.target,
            source_mask=session.mask("source").copy(),
            target_mask=session.mask("target").copy(),
            crossover=session.crossover_image.copy(),
            result=result,
            live=self._live_image(),
            frames=frames,
            iterations=iterations,
            upscaler=partial(self._upscaling.jobs.upscaler, self._upscaling.upscaler),
            morph=None if result is None else self._morph(result),
        )

    def start(self, path: Path, fmt: ExportFormat, options: ExportOptions, *, upscaled: bool = False) -> None:
        """Export to a path, which is replaced. upscaled: at the upscaler's own scale."""
        content = self.content(fmt, options)
        if self._task is not None or content is None:
            return
        run = self._result_run()

        def draw() -> Generator[Progress | None, None, tuple[Any, ExportOptions]]:
            yield
            scaled = options
            if upscaled and content.upscaler is not None:
                scaled = replace(options, scale=content.upscaler().scale)
            return (yield from fmt.draw(content, scaled)), scaled

        def save(drawn: tuple[Any, ExportOptions]) -> None:
            self._follow(
                self._threads.submit(partial(save_steps, path, fmt, *drawn)), "Saving", path, written
            )

        def written(exported: Exported) -> None:
            if fmt.kind in ("picture", "layers") and run is not None:
                run.exported = True
            self.done.emit(exported.sentence, path.parent)

        self._follow(self._controller.engine.submit(None, draw), "Drawing", path, save)
        self.progressed.emit(f"Saving {path.name}…")

    def shut_down(self) -> None:
        """Cancel the export, because the program ends."""
        self._threads.shut_down()

    def _follow(self, task: Task, verb: str, path: Path, then: Callable[[Any], object]) -> None:
        """Show a task's progress, call `then` with its answer, and end the export unless that began another task."""
        self._task = task

        def show(progress: Progress) -> None:
            self.progressed.emit(f"{verb} {path.name}: {progress[0]} of {progress[1]}")

        def end() -> None:
            if self._task is task:
                self._task = None
                self.progressed.emit("")

        task.progressed.connect(show)
        task.returned.connect(then)
        task.failed.connect(self.failed)
        task.ended.connect(end)

    def _morph(self, result: Picture) -> Morph | None:
        if result.recipe is None or result.latent is None:
            return None
        recipe, latent, jobs = result.recipe, result.latent, self._controller.jobs

        def draw(
            count: int, size: tuple[int, int]
        ) -> Generator[Progress | None, None, list[np.ndarray] | None]:
            return (yield from morph_steps(jobs.models, recipe, latent, count, size))

        return draw


def _picture(run: Run | None) -> Picture | None:
    if run is None or run.best is None:
        return None
    return Picture(run.best.image, run.recipe, run.latent)
