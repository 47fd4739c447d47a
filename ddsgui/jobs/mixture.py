"""The mix of a recipe as a job, all in memory, so that an error leaves no half-written file."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import DeviceError, OptimizerError
from ddsgui.export.bundle import RESULT, Picture, bundle_documents, bundle_pictures
from ddsgui.export.content import ExportContent, content_of
from ddsgui.jobs.forecast import run_kind
from ddsgui.jobs.job import Cancelled
from ddsgui.jobs.live import usual_blend
from ddsgui.jobs.mix import run_steps
from ddsgui.jobs.mix_inputs import pair_steps, part_steps
from ddsgui.jobs.morph import latent_morph
from ddsgui.jobs.pairs import read_mask_images
from ddsgui.jobs.run_clock import RunClock
from ddsgui.jobs.runs import RunOutcome, RunRequest
from ddsgui.library.model_cache import ModelCache
from ddsgui.memory import used_memory
from ddsgui.project.frame_choice import MAX_FRAMES
from ddsgui.project.run import Run
from ddsgui.stylegan.padding import centre_crop
from ddsgui.synthesis.blend_settings import BlendPart
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.run_cost import run_cost
from ddsgui.synthesis.settings import MixResult, OptimizerSettings, OptimizerStep

if TYPE_CHECKING:
    from ddsgui.synthesis.upscaler import Upscaler

ANIMATION_FRAMES = 60  # about five seconds


@dataclass(frozen=True)
class MixOptions:
    """Options of a mix: the things to keep beside its result, and whether to start with little memory."""

    animated: bool = False  # keep images for exports
    with_run: bool = False  # keep the frames for a project
    force: bool = False  # start even if there seems to be too little memory
    advice: tuple[str, ...] = ()  # on what else helps if there is too little memory


_USUAL = MixOptions()


@dataclass(frozen=True, eq=False)
class Mixture:
    """A finished run and its result."""

    size: tuple[int, int]  # width and height of the visible part of the squares, the part that is saved
    recipe: Recipe
    crossover: Crossover
    steps: list[OptimizerStep]
    result: MixResult
    outcome: RunOutcome
    seconds: float
    models: ModelCache
    clock: RunClock  # of the run, without loading and drawing
    run: Run | None = None  # with its frames, for a project

    def files(self) -> dict[str, bytes]:
        """Return the files of `ddsgui mix`: name -> content."""
        pictures = bundle_pictures(self.crossover, self.size, self._result)
        files = {name: picture.encode() for name, picture in pictures.items()}
        files |= bundle_documents(
            self.recipe, self.outcome.latent, [step for step in self.steps if step.losses]
        )
        return files

    def content(self, upscaler: Callable[[], Upscaler], with_live: bool) -> ExportContent:
        """Return the pictures that exports draw from; `upscaler` returns the one for --scale."""
        live = usual_blend(self.models, self.recipe, self.crossover) if with_live else None
        stills = [(step.iteration, step.image) for step in self.steps if step.image is not None]
        return content_of(
            self.crossover,
            self.size,
            bundle_pictures(self.crossover, self.size, self._result)[RESULT],
            live=None if live is None else _visible(live, self.size),
            frames=tuple(_visible(image, self.size) for _, image in stills),
            iterations=tuple(iteration for iteration, _ in stills),
            upscaler=upscaler,
            morph=latent_morph(self.models, self.recipe, self.outcome.latent),
        )

    def frames(self) -> dict[int, np.ndarray]:
        """Return the pictures that were kept of a search, without padding, by iteration."""
        stills = {step.iteration: step.image for step in self.steps if step.losses and step.image is not None}
        return {iteration: _visible(image, self.size) for iteration, image in stills.items()}

    @property
    def _result(self) -> Picture:
        return Picture(self.result.image, self.recipe, self.outcome.latent)


def mix_steps(
    recipe: Recipe, settings: OptimizerSettings, models: ModelCache, options: MixOptions = _USUAL
) -> Generator[str | OptimizerStep, None, Mixture]:
    """Draw the pair, find the masks, search ẑ or blend live; yield warnings, sentences that end in "…", and the steps.

    An interrupt, a diverging loss or a lack of memory ends the search early; the result is then the best so far.
    Raises DdsError if it cannot start or gives no result.
    """
    mix = yield from prepare_mix(recipe, settings, models, options)
    outcome = yield from _recorded(run_steps(models, mix.request), mix.record)
    return mix.finish(outcome)


class PreparedMix:
    """A mix before its run: the pair is drawn and its masks are found."""

    def __init__(
        self,
        models: ModelCache,
        recipe: Recipe,
        request: RunRequest,
        size: tuple[int, int],
        interval: int | None,
        began: float,
    ) -> None:
        """interval: iterations from one picture for exports to the next; None: none is kept."""
        settings, config = request.settings, models.generator(request.target).config.as_dict()
        self.request = request
        self._models, self._recipe, self._size, self._interval = models, recipe, size, interval
        self._began, self._steps = began, list[OptimizerStep]()
        cost = run_cost(settings, config)
        self._clock = RunClock(time.monotonic, None, run_kind(settings, config), cost)
        self._run = Run(recipe, settings.space) if request.with_moments else None

    def record(self, step: OptimizerStep) -> None:
        """Keep what is needed of a step of the run."""
        self._clock.step(used_memory())
        if self._run is not None:
            image = None if step.image is None else _visible(step.image, self._size)
            self._run.add(replace(step, image=image))
        is_shown = self._interval is not None and (
            step.iteration % self._interval == 0 or step.iteration in (1, step.iterations)
        )
        image = step.image if is_shown else None
        self._steps.append(replace(step, image=image, latent=None, moments=None))

    def finish(self, outcome: RunOutcome) -> Mixture:
        """Return the mix. Raises DdsError if the run gave no result, KeyboardInterrupt if it was stopped before."""
        if outcome.best is None:
            if outcome.interrupted:
                raise KeyboardInterrupt
            kind = DeviceError if outcome.out_of_memory else OptimizerError
            raise kind(outcome.error or "The run gave no result.")
        if self._run is not None:
            state = "failed" if outcome.error is not None else "cancelled" if outcome.interrupted else "done"
            best = replace(outcome.best, image=_visible(outcome.best.image, self._size))
            self._run.finish(state, best, self._recipe)
        return Mixture(
            size=self._size,
            recipe=self._recipe,
            crossover=self.request.crossover,
            steps=self._steps,
            result=outcome.best,
            outcome=outcome,
            seconds=time.perf_counter() - self._began,
            models=self._models,
            clock=self._clock,
            run=self._run,
        )


def prepare_mix(
    recipe: Recipe, settings: OptimizerSettings, models: ModelCache, options: MixOptions = _USUAL
) -> Generator[str, None, PreparedMix]:
    """Draw the pair and find the masks; see mix_steps(). Raises DdsError if the mix cannot start."""
    from ddsgui.synthesis.sampling import check_pair, latent_in

    began = time.perf_counter()
    if not (recipe.masks or recipe.part_masks):
        read_mask_images(recipe.part, recipe.target_part or "")  # reported before anything is loaded
    target = models.generator(recipe.target)
    if settings.uses_source_generator:  # reported before the pictures are drawn
        check_pair(models.generator(recipe.source), target)
    recipe, crossover, size = yield from pair_steps(recipe, settings, models)
    parts: tuple[BlendPart, ...] = ()
    if len(settings.live) > 1:
        recipe, parts = yield from part_steps(recipe, settings, models)
    interval = _frame_interval(settings, options.animated)
    request = RunRequest(
        recipe.source,
        recipe.target,
        crossover,
        replace(settings, frame_interval=_run_interval(settings) if options.with_run else interval),
        None if recipe.start is None else latent_in(target, recipe.start, settings),
        options.force,
        options.advice,
        with_moments=options.with_run,
        pair_latents=(recipe.latent, recipe.target_latent),
        parts=parts,
    )
    return PreparedMix(models, recipe, request, size, interval if options.animated else None, began)


def _recorded(
    run: Generator[str | OptimizerStep, None, RunOutcome], record: Callable[[OptimizerStep], None]
) -> Generator[str | OptimizerStep, None, RunOutcome]:
    """Yield what a run yields and record its steps; an exception that is thrown in reaches the run."""
    thrown: BaseException | None = None
    while True:
        try:
            step = next(run) if thrown is None else run.throw(thrown)
        except StopIteration as end:
            return end.value
        thrown = None
        if isinstance(step, OptimizerStep):
            record(step)
        try:
            yield step
        except (Cancelled, KeyboardInterrupt) as interrupt:
            thrown = interrupt


def _visible(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a copy of the visible part of a square."""
    return np.ascontiguousarray(centre_crop(image, size))


def _run_interval(settings: OptimizerSettings) -> int:
    """Return the number of iterations from frame to frame of a run in a project."""
    return settings.frame_interval if settings.frame_interval > 1 else -(-settings.iterations // MAX_FRAMES)


def _frame_interval(settings: OptimizerSettings, animated: bool) -> int:
    """Return the number of iterations from image to image: without an animation, only the last image is needed."""
    if not animated:
        return settings.iterations
    return (
        settings.frame_interval
        if settings.frame_interval > 1
        else max(1, settings.iterations // ANIMATION_FRAMES)
    )
