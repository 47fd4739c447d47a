"""Every loss matches numbers calculated by hand."""

from __future__ import annotations

import math

import pytest
import torch

from ddsgui.training.losses import (
    discriminator_loss,
    distance_consistency,
    generator_loss,
    log_distribution,
    r1_penalty,
    random_layers,
)

LN3, LN4 = math.log(3), math.log(4)


def test_the_generators_loss_matches_the_calculation_by_hand():
    # σ(ln 3) = 3/4 and σ(-ln 3) = 1/4.
    assert generator_loss(torch.tensor([[0.0]])).item() == pytest.approx(math.log(2))
    both = torch.tensor([[LN3], [-LN3]])
    assert generator_loss(both).item() == pytest.approx((math.log(4 / 3) + LN4) / 2)


def test_the_discriminators_loss_matches_the_calculation_by_hand():
    # A real picture at ln 3 costs -ln 3/4, a generated one at ln 3 costs -ln 1/4.
    real, fake = torch.tensor([[LN3]]), torch.tensor([[LN3], [-LN3]])
    assert discriminator_loss(real, fake).item() == pytest.approx(
        math.log(4 / 3) + (LN4 + math.log(4 / 3)) / 2
    )


def test_r1_of_a_linear_discriminator_matches_the_calculation_by_hand():
    # D(x) = 2 Σx over 12 numbers: the squared slope is 4 · 12 = 48; γ/2 = 5.
    x = torch.randn(3, 3, 2, 2, requires_grad=True)
    assert r1_penalty(2 * x.sum((1, 2, 3)), x, gamma=10).item() == pytest.approx(240)


def test_r1_of_patches_is_divided_by_their_number():
    # Four patches, each twice the sum of its three numbers: again 48, a quarter of it per patch.
    x = torch.randn(2, 3, 2, 2, requires_grad=True)
    assert r1_penalty(2 * x.sum(1), x, gamma=10, per_outputs=4).item() == pytest.approx(60)


def test_r1_has_a_gradient_for_the_weights():
    # D(x) = a Σx²: the slope is 2 a x, its square 4 a² Σx², whose derivative by a is 8 a Σx². With a = 3, Σx² = 12.
    a = torch.tensor(3.0, requires_grad=True)
    x = torch.ones(1, 3, 2, 2, requires_grad=True)
    penalty = r1_penalty(a * x.square().sum((1, 2, 3)), x, gamma=2)
    penalty.backward()
    assert a.grad is not None
    assert a.grad.item() == pytest.approx(8 * 3 * 12)


def plane(*rows: tuple[float, float]) -> torch.Tensor:
    """Make activations [N, 2, 1, 1]."""
    return torch.tensor(rows, dtype=torch.float32).reshape(-1, 2, 1, 1)


# Three latents: in the source, the first is like the second (cosine 1) and unlike the third (cosine 0).
SOURCE = plane((1, 0), (2, 0), (0, 5))
ADAPTED = plane((1, 0), (0, 1), (0, 3))


def test_consistency_matches_the_calculation_by_hand():
    # Row 0: source (1, 0) -> p = e/(e+1), 1/(e+1); adapted (0, 0) -> 1/2, 1/2.
    # Row 1: source (1, 0) -> the same p; adapted: to row 0 it is 0, to row 2 it is 1 -> p the other way round.
    # Row 2: source (0, 0) -> 1/2, 1/2; adapted: (0, 1) -> 1/(e+1), e/(e+1).
    p = math.e / (math.e + 1)
    kl_0 = p * math.log(p / 0.5) + (1 - p) * math.log((1 - p) / 0.5)
    kl_1 = p * math.log(p / (1 - p)) + (1 - p) * math.log((1 - p) / p)
    kl_2 = 0.5 * math.log(0.5 / (1 - p)) + 0.5 * math.log(0.5 / p)
    loss = distance_consistency(log_distribution([SOURCE], [0, 0, 0]), [ADAPTED], [0, 0, 0])
    assert loss.item() == pytest.approx((kl_0 + kl_1 + kl_2) / 6, rel=1e-5)


def test_consistency_uses_the_layer_of_every_row():
    # Row 0 costs nothing at the second layer, where both are equal.
    p = math.e / (math.e + 1)
    kl_1 = p * math.log(p / (1 - p)) + (1 - p) * math.log((1 - p) / p)
    kl_2 = 0.5 * math.log(0.5 / (1 - p)) + 0.5 * math.log(0.5 / p)
    loss = distance_consistency(log_distribution([SOURCE, SOURCE], [1, 0, 0]), [ADAPTED, SOURCE], [1, 0, 0])
    assert loss.item() == pytest.approx((kl_1 + kl_2) / 6, rel=1e-5)


def test_consistency_of_equal_features_is_zero_at_any_scale():
    features = [torch.randn(4, 3, side, side) for side in (4, 8)]
    scaled = [f * 3 for f in features]
    source = log_distribution(features, [0, 1, 1, 0])
    assert distance_consistency(source, scaled, [0, 1, 1, 0]).item() == pytest.approx(0, abs=1e-6)


def test_random_layers_cover_all_layers_and_repeat_with_the_seed():
    drawn = random_layers(200, 5, torch.Generator().manual_seed(3))
    assert set(drawn) == set(range(5))
    assert drawn == random_layers(200, 5, torch.Generator().manual_seed(3))
