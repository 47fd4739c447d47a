"""The ways to move a latent downhill, behind one interface: Adam and L-BFGS."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ddsgui.synthesis.quasi_newton import QuasiNewton
from ddsgui.synthesis.settings import AdamMoments


class Descent(Protocol):
    """A descent of one variable, which it moves in place."""

    learning_rate: float

    @property
    def moments(self) -> AdamMoments | None:
        """The state from which another descent continues without a break; None if there is none."""
        ...

    def accepts(self, loss: float) -> bool:
        """Return whether the descent can continue after this loss, which may not be finite."""
        ...

    def step(self, loss: float) -> None:
        """Move the variable, whose gradient at this loss has been computed."""
        ...

    def change_loss(self, *, similar: bool) -> None:
        """Prepare for another loss from the next step on; `similar` if its curvature is much the same."""
        ...


class AdamDescent:
    """Adam (Kingma and Ba 2015), as the paper uses it."""

    def __init__(self, variable: Tensor, learning_rate: float, moments: AdamMoments | None = None) -> None:
        self.learning_rate = learning_rate
        self._variable = variable
        self._adam = torch.optim.Adam([variable], lr=learning_rate)
        if moments is not None:
            mean, square = (
                torch.from_numpy(a).to(variable.device).clone() for a in (moments.mean, moments.square)
            )
            self._adam.state[variable] = {
                "step": torch.tensor(float(moments.steps)),
                "exp_avg": mean,
                "exp_avg_sq": square,
            }

    @property
    def moments(self) -> AdamMoments | None:
        state = self._adam.state.get(self._variable)
        if not state:
            return None
        return AdamMoments(int(state["step"]), copied(state["exp_avg"]), copied(state["exp_avg_sq"]))

    def accepts(self, loss: float) -> bool:
        return math.isfinite(loss)

    def step(self, loss: float) -> None:
        self._adam.param_groups[0]["lr"] = self.learning_rate
        self._adam.step()

    def change_loss(self, *, similar: bool) -> None:
        """Adam's moments follow by themselves."""


class QuasiNewtonDescent:
    """L-BFGS; the learning rate is the length of its first step."""

    moments = None

    def __init__(self, variable: Tensor, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self._variable = variable
        self._method = QuasiNewton(learning_rate)

    def accepts(self, loss: float) -> bool:
        return math.isfinite(loss) or self._method.has_base

    def step(self, loss: float) -> None:
        gradient = self._variable.grad
        assert gradient is not None
        loss = loss if math.isfinite(loss) else math.inf
        self._method.first_step = self.learning_rate
        with torch.no_grad():
            self._variable.copy_(self._method.next(self._variable.clone(), loss, gradient.clone()))

    def change_loss(self, *, similar: bool) -> None:
        self._method.restart(keep_memory=similar)


def copied(tensor: Tensor) -> np.ndarray:
    """Return a copy of a tensor as an array of its own."""
    return tensor.detach().cpu().numpy().copy()
