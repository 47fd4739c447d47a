"""L-BFGS, one evaluation at a time, so that a search can be shown, paused and edited between any two of them.

torch.optim.LBFGS evaluates as often as its line search likes within one step. Source: Nocedal and Wright, Numerical
Optimization, 2nd edition, Algorithm 7.4 (the direction) and Sec. 3.1 (sufficient decrease, by backtracking).
"""

from __future__ import annotations

from collections import deque

from torch import Tensor

SUFFICIENT_DECREASE = 1e-4  # of what the slope promises, for a step to be taken
SHORTEN = (0.1, 0.5)  # the least and the most that a refused step is shortened to
MIN_CURVATURE = 1e-10  # relative; pairs of steps and gradients with less would spoil the direction
MEMORY = 40  # pairs
MAX_REFUSALS = 8  # in a row, after which the memory is dropped


class QuasiNewton:
    """A descent by L-BFGS: give it a point with its loss and gradient, take the next point to evaluate."""

    def __init__(self, first_step: float, memory: int = MEMORY) -> None:
        """first_step: length of the first step, as the root mean square over the variables; memory: pairs kept."""
        self.first_step = first_step
        self._pairs: deque[tuple[Tensor, Tensor]] = deque(maxlen=memory)  # steps and changes of the gradient
        self._base: tuple[Tensor, float, Tensor] | None = None  # the last point taken, its loss and gradient
        self._direction: Tensor | None = None
        self._length = 1.0  # of the step along the direction
        self._refusals = 0

    @property
    def has_base(self) -> bool:
        """True if there is a point to return to: the next loss may be infinite."""
        return self._base is not None

    def restart(self, keep_memory: bool = False) -> None:
        """Start at the next point, where the loss is another one; `keep_memory` if its curvature is much the same."""
        self._base = self._direction = None
        if not keep_memory:
            self._pairs.clear()

    def next(self, point: Tensor, loss: float, gradient: Tensor) -> Tensor:
        """Return the next point to evaluate. All tensors have one shape; the point is the one returned last."""
        if self._base is None or self._direction is None:
            return self._take(point, loss, gradient)
        base, base_loss, base_gradient = self._base
        slope = self._length * float(base_gradient.flatten() @ self._direction.flatten())
        if loss <= base_loss + SUFFICIENT_DECREASE * slope:
            change, step = gradient - base_gradient, point - base
            curvature = float(change.flatten() @ step.flatten())
            if curvature > MIN_CURVATURE * float(change.norm() * step.norm()):
                self._pairs.append((step, change))
            return self._take(point, loss, gradient)
        self._refusals += 1
        if self._refusals == MAX_REFUSALS:
            self._pairs.clear()
            return self._take(base, base_loss, base_gradient)
        # The minimum of the parabola through both losses with the slope at the base.
        best = -slope / (2 * (loss - base_loss - slope))
        low, high = SHORTEN
        self._length *= min(max(best, low), high)
        return base + self._length * self._direction

    def _take(self, point: Tensor, loss: float, gradient: Tensor) -> Tensor:
        self._base, self._refusals, self._length = (point, loss, gradient), 0, 1.0
        self._direction = self._descent(gradient)
        return point + self._direction

    def _descent(self, gradient: Tensor) -> Tensor:
        """Return −H·g, with H the inverse Hessian that the pairs suggest (two loops)."""
        if not self._pairs:
            return gradient * (-self.first_step / max(float(gradient.square().mean().sqrt()), 1e-30))
        q, weights = gradient.flatten().clone(), []
        for step, change in reversed(self._pairs):
            rho = 1 / (change.flatten() @ step.flatten())
            weight = rho * (step.flatten() @ q)
            q -= weight * change.flatten()
            weights.append((rho, weight))
        step, change = self._pairs[-1]
        q *= (change.flatten() @ step.flatten()) / change.square().sum()
        for (step, change), (rho, weight) in zip(self._pairs, reversed(weights), strict=True):
            q += (weight - rho * (change.flatten() @ q)) * step.flatten()
        return -q.view_as(gradient)
