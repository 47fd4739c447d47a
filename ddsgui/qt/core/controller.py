"""The controller of the main window: one session, the engine that serves it, and its newest run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import numpy as np
from PySide6.QtCore import QObject, QThread, Signal

from ddsgui.editing.recipe import Recipe
from ddsgui.editing.session import Role, Session
from ddsgui.editing.session_state import SessionState
from ddsgui.errors import DdsError
from ddsgui.jobs.mix import Jobs, Notice, PairRequest, RunOutcome, RunRequest
from ddsgui.latest import Latest
from ddsgui.library.library import Library
from ddsgui.project.run import Run
from ddsgui.qt.core.engine import Channel, Engine, Task
from ddsgui.synthesis.latents import Space, StoredLatent
from ddsgui.synthesis.sample import Sample, resized
from ddsgui.synthesis.settings import (
    AdamMoments,
    LossWeights,
    OptimizerSettings,
    OptimizerStep,
    RunUpdate,
    artists_preset,
)

MaskArrays = tuple[np.ndarray, np.ndarray]  # of source and target, uint8 [H, W]


@dataclass(frozen=True, eq=False)
class OpenedResult:
    """The content of a result's PNG or of a recipe."""

    recipe: Recipe
    image: np.ndarray | None = None  # uint8 [H, W, 3]; None for a recipe alone
    latent: StoredLatent | None = None  # ẑ
    name: str = ""  # of the file
    run: Run | None = None  # of the project, in place of the image and latent


