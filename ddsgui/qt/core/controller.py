"""What is on the easel: one session, the engine that serves it, and what is under way."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QThread, Signal

from ddsgui.editing.recipe import Recipe
from ddsgui.editing.session import Role, Session
from ddsgui.errors import DdsError
from ddsgui.jobs.mix import Jobs, Notice, PairRequest, RunOutcome, RunRequest
from ddsgui.latest import Latest
from ddsgui.library.library import Library
from ddsgui.qt.core.engine import Channel, Engine, Task
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import (
    LossWeights,
    OptimizerResult,
    OptimizerSettings,
    OptimizerStep,
    RunUpdate,
)


class MixController(QObject):
    """Turns the artist's wishes into changes of the session and jobs of the engine. Draws nothing."""

    machine_known = Signal(object)  # Machine
    pictures_changed = Signal()  # new pictures and masks, or the two swapped
    masks_changed = Signal(object)  # Rect that changed in masks and crossover
    busy_changed = Signal(str)  # "Loading portrait…"; "" when there is nothing to wait for
    run_started = Signal()
    run_changed = Signal()  # running, paused or neither
    stepped = Signal(object)  # OptimizerStep
    finished = Signal(object)  # OptimizerResult: the best of the run
    seeds_drawn = Signal(object)  # tuple of SeedPicture
    failed = Signal(str)  # a sentence for the user

    def __init__(self, library: Library, engine: Engine, jobs: Jobs) -> None:
        super().__init__()
        self.library = library
        self.session = Session(OptimizerSettings.from_preset())
        self.engine = engine
        self.jobs = jobs
        self._last: RunOutcome | None = None  # on these pictures, with a best result
        self.opened: np.ndarray | None = None  # the result that a recipe was opened with
        self.recipe: Recipe | None = None  # of `result`
        self.exported = True  # whether `result` is on the disk, or there is none
        self.loading = False
        self._run: Task | None = None
        self._edits: Latest[RunUpdate] = Latest()

    # ---- pictures

    def start(self) -> None:
        """Wake the engine; the first job imports torch."""
        self.engine.start(QThread.Priority.LowPriority)
        task = self.engine.submit(Channel.MACHINE, self.jobs.machine)
        task.returned.connect(self.machine_known)
        task.failed.connect(self.failed)

    @property
    def request(self) -> PairRequest:
        """What is on the easel, as it was asked for."""
        session = self.session
        return PairRequest(
            session.source_domain,
            session.target_domain,
            session.part,
            session.latent,
            session.target_latent,
            session.settings.truncation,
        )

    def draw_pair(
        self, request: PairRequest, recipe: Recipe | None = None, result: np.ndarray | None = None
    ) -> None:
        """Ask for new pictures; the newest request wins. A recipe's settings, masks and result follow them."""
        if self.running:
            return
        self._set_busy("Loading…")
        task = self.engine.submit(Channel.SAMPLE, partial(self.jobs.pair, request))
        task.progressed.connect(self._tell)
        task.returned.connect(partial(self._load, request, recipe, result))
        task.failed.connect(self.failed)
        task.ended.connect(partial(self._set_busy, ""))

    def open_recipe(self, recipe: Recipe, result: np.ndarray | None = None) -> None:
        """Come again to where a result was made. DdsError if the recipe's settings make no sense here."""
        truncation = OptimizerSettings.from_dict(recipe.settings).truncation
        pair = PairRequest(
            recipe.source, recipe.target, recipe.part, recipe.latent, recipe.target_latent, truncation
        )
        self.draw_pair(pair, recipe, result)

    def swap(self) -> None:
        self.session.swap()
        self._forget_result()
        self.pictures_changed.emit()

    def draw_seeds(self, domain: str, seeds: range, truncation: float) -> None:
        """Draw what these seeds look like, whenever the engine has nothing better to do."""
        task = self.engine.submit(
            Channel.SEEDS, partial(self.jobs.seeds, domain, seeds, truncation), idle=True
        )
        task.progressed.connect(self.seeds_drawn)

    # ---- masks

    def masks_edited(self) -> None:
        """A change of the masks is complete: the run, if there is one, works towards it from its next step."""
        if self._run is not None:
            self._edits.put(self.session.run_update())

    def undo(self) -> None:
        self._show_step(self.session.undo())

    def redo(self) -> None:
        self._show_step(self.session.redo())

    def invert(self, role: Role) -> None:
        self._show_step(self.session.invert(role))

    def clear(self, role: Role) -> None:
        self._show_step(self.session.clear(role))

    def restore(self, role: Role) -> None:
        """Back to the mask that the part found."""
        if (sample := self.session.sample) is not None:
            mask = sample.source_mask if role == "source" else sample.target_mask
            self._show_step(self.session.set_mask(role, mask, "mask of the part"))

    # ---- settings

    def set_settings(self, settings: OptimizerSettings) -> None:
        self.session.settings = settings

    def set_weights(self, weights: LossWeights, learning_rate: float) -> None:
        """Also in mid-run."""
        self.session.settings = replace(self.session.settings, weights=weights, learning_rate=learning_rate)
        self.masks_edited()

    # ---- the run

    @property
    def result(self) -> OptimizerResult | None:
        """The best of the last run on these pictures."""
        return None if self._last is None else self._last.best

    @property
    def running(self) -> bool:
        """Whether there is a run, paused or not."""
        return self._run is not None

    @property
    def paused(self) -> bool:
        return self._run is not None and self._run.paused

    def run(self, from_scratch: bool = False) -> None:
        """Go on: if paused where it was held, after a run from its best ẑ unless `afresh`; else start."""
        if self._run is not None:
            self.set_paused(False)
            return
        if self.session.sample is None or self.loading:
            return
        session, settings = self.session, self.session.settings
        latent = None if from_scratch else self._last_latent()
        request = RunRequest(
            session.source_domain, session.target_domain, session.crossover(), settings, latent
        )
        self._edits = Latest()
        self._run = task = self.engine.submit(Channel.RUN, partial(self.jobs.run, request, self._edits))
        task.progressed.connect(self._step)
        task.returned.connect(self._finish)
        task.failed.connect(self.failed)
        task.ended.connect(self._end)
        self.run_started.emit()
        self.run_changed.emit()

    def set_paused(self, paused: bool) -> None:
        if self._run is not None:
            self._run.pause() if paused else self._run.resume()
            self.run_changed.emit()

    def cancel(self) -> None:
        """End the run after the iteration that is under way; the best picture stays."""
        if self._run is not None:
            self._run.cancel()

    # ---- answers of the engine

    def _load(
        self, request: PairRequest, recipe: Recipe | None, result: np.ndarray | None, sample: Sample
    ) -> None:
        session = self.session
        try:
            session.load(sample)
            session.source_domain, session.target_domain = request.source, request.target
            session.part = request.part
            session.settings = replace(session.settings, truncation=request.truncation)
            self._forget_result()
            self.opened = result
            if recipe is not None:
                session.settings = OptimizerSettings.from_dict(recipe.settings)
                if recipe.masks is not None:
                    masks = recipe.masks.decode()
                    session.set_mask("source", masks[0])
                    session.set_mask("target", masks[1])
        except DdsError as error:
            self.failed.emit(str(error))
        self.pictures_changed.emit()

    def _step(self, value: str | OptimizerStep) -> None:
        if isinstance(value, str):
            self.busy_changed.emit(value)
        else:
            self.busy_changed.emit("")
            seen = None if value.image is None else self.session.cut(value.image)
            self.stepped.emit(replace(value, image=seen))

    def _finish(self, outcome: RunOutcome) -> None:
        self._run = None
        if outcome.best is not None:
            best = replace(outcome.best, image=self.session.cut(outcome.best.image))
            self._last, self.exported = replace(outcome, best=best), False
            self.recipe = self.session.recipe()  # now: masks and dials may change before the export
            self.finished.emit(best)
        if outcome.error is not None:
            self.failed.emit(outcome.error)

    def _end(self) -> None:
        self._run = None
        self.busy_changed.emit("")
        self.run_changed.emit()

    def _last_latent(self) -> np.ndarray | None:
        """ẑ of the last result; another space has other latents, and nothing to go on from."""
        if self._last is None or self._last.best is None or self._last.space != self.session.settings.space:
            return None
        return self._last.best.latent

    def _forget_result(self) -> None:
        self._last = self.opened = self.recipe = None
        self.exported = True

    def _tell(self, value: str | Notice) -> None:
        if isinstance(value, Notice):
            self.failed.emit(value.text)
        else:
            self._set_busy(value)

    def _set_busy(self, text: str) -> None:
        self.loading = bool(text)
        self.busy_changed.emit(text)

    def _show_step(self, rect: object) -> None:
        if rect is not None:
            self.masks_changed.emit(rect)
            self.masks_edited()
