"""The loss of several latents in one graph is that of each alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.objective import Question, joined
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.sampling import sample_pair
from ddsgui.synthesis.settings import OptimizerSettings

Pair = tuple[Generator, Generator]


def questions_of(pair: Pair, settings: OptimizerSettings) -> list[Question]:
    """Return the first question of three searches, of other latents and masks."""
    questions = []
    for seed in range(3):
        sample = sample_pair(*pair, None, latent=seed, truncation=1.0)
        masks = np.zeros((2, 32, 32), np.uint8)
        masks[:, 4 * seed : 20, 10:24] = 255
        masks[1, :, 20:] = 0
        crossover = Crossover(sample.source, sample.target, masks[0], masks[1])
        event = next(DualDomainOptimizer(*pair, crossover, settings).search())
        assert isinstance(event, Question)
        questions.append(event)
    return questions


@pytest.mark.parametrize(
    ("preset", "space"),
    [("paper", "z"), ("paper", "w"), ("official", "w+"), ("fast", "w+")],
)
def test_latents_together_have_the_losses_and_gradients_of_each_alone(
    pair: Pair, preset: str, space: str
) -> None:
    settings = OptimizerSettings.from_preset(preset, space=space, iterations=6, reduced_precision=False)
    questions = questions_of(pair, settings)
    assert len({question.objective.key for question in questions}) == 1
    alone = [question.answer() for question in questions]
    gradients = []
    for question in questions:
        gradients.append(question.variable.grad)
        question.variable.grad = None
    first = questions[0]
    together = first.objective.evaluate(
        [question.variable for question in questions],
        joined([question.fixed for question in questions]),
        first.weights,
    )
    for question, expected, evaluation, gradient in zip(questions, alone, together, gradients, strict=True):
        assert evaluation.losses == pytest.approx(expected.losses, rel=1e-4)
        torch.testing.assert_close(evaluation.image, expected.image, rtol=1e-4, atol=1e-4)
        assert gradient is not None and question.variable.grad is not None
        error = (question.variable.grad - gradient).norm() / gradient.norm()
        assert error < 1e-3


def test_objectives_of_other_settings_are_not_evaluated_together(pair: Pair) -> None:
    fast = OptimizerSettings.from_preset("fast", iterations=6)
    again = OptimizerSettings.from_preset("fast", iterations=6, seed=3)
    weaker = OptimizerSettings.from_preset("fast", iterations=6, perceptual_weight=1.0)
    keys = [questions_of(pair, settings)[0].objective.key for settings in (fast, again, weaker)]
    assert keys[0] == keys[1] != keys[2]


def test_the_first_iterations_have_a_smaller_picture(pair: Pair) -> None:
    objective = questions_of(pair, OptimizerSettings.from_preset("fast"))[0].objective
    assert objective.perceptual.side_of(32) == 32
    assert objective.coarse is objective  # nothing to be made smaller
