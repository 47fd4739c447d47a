from __future__ import annotations

import pytest
import torch

from ddsgui.errors import TrainingError
from ddsgui.training.morphs.moments import FeatureMoments, centre_weights


def test_moments_match_the_calculation_by_hand():
    moments = FeatureMoments(1, 1)
    moments.update_real([torch.tensor([1.0, 3.0]).reshape(2, 1, 1, 1)])
    moments.update_real([torch.tensor([2.0, 2.0]).reshape(2, 1, 1, 1)])
    # Means of 1, 3, 2, 2 and of their squares: 2 and 4.5. Variances: 4.5 - 2², and that of 1, 9, 4, 4.
    spread = torch.tensor([0.5, 114 / 4 - 4.5**2]).sqrt() * 1.1 + 1e-3
    drawn = torch.tensor([3.0, 5.0]).reshape(2, 1, 1, 1).requires_grad_(True)
    target_loss, distance = moments.loss([drawn])
    weight = centre_weights(1)[0, 0]
    apart = (torch.tensor([4.0, 17.0]) - torch.tensor([2.0, 4.5])) / spread
    assert float(distance) == pytest.approx(float((apart.square() * weight).mean()))
    (slope,) = torch.autograd.grad(target_loss, drawn)
    # d distance / d f, since the moments are the means of f and of f² over two pictures.
    by_hand = [weight * ((apart / spread) * torch.tensor([0.5, f])).sum() for f in (3.0, 5.0)]
    assert slope.flatten().tolist() == pytest.approx([float(value) for value in by_hand])
    assert moments.scales()[0].item() == pytest.approx(4.5**0.5)


def test_earlier_drawn_pictures_count_too():
    moments = FeatureMoments(2, 1)
    moments.update_real([torch.randn(16, 3, 4, 4)])
    far, near = torch.randn(8, 3, 4, 4) + 9, torch.randn(8, 3, 4, 4)
    _, first = moments.loss([far])
    later = [float(moments.loss([near])[1]) for _ in range(40)]
    assert first > later[0] > later[-1]
    assert later[-1] < 0.1 * first


def test_following_the_gradient_reaches_the_real_moments():
    torch.manual_seed(1)
    moments = FeatureMoments(4, 1)
    moments.update_real([torch.randn(64, 2, 8, 8) * 2 + 1])
    drawn = torch.randn(64, 2, 8, 8, requires_grad=True)
    adam = torch.optim.Adam([drawn], lr=0.05)
    first = float(moments.loss([drawn])[1])
    for _ in range(150):
        target_loss, _ = moments.loss([drawn])
        adam.zero_grad()
        target_loss.backward()
        adam.step()
    assert moments.loss([drawn])[1] < 0.03 * first
    assert float(drawn.detach()[..., 2:6, 2:6].std()) == pytest.approx(2, abs=0.4)


def test_restored_moments_continue_the_same():
    first, second = FeatureMoments(2, 2), FeatureMoments(2, 2)
    layers = [torch.randn(4, 3, 4, 4), torch.randn(4, 5, 2, 2)]
    second.restore(first.tensors(), torch.device("cpu"))
    first.update_real(layers)
    first.loss(layers)
    second.restore(first.tensors(), torch.device("cpu"))
    assert torch.equal(first.loss(layers)[1], second.loss(layers)[1])
    with pytest.raises(TrainingError, match="damaged"):
        second.restore({k: v for k, v in first.tensors().items() if k != "drawn.1"}, torch.device("cpu"))
    with pytest.raises(TrainingError, match="damaged"):
        second.restore({**first.tensors(), "drawn.1": torch.zeros(3, 2, 2)}, torch.device("cpu"))


def test_the_middle_has_more_weight_than_the_corners():
    weight = centre_weights(16)
    assert weight.shape == (16, 16)
    assert weight[8, 8] == 1
    assert float(weight[0, 0]) == pytest.approx(0.1, abs=1e-6)
    assert torch.allclose(weight, weight.flip(1))