class MixController(QObject):
    """The link between window, session and engine. Changes the session and submits jobs, but draws nothing."""

    machine_known = Signal(object)  # Machine
    leaving = Signal()  # the pictures and masks that are shown are about to be replaced
    pictures_changed = Signal()  # new pictures and masks, or the two domains swapped
    masks_changed = Signal(object)  # the Rect of masks and crossover that changed
    link_changed = Signal()  # the masks were linked or unlinked
    busy_changed = Signal(str)  # "Loading portrait…"; "" when nothing is being loaded
    run_started = Signal()
    run_shown = Signal()  # another run is on the timeline
    run_changed = Signal()  # running, paused or neither
    stepped = Signal(object)  # OptimizerStep
    finished = Signal()  # a run has ended with a result
    request_changed = Signal()  # forms may show a request that failed; `request` is what the panes show
    seeds_drawn = Signal(object)  # tuple of SeedPicture
    failed = Signal(str)  # a sentence for the user

    def __init__(self, library: Library, engine: Engine, jobs: Jobs) -> None:
        super().__init__()
        self.library = library
        self.session = Session(artists_preset())
        self.session.linked = True
        self.engine = engine
        self.jobs = jobs
        self.run: Run | None = None  # the newest on these pictures, running or ended
        self.result_run: Run | None = None  # the newest that has a result
        self.loading = False
        self._task: Task | None = None  # of the running run
        self._drawing: Task | None = None  # of the pair that was requested last
        self._cancelled = False
        self._start: StoredLatent | None = None  # the start of the opened recipe's run
        self._edits: Latest[RunUpdate] = Latest()

    # ---- pictures

    def start(self) -> None:
        """Start the engine; its first job imports torch."""
        self.engine.start(QThread.Priority.LowPriority)
        task = self.engine.submit(Channel.MACHINE, self.jobs.machine)
        task.returned.connect(self.machine_known)
        task.failed.connect(self.failed)

    @property
    def request(self) -> PairRequest:
        """The request for the pictures that are shown."""
        session = self.session
        return PairRequest(
            session.source_domain,
            session.target_domain,
            session.part,
            session.latent,
            session.target_latent,
            session.settings.truncation,
            session.target_part,
        )

    def draw_pair(
        self, request: PairRequest, opened: OpenedResult | None = None, masks: MaskArrays | None = None
    ) -> None:
        """Request new pictures; the newest request wins.

        Then load `masks`, of source and target, and the settings and result of `opened`. Masks of a recipe have to be
        as large as the pictures; others are resized.
        """
        if self.running:
            return
        self._set_busy("Loading…")
        self._drawing = task = self.engine.submit(Channel.SAMPLE, partial(self.jobs.pair, request))
        task.progressed.connect(self._report)
        task.returned.connect(partial(self._load, request, opened, masks))
        task.failed.connect(self._fail if opened is None else partial(self._show_without_pair, opened))
        task.ended.connect(partial(self._set_busy, ""))

    def open_result(self, opened: OpenedResult) -> None:
        """Restore the state that a result was made in. Raises DdsError if the recipe's settings are not valid."""
        recipe = opened.recipe
        truncation = OptimizerSettings.from_dict(recipe.settings).truncation
        pair = PairRequest(
            recipe.source,
            recipe.target,
            recipe.part,
            recipe.latent,
            recipe.target_latent,
            truncation,
            recipe.target_part,
        )
        masks = recipe.mask_arrays()
        self.draw_pair(pair, opened, masks)

    def restore_session(self, state: SessionState, run: Run | None = None, is_current: bool = False) -> None:
        """Show what a project holds, and a run on the timeline.

        is_current: the masks are still those of the run. Raises OptimizerError if the settings are not valid.
        """
        self.session.restore(state)
        if self._drawing is not None:
            self._drawing.drop()
        self._set_busy("")
        self._start = None
        self.show_run(run, is_current)
        self.pictures_changed.emit()
        if state.sample is None:
            self.draw_pair(self.request)

    def show_run(self, run: Run | None, is_current: bool = False) -> None:
        """Put a run that has ended on the timeline; Run continues from its result."""
        self.run = run
        self.result_run = None if run is None or run.best is None else run
        if run is not None:
            run.revision = self.session.revision if is_current else None
        self.run_shown.emit()

    def swap(self) -> None:
        """Swap source and target. Domains of different sizes are drawn again, at the size of the new target."""
        session, sample = self.session, self.session.sample
        if sample is not None and sample.mismatch is not None:
            masks = session.square_mask("target"), session.square_mask("source")
            self.draw_pair(self.request.swapped, masks=masks if session.hand_painted else None)
            return
        session.swap()
        self.run = self.result_run = self._start = None
        self.pictures_changed.emit()

    def draw_seeds(self, domain: str, seeds: range, truncation: float) -> None:
        """Draw pictures of these seeds while the engine is otherwise idle."""
        task = self.engine.submit(
            Channel.SEEDS, partial(self.jobs.seeds, domain, seeds, truncation), idle=True
        )
        task.progressed.connect(self.seeds_drawn)

    # ---- masks

    def masks_edited(self) -> None:
        """Send the changed masks and weights to the run, if there is one; its next step uses them."""
        if self.running:
            self._edits.put(self.session.run_update())

    def undo(self) -> None:
        """Undo the newest change of a mask."""
        self._show_step(self.session.undo())

    def redo(self) -> None:
        """Redo the change that was undone last."""
        self._show_step(self.session.redo())

    def invert(self, role: Role) -> None:
        """Invert a mask."""
        self._show_step(self.session.invert(role))

    def clear(self, role: Role) -> None:
        """Clear a mask."""
        self._show_step(self.session.clear(role))

    def paste_mask(self, role: Role, mask: np.ndarray) -> None:
        """Replace a mask, or both if they are linked, by a pasted one. Raises ImageError if it has another size."""
        masks = dict.fromkeys(self.session.painted_roles(role), mask)
        self._show_step(self.session.set_masks(masks, "pasted mask"))

    def restore(self, role: Role) -> None:
        """Restore the mask that the part predicted."""
        if self.session.sample is not None:
            self._show_step(self.session.restore_masks(role))

    def set_linked(self, linked: bool) -> None:
        """Paint on both masks from now on, or on one."""
        self.session.linked = linked
        self.link_changed.emit()

    # ---- settings

    def set_settings(self, settings: OptimizerSettings) -> None:
        """Use these settings for the next run."""
        self.session.settings = settings

    def set_weights(self, weights: LossWeights, learning_rate: float) -> None:
        """Use these weights, also in a running run from its next step."""
        self.session.settings = replace(self.session.settings, weights=weights, learning_rate=learning_rate)
        self.masks_edited()

    # ---- the run

    @property
    def running(self) -> bool:
        """True while there is a run that has not ended, paused or not."""
        return self.run is not None and self.run.is_running

    @property
    def paused(self) -> bool:
        """True while a run is paused."""
        return self.run is not None and self.run.state == "paused"

    def start_run(self, from_scratch: bool = False) -> None:
        """Resume a paused run; otherwise continue the search from the last result, or start a new one.

        from_scratch: do not continue, but start as the settings or the opened recipe say.
        """
        if self.running:
            self.set_paused(False)
            return
        if self.session.sample is None or self.loading:
            return
        continued = None if from_scratch else self.continued_run
        start = self._start if continued is None else continued.latent
        if start is not None and start.space != self.session.run_settings.space:
            start = None  # another space has other latents
        self._begin(start, None, None if continued is None else continued.number)

    @property
    def continued_run(self) -> Run | None:
        """The run that start_run() continues; None if it starts a new search."""
        run, settings = self.result_run, self.session.run_settings
        if run is None or (latent := run.latent) is None or settings.live:
            return None
        return run if latent.space == settings.space else None

    def fork(self, run: Run, iteration: int) -> None:
        """Start a run that continues another one from a frame, with the present masks and weights."""
        start, space = run.fork(iteration), self.session.run_settings.space
        if self.running or self.loading or self.session.sample is None or start is None:
            return
        if start.space != space:
            self.failed.emit(
                f"The frame has a latent of {start.space.upper()}, and the preset searches {space.upper()}. "
                f"Choose {start.space.upper()} as the latent space, or another preset."
            )
            return
        self._begin(StoredLatent(start.latent, start.space), start.moments, run.number)

    def _begin(self, start: StoredLatent | None, moments: AdamMoments | None, parent: int | None) -> None:
        session, settings = self.session, self.session.run_settings
        request = RunRequest(
            session.source_domain,
            session.target_domain,
            session.crossover(),
            settings,
            latent=None if start is None else start.array,
            moments=moments,
            with_moments=True,
            pair_latents=(session.latent, session.target_latent),
            blends=session.blends,
            owners=None if session.square is None else session.square.owners,
            parts=session.blend_parts() if settings.live else (),
        )
        self._edits = Latest()
        recipe = replace(session.recipe(), start=start)
        self.run = run = Run(recipe, cast(Space, settings.space))
        run.parent = parent
        self._task = task = self.engine.submit(Channel.RUN, partial(self.jobs.run, request, self._edits))
        task.progressed.connect(self._step)
        task.returned.connect(partial(self._finish, run))
        task.failed.connect(self.failed)
        task.ended.connect(partial(self._end, run))
        self.run_started.emit()
        self.run_changed.emit()

    def set_paused(self, paused: bool) -> None:
        """Pause the run after the current iteration, or resume it."""
        if self.run is not None and self._task is not None and self.run.is_running:
            self._task.pause() if paused else self._task.resume()
            self.run.pause(paused)
            self.run_changed.emit()

    def cancel(self) -> None:
        """End the run after the current iteration and keep the best result."""
        if self._task is not None:
            self._task.cancel()
            self._cancelled = True

    # ---- answers of the engine

    def _load(
        self, request: PairRequest, opened: OpenedResult | None, masks: MaskArrays | None, sample: Sample
    ) -> None:
        session = self.session
        if masks is not None and opened is None:
            masks = resized(masks[0], len(sample.target)), resized(masks[1], len(sample.target))
        if session.sample is not None:
            self.leaving.emit()
        try:
            session.load(sample)
            session.source_domain, session.target_domain = request.source, request.target
            session.part, session.target_part = request.part, request.target_part
            session.settings = replace(session.settings, truncation=request.truncation)
            self.run = self.result_run = self._start = None
            if masks is not None:
                session.set_mask("source", masks[0])
                session.set_mask("target", masks[1])
            if opened is not None:
                recipe = opened.recipe
                self._start = recipe.start
                session.settings = OptimizerSettings.from_dict(recipe.settings)
                session.take_blends(session.settings.live)
                if opened.run is not None:
                    self.show_run(opened.run, is_current=True)
                elif opened.image is not None:
                    self.run = self.result_run = Run.opened(recipe, opened.image, opened.latent, opened.name)
                    self.run.revision = session.revision
        except DdsError as error:
            self.failed.emit(str(error))
        self.pictures_changed.emit()

    def _step(self, value: str | OptimizerStep) -> None:
        if isinstance(value, str):
            self.busy_changed.emit(value)
        elif self.run is not None:
            self.busy_changed.emit("")
            image = None if value.image is None else self.session.cut(value.image)
            step = replace(value, image=image)
            self.run.add(step)
            self.stepped.emit(step)

    def _finish(self, run: Run, outcome: RunOutcome) -> None:
        state = "failed" if outcome.error is not None else "cancelled" if self._cancelled else "done"
        best = outcome.best
        if best is not None:
            best = replace(best, image=self.session.cut(best.image))
        # Masks and weights may change during a run: the recipe has their last values, and the start of the first step.
        run.finish(state, best, replace(self.session.recipe(), start=run.recipe.start))
        if best is not None:
            self.result_run = run
            self.finished.emit()
        if outcome.error is not None:
            self._fail(outcome.error)

    def _end(self, run: Run) -> None:
        if run.is_running:
            run.finish("cancelled" if self._cancelled else "failed")
        self._task = None
        self._cancelled = False
        self.busy_changed.emit("")
        self.run_changed.emit()

    def _fail(self, sentence: str) -> None:
        self.failed.emit(sentence)
        if self.session.sample is not None:
            self.request_changed.emit()

    def _show_without_pair(self, opened: OpenedResult, sentence: str) -> None:
        """Show the picture and the frames of a result whose people cannot be drawn, as a domain is missing."""
        run = opened.run
        if run is None and opened.image is not None:
            run = Run.opened(opened.recipe, opened.image, opened.latent, opened.name)
        if run is not None:
            self.show_run(run, is_current=True)
            sentence = f"{sentence} Without it, only the result is shown."
        self._fail(sentence)
        self.finished.emit()

    def _report(self, value: str | Notice) -> None:
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
