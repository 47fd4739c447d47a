"""Searches side by side end as each does alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from ddsgui.jobs.joint_runs import joint_run_steps
from ddsgui.jobs.mix import Search
from ddsgui.jobs.runs import RunOutcome
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.descent import QuasiNewtonDescent
from ddsgui.synthesis.loss_terms import Fixed
from ddsgui.synthesis.objective import Evaluation, Objective
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.sampling import sample_pair
from ddsgui.synthesis.settings import OptimizerResult, OptimizerSettings
from tests.synthesis.conftest import make_generator

SETTINGS = OptimizerSettings.from_preset("fast", iterations=5, reduced_precision=False)


@pytest.fixture
def pair() -> tuple[Generator, Generator]:
    return make_generator(0), make_generator(1)


def searches(
    pair: tuple[Generator, Generator], count: int = 3, settings: OptimizerSettings = SETTINGS
) -> list[Search]:
    prepared = []
    for seed in range(count):
        sample = sample_pair(*pair, None, latent=seed, truncation=1.0)
        mask = np.zeros((32, 32), np.uint8)
        mask[4 * seed : 20, 10:24] = 255
        crossover = Crossover(sample.source, sample.target, mask, mask)
        prepared.append(Search(settings, DualDomainOptimizer(*pair, crossover, settings), {}))
    return prepared


def run(prepared: Sequence[Search]) -> tuple[list[RunOutcome], list[list[float]]]:
    """Return the ends of the runs, and the total loss of each step."""
    losses: list[list[float]] = [[] for _ in prepared]
    steps = joint_run_steps(prepared)
    while True:
        try:
            number, step = next(steps)
        except StopIteration as end:
            return end.value, losses
        losses[number].append(step.losses["total"])


def alone(prepared: Sequence[Search]) -> list[list[float]]:
    return [[step.losses["total"] for step in search.optimizer.steps()] for search in prepared]


def best_loss(outcome: RunOutcome) -> float:
    assert isinstance(outcome.best, OptimizerResult)
    return outcome.best.loss


def lack_memory(monkeypatch: pytest.MonkeyPatch, is_short: Callable[[list[int]], bool]) -> list[int]:
    """Let evaluations run out of memory. Return the number of latents of each, which `is_short` is asked about."""
    plain, calls = Objective.evaluate, list[int]()

    def evaluate(self: Objective, variables: Any, *rest: Any) -> list[Evaluation]:
        calls.append(len(variables))
        if is_short(calls):
            raise MemoryError
        return plain(self, variables, *rest)

    monkeypatch.setattr(Objective, "evaluate", evaluate)
    return calls


def test_each_has_the_losses_that_it_has_alone(pair) -> None:
    outcomes, losses = run(searches(pair))
    assert np.allclose(losses, alone(searches(pair)), rtol=1e-3)
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert [best_loss(outcome) for outcome in outcomes] == [
        min(of_run[3:]) for of_run in losses
    ]  # after the coarse


def test_one_that_diverges_ends_alone(pair, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, calls = Objective.evaluate, []

    def evaluate(self: Objective, variables: Any, *rest: Any) -> list[Evaluation]:
        evaluations = plain(self, variables, *rest)
        calls.append(len(variables))
        if len(calls) == 2:
            evaluations[1].losses["total"] = float("nan")
        return evaluations

    monkeypatch.setattr(Objective, "evaluate", evaluate)
    outcomes, losses = run(searches(pair, settings=OptimizerSettings.from_preset("official", iterations=4)))
    assert calls == [3, 3, 2, 2] and [len(of_run) for of_run in losses] == [4, 1, 4]
    assert [outcome.error is None for outcome in outcomes] == [True, False, True]
    assert "diverged at iteration 2" in (outcomes[1].error or "") and outcomes[1].best is not None


def test_without_memory_for_all_they_are_evaluated_one_by_one(pair, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = lack_memory(monkeypatch, lambda calls: calls[-1] > 1)
    outcomes, losses = run(searches(pair, 2))
    assert calls == [2, *[1] * 10]
    assert [outcome.error for outcome in outcomes] == [None] * 2
    assert np.allclose(losses, alone(searches(pair, 2)), rtol=1e-5)


def test_without_memory_for_one_the_best_so_far_is_kept(pair, monkeypatch: pytest.MonkeyPatch) -> None:
    lack_memory(monkeypatch, lambda calls: len(calls) > 3)
    outcomes, losses = run(searches(pair, 2))
    assert [len(of_run) for of_run in losses] == [3, 3]
    for outcome in outcomes:
        assert outcome.out_of_memory and "after iteration 3 of 5. The best result so far is kept" in (
            outcome.error or ""
        )


def test_an_interrupt_keeps_the_best_of_each(pair) -> None:
    steps = joint_run_steps(searches(pair, 2))
    for _ in range(3):
        next(steps)
    with pytest.raises(StopIteration) as end:
        steps.throw(KeyboardInterrupt)
    outcomes = end.value.value
    assert [outcome.interrupted for outcome in outcomes] == [True, True]
    assert all(outcome.best is not None for outcome in outcomes)


def test_an_interrupt_within_an_evaluation_is_reported_for_all(pair, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, calls = QuasiNewtonDescent.step, []

    def step(self: QuasiNewtonDescent, loss: float) -> None:
        calls.append(loss)
        if len(calls) == 6:  # of the last search, in the third iteration
            raise KeyboardInterrupt
        plain(self, loss)

    monkeypatch.setattr(QuasiNewtonDescent, "step", step)
    outcomes, losses = run(searches(pair, 2))
    assert [len(of_run) for of_run in losses] == [3, 2]
    assert [outcome.interrupted for outcome in outcomes] == [True, True]
    assert all(outcome.best is not None for outcome in outcomes)


def test_without_memory_for_the_larger_pictures_the_best_so_far_is_kept(
    pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, calls = Objective.fix, []

    def fix(self: Objective, *arguments: Any) -> Fixed:
        calls.append(self)
        if len(calls) == 3:  # two searches began; the first one changes to the larger pictures
            raise MemoryError
        return plain(self, *arguments)

    monkeypatch.setattr(Objective, "fix", fix)
    outcomes, losses = run(searches(pair, 2))
    assert [len(of_run) for of_run in losses] == [3, 5]
    assert [outcome.out_of_memory for outcome in outcomes] == [True, False]
    assert outcomes[0].best is not None


def test_no_searches_have_no_ends() -> None:
    assert run([]) == ([], [])
