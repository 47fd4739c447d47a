"""The search for ẑ (paper, Sec. 3.3, Eq. 2 to 6 and Algorithm 1)."""

from __future__ import annotations

import math
import time
from collections import abc
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ddsgui.errors import OptimizerError
from ddsgui.images import to_tensor, to_uint8
from ddsgui.latest import Latest
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.backbones import load_backbone
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.descent import AdamDescent, Descent, QuasiNewtonDescent, copied
from ddsgui.synthesis.loss_terms import Fixed
from ddsgui.synthesis.objective import Evaluation, EvaluationRequest, Objective
from ddsgui.synthesis.perceptual import PerceptualLoss
from ddsgui.synthesis.sampling import check_pair, z_of_seed
from ddsgui.synthesis.settings import (
    AdamMoments,
    OptimizerResult,
    OptimizerSettings,
    OptimizerStep,
    RunUpdate,
)

__all__ = ["DualDomainOptimizer", "OptimizerSettings"]

START_STREAM = 0x5EED_DD5  # keeps the random starts apart from the seeds of pictures


class DualDomainOptimizer:
    """A search for the latent ẑ whose picture x̂ = G_t(ẑ) carries the source's part on the target.

    steps() is a plain generator: to pause, do not ask for the next step; to stop, close it. The generators'
    weights stay as they are; they must be frozen and on one device.
    """

    def __init__(
        self,
        source: Generator | None,
        target: Generator,
        crossover: Crossover,
        settings: OptimizerSettings,
        perceptual: PerceptualLoss | None = None,
        latent: np.ndarray | None = None,
        moments: AdamMoments | None = None,
        target_ws: Tensor | None = None,
        baseline: Callable[[Crossover], np.ndarray] | None = None,
    ) -> None:
        """Prepare a search, from `latent` (an OptimizerResult's, of the same space) and Adam's `moments` if given.

        target_ws: [1, num_ws, w_dim], the latent that the target's picture was drawn from, for the start "target".
        baseline: returns a picture of a crossover, uint8 [R, R, 3], whose loss is to be beaten.
        source: may be None unless `settings.uses_source_generator`; an image and a mask of any origin are then enough.
        Raises OptimizerError if the generators do not fit together or to the images.
        """
        generators = (target,)
        if settings.uses_source_generator:
            if source is None:
                raise OptimizerError(
                    f"The preset {settings.preset} needs the source's generator, not only images."
                )
            check_pair(source, target)
            generators = (source, target)
        self._target = target
        self._check_size(crossover)
        if perceptual is None:
            backbone = load_backbone(settings.backbone).to(target.device)
            perceptual = PerceptualLoss.from_settings(backbone, settings)
        self._objective = Objective(generators, settings, perceptual)
        self._crossover, self._settings = crossover, settings
        self._weights, self._learning_rate = settings.weights, settings.learning_rate
        self._latent, self._moments, self._target_ws = latent, moments, target_ws
        self._baseline = baseline
        # A search that is continued has its coarse iterations behind it.
        coarse = min(settings.coarse_iterations, settings.iterations * 2 // 3)
        self._coarse_iterations = coarse if latent is None else 0
        self._best: tuple[float, int, Tensor, Tensor] | None = None
        self._outdated = False  # True while _best belongs to an older crossover or to other weights

    @property
    def device(self) -> torch.device:
        """The device that the search computes on."""
        return self._target.device

    @property
    def best(self) -> OptimizerResult | None:
        """The result of lowest loss for the newest crossover and weights; the previous result until there is one.

        Kept after a stop or a failure.
        """
        if self._best is None:
            return None
        loss, iteration, variable, image = self._best
        return OptimizerResult(to_uint8(image[0]), variable.cpu().numpy(), iteration, loss)

    def steps(
        self, edits: Latest[RunUpdate] | None = None, with_moments: bool = False
    ) -> abc.Generator[OptimizerStep, None, None]:
        """Yield every iteration as a step. An edit in the box applies from the next iteration on; ẑ is kept.

        with_moments: steps with an image hold Adam's moments as well, so that a search may be forked from them.

        Raises OptimizerError when the loss is no longer a finite number; `best` stays.
        """
        search = self.search(edits, with_moments)
        event = next(search, None)
        while event is not None:
            if isinstance(event, EvaluationRequest):
                event = search.send(event.evaluate())
            else:
                yield event
                event = next(search, None)

    def search(
        self, edits: Latest[RunUpdate] | None = None, with_moments: bool = False
    ) -> abc.Generator[OptimizerStep | EvaluationRequest, Evaluation | None, None]:
        """Do as steps(), but yield a request before each step, to be sent its evaluation."""
        settings = self._settings
        variable = self._start()
        descent = self._descent(variable)
        fine = self._objective
        coarse = fine.coarse if self._coarse_iterations else fine
        self._objective = coarse
        fixed = coarse.fix(self._crossover)
        to_beat = self._loss_to_beat(fixed, fine)
        for iteration in range(1, settings.iterations + 1):
            start_seconds = time.perf_counter()
            changed = False
            if edits is not None and (edit := edits.take()) is not None:
                fixed, changed = self._apply(edit, fixed)
            if self._objective is not fine and iteration > self._coarse_iterations:
                self._objective, self._outdated = fine, True
                fixed = fine.fix(self._crossover)
                descent.change_loss(similar=True)
                to_beat = self._loss_to_beat(fixed, fine)
            if changed:
                descent.change_loss(similar=False)
                to_beat = self._loss_to_beat(fixed, fine)
            descent.learning_rate = self._learning_rate
            variable.grad = None
            evaluation = yield EvaluationRequest(self._objective, variable, fixed, self._weights)
            assert evaluation is not None
            values, image = evaluation.losses, evaluation.image
            if not descent.accepts(values["total"]):
                raise OptimizerError(self._not_finite(iteration))
            is_best = self._best is None or self._outdated or values["total"] < self._best[0]
            if is_best:
                self._outdated = False
                self._best = values["total"], iteration, variable.detach().clone(), image
            has_image = iteration % settings.frame_interval == 0 or iteration in (1, settings.iterations)
            latent = copied(variable) if has_image else None  # before it moves
            moments = descent.moments if has_image and with_moments else None
            descent.step(values["total"])
            yield OptimizerStep(
                iteration=iteration,
                iterations=settings.iterations,
                losses=values,
                image=to_uint8(image[0]) if has_image else None,
                revision=self._crossover.revision,
                seconds=time.perf_counter() - start_seconds,
                best=is_best,
                beats_baseline=self._best is not None and not self._outdated and self._best[0] <= to_beat,
                latent=latent,
                moments=moments,
            )

    def _descent(self, variable: Tensor) -> Descent:
        if self._settings.algorithm == "l-bfgs":
            return QuasiNewtonDescent(variable, self._learning_rate)
        return AdamDescent(variable, self._learning_rate, self._moments)

    def _loss_to_beat(self, fixed: Fixed, fine: Objective) -> float:
        """Return the baseline's loss: infinite without a baseline; minus infinite in coarse iterations."""
        if self._baseline is None:
            return math.inf
        if self._objective is not fine:
            return -math.inf
        try:
            image = to_tensor(self._baseline(self._crossover)).to(self._target.device)
        except OptimizerError:  # a search needs no baseline
            return math.inf
        (losses,), _ = fine.losses([image] * len(fine.generators), fixed, self._weights)
        return losses["total"]

    def _apply(self, edit: RunUpdate, fixed: Fixed) -> tuple[Fixed, bool]:
        """Return what the edit fixes, and whether the loss is another now."""
        changed = not edit.crossover.equals(self._crossover)
        if changed:
            self._check_size(edit.crossover)
            same_pictures = edit.crossover.same_pictures(self._crossover)
            fixed = self._objective.fix(edit.crossover, fixed if same_pictures else None)
        # Losses before and after such an edit cannot be compared; the old result stays until there is a new one.
        changed = changed or edit.weights != self._weights
        self._outdated = self._outdated or changed
        self._crossover, self._weights = edit.crossover, edit.weights
        self._learning_rate = edit.learning_rate
        return fixed, changed

    def _start(self) -> Tensor:
        """Return the latent to optimise: z [1, z_dim], w [1, w_dim] or w_plus [1, num_ws, w_dim].

        In Z the start is always random: no z has the mean w, and at the target's z* nothing would be carried over.
        """
        settings, target = self._settings, self._target
        if self._latent is not None:
            return self._continue_from(torch.from_numpy(self._latent).to(target.device))
        # A separate stream: with the seed of a picture the search would start at z*, and stay there.
        z = z_of_seed(settings.seed ^ START_STREAM, target.config.z_dim).to(target.device)
        if settings.space == "z":
            return z.requires_grad_()
        with torch.no_grad():
            if settings.start == "target" and self._target_ws is not None:
                ws = self._target_ws.to(target.device)
                return (ws if settings.space == "w+" else ws[:, 0]).clone().requires_grad_()
            w = target.w_mean
            if settings.start == "random":
                w = target.truncate(target.mapping(z), settings.truncation)
            w = target.broadcast(w) if settings.space == "w+" else w
        return w.clone().requires_grad_()

    def _continue_from(self, latent: Tensor) -> Tensor:
        """Return the latent of an earlier result as a new variable.

        Raises OptimizerError if it lies in another space.
        """
        config = self._target.config
        shapes = {"z": (1, config.z_dim), "w": (1, config.w_dim), "w+": (1, config.num_ws, config.w_dim)}
        if latent.shape != shapes[self._settings.space]:
            raise OptimizerError("The last result is in another latent space. Run from scratch.")
        return latent.clone().requires_grad_()

    def _check_size(self, crossover: Crossover) -> None:
        side = self._target.config.resolution
        height, width = crossover.target.shape[:2]
        if (height, width) != (side, side):
            raise OptimizerError(
                f"The pictures are {width} × {height} pixels, but the domains draw {side} × {side}."
            )

    def _not_finite(self, iteration: int) -> str:
        state = "the best result so far is kept" if self._best else "there is no result yet"
        return f"The loss diverged at iteration {iteration}; {state}. Try a smaller learning rate."
