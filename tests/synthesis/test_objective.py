"""The loss of several latents in one graph is that of each alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.objective import EvaluationRequest, joined
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.sampling import sample_pair
from ddsgui.synthesis.settings import OptimizerSettings

Pair = tuple[Generator, Generator]


def requests_of(pair: Pair, settings: OptimizerSettings) -> list[EvaluationRequest]:
    """Return the first request of three searches, of other latents and masks."""
    requests = []
    for seed in range(3):
        sample = sample_pair(*pair, None, latent=seed, truncation=1.0)
        masks = np.zeros((2, 32, 32), np.uint8)
        masks[:, 4 * seed : 20, 10:24] = 255
        masks[1, :, 20:] = 0
        crossover = Crossover(sample.source, sample.target, masks[0], masks[1])
        event = next(DualDomainOptimizer(*pair, crossover, settings).search())
        assert isinstance(event, EvaluationRequest)
        requests.append(event)
    return requests


@pytest.mark.parametrize(
    ("preset", "space"),
    [("paper", "z"), ("paper", "w"), ("official", "w+"), ("fast", "w+")],
)
def test_latents_together_have_the_losses_and_gradients_of_each_alone(
    pair: Pair, preset: str, space: str
) -> None:
    settings = OptimizerSettings.from_preset(preset, space=space, iterations=6, reduced_precision=False)
    requests = requests_of(pair, settings)
    assert len({request.objective.key for request in requests}) == 1
    alone = [request.evaluate() for request in requests]
    gradients = []
    for request in requests:
        gradients.append(request.variable.grad)
        request.variable.grad = None
    first = requests[0]
    together = first.objective.evaluate(
        [request.variable for request in requests],
        joined([request.fixed for request in requests]),
        first.weights,
    )
    for request, expected, evaluation, gradient in zip(requests, alone, together, gradients, strict=True):
        assert evaluation.losses == pytest.approx(expected.losses, rel=1e-4)
        torch.testing.assert_close(evaluation.image, expected.image, rtol=1e-4, atol=1e-4)
        assert gradient is not None and request.variable.grad is not None
        error = (request.variable.grad - gradient).norm() / gradient.norm()
        assert error < 1e-3


def test_objectives_of_other_settings_are_not_evaluated_together(pair: Pair) -> None:
    fast = OptimizerSettings.from_preset("fast", iterations=6)
    again = OptimizerSettings.from_preset("fast", iterations=6, seed=3)
    weaker = OptimizerSettings.from_preset("fast", iterations=6, perceptual_weight=1.0)
    keys = [requests_of(pair, settings)[0].objective.key for settings in (fast, again, weaker)]
    assert keys[0] == keys[1] != keys[2]


def test_the_first_iterations_have_a_smaller_picture(pair: Pair) -> None:
    first, fine = (
        requests_of(pair, OptimizerSettings.from_preset("fast", coarse_iterations=count))[0].objective
        for count in (30, 0)
    )
    assert [objective.perceptual.side_of(32) for objective in (first, fine, fine.coarse)] == [32, 64, 32]
    assert first.coarse is first  # nothing to be made smaller


def test_pictures_of_latents_together_do_not_share_memory(pair: Pair) -> None:
    requests = requests_of(pair, OptimizerSettings.from_preset("official", iterations=2, upscale_to=64))
    variables, fixed = [r.variable for r in requests], joined([r.fixed for r in requests])
    evaluations = requests[0].objective.evaluate(variables, fixed, requests[0].weights)
    sizes = {evaluation.image.untyped_storage().nbytes() for evaluation in evaluations}
    assert sizes == {3 * 32 * 32 * 4}
