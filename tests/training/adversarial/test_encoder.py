from __future__ import annotations

import math

import pytest
import torch

from ddsgui.synthesis.backbones import load_backbone
from ddsgui.training.adversarial.encoder import (
    DivergenceWeight,
    Encoder,
    kl_divergence,
    reconstruction_loss,
    sample_latent,
)


def test_the_divergence_matches_the_calculation_by_hand():
    standard = torch.zeros(2, 3)
    assert kl_divergence(standard, standard).item() == 0
    mean = torch.tensor([[1.0, 2.0], [0.0, 0.0]])
    log_variance = torch.tensor([[0.0, math.log(4)], [0.0, 0.0]])
    by_hand = ((1 + 4) / 2 + (4 - 1 - math.log(4)) / 2 + 0) / 2
    assert kl_divergence(mean, log_variance).item() == pytest.approx(by_hand)


def test_samples_have_the_requested_mean_and_variance():
    mean, log_variance = torch.full((20_000, 1), 3.0), torch.full((20_000, 1), math.log(0.25))
    drawn = sample_latent(mean, log_variance, torch.Generator().manual_seed(0))
    assert drawn.mean().item() == pytest.approx(3, abs=0.02)
    assert drawn.std().item() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("side", [8, 32, 128])
def test_an_encoder_reads_pictures_of_any_side(side):
    torch.manual_seed(0)
    mean, log_variance = Encoder(6, side)(torch.rand(2, 3, side, side) * 2 - 1)
    assert mean.shape == log_variance.shape == (2, 6)
    assert not torch.allclose(mean[0], mean[1])


def test_equal_pictures_have_no_loss_and_only_the_drawn_one_gets_gradients():
    vgg = load_backbone("vgg16")
    real = (torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1).requires_grad_()
    ours = real.detach().flip(0).requires_grad_()
    assert reconstruction_loss(vgg, real.detach(), real.detach()).item() == 0
    loss = reconstruction_loss(vgg, ours, real.detach())
    assert loss.item() > 0.1
    loss.backward()
    assert ours.grad is not None
    assert ours.grad.abs().sum() > 0


def test_the_weight_keeps_the_divergence_near_its_target():
    weight = DivergenceWeight(target=60, start=0.01)
    assert weight.update(61) == pytest.approx(0.01 * 1.003)
    assert weight.update(59) == pytest.approx(0.01)
    for _ in range(5000):
        weight.update(1000)
    assert weight.value == 10
    # A divergence that falls as its weight rises settles at the target.
    settled = DivergenceWeight(target=60, start=0.5)
    for _ in range(3000):
        settled.update(0.6 / settled.value)
    assert 0.6 / settled.value == pytest.approx(60, rel=0.01)
