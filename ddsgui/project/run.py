"""A run: one search of the optimiser with its frames, losses and result. No widget and no thread in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from ddsgui.editing.recipe import Recipe
from ddsgui.project.frames import BLEND, Frame, FrameBuffer
from ddsgui.project.losses import LossTable
from ddsgui.synthesis.latents import Space, StoredLatent
from ddsgui.synthesis.settings import MixResult, OptimizerResult, OptimizerStep, StartPoint

BLEND_CAPTION = "Live blend"
RunState = Literal["running", "paused", "done", "failed", "cancelled"]


@dataclass(frozen=True, eq=False)
class RunResult:
    """The best picture of a run, or the picture of an opened file."""

    image: np.ndarray  # uint8 [H, W, 3]
    latent: np.ndarray | None = None  # ẑ; None if the file holds none
    iteration: int | None = None
    loss: float | None = None


@dataclass(frozen=True, eq=False)
class RunPicture:
    """A picture of a run and its caption."""

    image: np.ndarray  # uint8 [H, W, 3]
    caption: str


class Run:
    """One search, growing step by step. Use it from one thread; views read it when the controller reports a change."""

    def __init__(self, recipe: Recipe, space: Space, frames: FrameBuffer | None = None) -> None:
        """Start empty. `space` is the space of the steps' latents."""
        self.recipe = recipe  # of the result, once there is one
        self.space: Space = space
        self.frames = FrameBuffer() if frames is None else frames
        self.losses = LossTable()
        self.best: RunResult | None = None
        self.state: RunState = "running"
        self.exported = True  # True if the result is on the disk, or if there is none
        self.revision: int | None = None  # of the masks in the newest step
        self.iterations = 0  # planned
        self.number: int | None = None  # in the project; None of a run that is not in it
        self.parent: int | None = None  # the number of the run that it continues or was forked from
        self.reverse_of: int | None = None  # the number of the run of the same pair in the other direction
        self.flags: set[int] = set()  # iterations of the frames that the artist flagged
        self.beats_baseline = False  # True once the newest step has reported it
        self.opened_from = ""  # the name of the file that holds the result; "" of a search

    @classmethod
    def opened(
        cls, recipe: Recipe, image: np.ndarray, latent: StoredLatent | None = None, name: str = ""
    ) -> Run:
        """Return the run of a result's file. `image` is uint8 [H, W, 3], `latent` is ẑ if the file holds one."""
        run = cls(recipe, cast(Space, recipe.settings["space"]) if latent is None else latent.space)
        run.best = RunResult(image, None if latent is None else latent.array)
        run.state = "done"
        run.opened_from = name
        return run

    def at_frame(self, frame: Frame) -> Run:
        """Return a run whose result is a frame of this one, as it would be opened from a file."""
        latent = None if frame.latent is None else StoredLatent(frame.latent, self.space)
        return Run.opened(self.recipe, frame.image, latent)

    # ---- changes

    def begin_with(self, blend: np.ndarray) -> None:
        """Put the live blend, uint8 [H, W, 3], before the first step."""
        self.frames.add(Frame(BLEND, blend))

    def add(self, step: OptimizerStep) -> None:
        """Add the losses of a step and, if it has an image, a frame. Images have no padding."""
        self.revision, self.iterations = step.revision, step.iterations
        self.beats_baseline = step.beats_baseline
        if step.losses:
            self.losses.add(step.iteration, step.losses)
        if step.image is not None:
            self.frames.add(Frame(step.iteration, step.image, step.latent, step.moments))

    def pause(self, paused: bool) -> None:
        """Mark the run as paused or as running again."""
        if self.is_running:
            self.state = "paused" if paused else "running"

    def finish(self, state: RunState, best: MixResult | None = None, recipe: Recipe | None = None) -> None:
        """End the run. A result counts as not exported; `recipe` is the state that it was made with in the end."""
        self.state = state
        if best is not None:
            searched = isinstance(best, OptimizerResult)
            self.best = (
                RunResult(best.image, best.latent, best.iteration, best.loss)
                if searched
                else RunResult(best.image)
            )
            self.exported = False
            self.recipe = recipe or self.recipe

    # ---- views

    def copy(self) -> Run:
        """Return a run that does not grow with this one, for another thread. Frames and images are shared.

        While this run has no result, the copy has the best of its frames.
        """
        copy = Run(self.recipe, self.space, self.frames.copy())
        copy.losses = self.losses.copy()
        copy.best = self.best_so_far
        copy.state, copy.iterations, copy.revision = self.state, self.iterations, self.revision
        copy.number, copy.parent, copy.flags = self.number, self.parent, set(self.flags)
        copy.reverse_of, copy.opened_from = self.reverse_of, self.opened_from
        return copy

    @property
    def is_running(self) -> bool:
        """True while steps may come, even if paused."""
        return self.state in ("running", "paused")

    @property
    def has_pictures(self) -> bool:
        """True if the search has given a picture; the live blend before its first step is none."""
        return self.best is not None or (len(self.frames) > 0 and self.frames[-1].iteration != BLEND)

    @property
    def latent(self) -> StoredLatent | None:
        """ẑ of the result; None if it is not known."""
        if self.best is None or self.best.latent is None:
            return None
        return StoredLatent(self.best.latent, self.space)

    def picture(self) -> RunPicture | None:
        """Return the best picture once the run has ended, else the newest frame, None if there is neither."""
        if self.best is not None and not self.is_running:
            return RunPicture(self.best.image, self._best_caption)
        return self.frame_picture(-1) if len(self.frames) else None

    def frame_picture(self, index: int) -> RunPicture:
        """Return a frame with its caption; 0 is the first, -1 the newest."""
        frame = self.frames[index]
        if frame.iteration == BLEND:
            return RunPicture(frame.image, BLEND_CAPTION)
        return RunPicture(frame.image, f"iteration {frame.iteration} of {self.iterations}")

    @property
    def searched_frames(self) -> int:
        """The number of frames, without the live blend."""
        return len(self.frames) - int(len(self.frames) > 0 and self.frames[0].iteration == BLEND)

    def fork(self, iteration: int | None = None) -> StartPoint | None:
        """Return where another run starts to continue this one: at its best ẑ, or at the frame of an iteration.

        Starting from a frame with Adam's moments repeats the iterations of this run. None if no ẑ is known there.
        """
        if iteration is None:
            return None if self.latent is None else StartPoint(self.latent.array, self.space)
        if not len(self.frames):
            return None
        frame = self.frames[self.frames.nearest(iteration)]
        return None if frame.latent is None else StartPoint(frame.latent, self.space, frame.moments)

    @property
    def best_so_far(self) -> RunResult | None:
        """The result or, while there is none, the frame with the lowest loss."""
        return self._best_frame() if self.best is None else self.best

    def _best_frame(self) -> RunResult | None:
        """Return the frame with the lowest loss."""
        totals = {int(row[0]): float(row[1]) for row in self.losses.columns()}
        frames = [self.frames[i] for i in range(len(self.frames)) if self.frames[i].iteration in totals]
        if not frames:
            return None
        best = min(frames, key=lambda frame: totals[frame.iteration])
        return RunResult(best.image, best.latent, best.iteration, totals[best.iteration])

    @property
    def _best_caption(self) -> str:
        assert self.best is not None
        if self.opened_from:
            return f"from {self.opened_from}"
        if self.best.iteration is None:
            return BLEND_CAPTION
        return f"Best result, iteration {self.best.iteration}"
