"""The ways to move a latent downhill, behind one interface: Adam and L-BFGS."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.optim.adam import adam

from ddsgui.synthesis.quasi_newton import QuasiNewton
from ddsgui.synthesis.settings import AdamMoments

BETAS, EPSILON = (0.9, 0.999), 1e-8  # of Adam, as its authors and torch have them


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
        if moments is None:
            self._mean, self._square = torch.zeros_like(variable), torch.zeros_like(variable)
        else:
            arrays = (moments.mean, moments.square)
            self._mean, self._square = (torch.from_numpy(a).to(variable.device).clone() for a in arrays)
        self._steps = torch.tensor(0.0 if moments is None else float(moments.steps))

    @property
    def moments(self) -> AdamMoments | None:
        steps = int(self._steps)
        return AdamMoments(steps, copied(self._mean), copied(self._square)) if steps else None

    def accepts(self, loss: float) -> bool:
        return math.isfinite(loss)

    def step(self, loss: float) -> None:
        gradient = self._variable.grad
        assert gradient is not None
        beta1, beta2 = BETAS
        # The function, since torch.optim.Adam imports torch's compiler first, which takes a second.
        with torch.no_grad():
            adam(
                [self._variable],
                [gradient],
                [self._mean],
                [self._square],
                [],
                [self._steps],
                amsgrad=False,
                beta1=beta1,
                beta2=beta2,
                lr=self.learning_rate,
                weight_decay=0.0,
                eps=EPSILON,
                maximize=False,
            )

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
