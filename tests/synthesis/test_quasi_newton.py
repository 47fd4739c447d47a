"""L-BFGS, one evaluation at a time."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from ddsgui.synthesis.quasi_newton import MAX_REFUSALS, QuasiNewton

Function = Callable[[Tensor], Tensor]
START = torch.zeros(10, dtype=torch.float64)


def rosenbrock(x: Tensor) -> Tensor:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def descend(function: Function, evaluations: int, descent: QuasiNewton | None = None) -> list[float]:
    """Return the loss of every evaluation."""
    descent, x, losses = descent or QuasiNewton(0.05), START.clone(), []
    for _ in range(evaluations):
        x = x.detach().requires_grad_()
        loss = function(x)
        (gradient,) = torch.autograd.grad(loss, x)
        losses.append(loss.item())
        x = descent.next(x.detach(), loss.item(), gradient)
    return losses


def test_a_narrow_valley_is_followed_to_its_end() -> None:
    losses = descend(rosenbrock, 120)
    assert min(losses) < 1e-9
    adam = torch.optim.Adam([x := START.clone().requires_grad_()], lr=0.05)
    for _ in range(120):
        adam.zero_grad()
        rosenbrock(x).backward()
        adam.step()
    assert min(losses) < 1e-3 * rosenbrock(x).item()


def test_the_first_step_has_the_length_that_was_given() -> None:
    x = torch.ones(2, 3)
    moved = QuasiNewton(0.25).next(x, 1.0, torch.full_like(x, 7.0)) - x
    assert torch.allclose(moved, torch.full_like(x, -0.25))


def test_a_worse_point_is_refused_and_the_step_shortened() -> None:
    descent, x = QuasiNewton(1.0), torch.tensor([3.0])
    first = descent.next(x, 9.0, 2 * x)
    second = descent.next(first, 100.0, torch.tensor([50.0]))
    assert abs(second - x) < abs(first - x)
    third = descent.next(second, math.inf, torch.tensor([math.nan]))
    assert 0 < abs(third - x) < abs(second - x)


def test_a_function_that_never_falls_leaves_the_point_within_reach() -> None:
    descent, x = QuasiNewton(1.0), torch.tensor([3.0])
    point = descent.next(x, 1.0, torch.tensor([1.0]))
    for _ in range(3 * MAX_REFUSALS):
        point = descent.next(point, 2.0, torch.tensor([1.0]))
        assert math.isfinite(point.item())
    assert abs(point - x) <= 1


@pytest.mark.parametrize("keep_memory", [False, True])
def test_another_loss_starts_without_the_point_before(keep_memory: bool) -> None:
    descent = QuasiNewton(0.05)
    descend(rosenbrock, 10, descent)
    assert descent.has_base
    descent.restart(keep_memory)
    assert not descent.has_base
    losses = descend(lambda x: rosenbrock(x) + 1000, 100, descent)
    assert min(losses) < 1000.01
