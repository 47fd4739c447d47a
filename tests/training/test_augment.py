from __future__ import annotations

import pytest
import torch

from ddsgui.training.augment import POLICIES, AdaptiveStrength, Augment


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_strength_0_does_not_change_pictures():
    x = torch.randn(2, 3, 16, 16)
    assert Augment(0.0, "few")(x) is x


@pytest.mark.parametrize("policy", POLICIES)
def test_pictures_are_changed_independently_and_a_seed_repeats_the_changes(policy):
    x = torch.rand(1, 3, 16, 16).expand(4, -1, -1, -1)
    out = Augment(1.0, policy, seeded())(x)
    assert out.shape == x.shape
    assert all(not torch.equal(out[0], picture) for picture in out[1:])
    assert torch.equal(out, Augment(1.0, policy, seeded())(x))


def test_strength_is_the_fraction_of_pictures_that_a_change_applies_to():
    x = torch.zeros(4000, 3, 8, 8)  # on a plain picture only the brightness is visible
    brighter = Augment(0.3, "light", seeded())(x).flatten(1)
    assert (brighter[:, 0] != 0).float().mean().item() == pytest.approx(0.3, abs=0.03)
    assert brighter.abs().max().item() <= 0.15 + 1e-6
    assert brighter.mean().item() == pytest.approx(0, abs=0.005)


def test_pictures_are_not_mirrored():
    x = torch.zeros(100, 3, 8, 8)
    x[..., :4] = 1
    out = Augment(1.0, "few", seeded())(x)
    assert (out[..., 0].mean((1, 2)) > out[..., -1].mean((1, 2))).all()


def test_a_shift_moves_by_an_eighth_at_most_and_mirrors_the_edge():
    augment = Augment(1.0, "few", seeded())
    column = torch.arange(16.0).expand(200, 3, 16, 16)
    moved = augment._shift(column)
    first = moved[:, 0, 0, :]
    assert set(first[:, 8].tolist()) == {6, 7, 8, 9, 10}
    assert first[first[:, 8] == 6][0, :4].tolist() == [2, 1, 0, 1]


def test_cutout_hides_a_square_in_middle_grey():
    x = torch.ones(500, 3, 16, 16)
    hidden = (Augment(1.0, "few", seeded())._cut(x) == 0).all(1)
    assert hidden.sum((1, 2)).max() == 16  # 4 × 4 of 16 × 16
    assert hidden.sum((1, 2)).min() >= 4  # a quarter of the square is visible in a corner
    assert hidden.any(0).all()  # anywhere
    torch.testing.assert_close(Augment(1.0, "light")._cut(x), x)


def test_colour_keeps_grey_grey_and_contrast_keeps_the_mean():
    grey = torch.rand(3, 1, 8, 8).expand(-1, 3, -1, -1)
    out = Augment(1.0, "light", seeded())._colour(grey)
    torch.testing.assert_close(out[:, 0], out[:, 2])
    few = Augment(1.0, "few", seeded())
    changed = few._colour(grey)
    shift = changed.mean((1, 2, 3)) - grey.mean((1, 2, 3))
    assert shift.abs().max() <= POLICIES["few"].brightness + 1e-6


def test_second_derivatives_exist():
    x = torch.rand(4, 3, 16, 16, requires_grad=True)
    score = Augment(1.0, "few", seeded())(x).pow(3).sum()
    (slope,) = torch.autograd.grad(score, x, create_graph=True)
    (second,) = torch.autograd.grad(slope.square().sum(), x)
    assert torch.isfinite(second).all()
    assert second.abs().sum() > 0


def test_the_controller_rises_falls_and_stays_within_its_bounds():
    ada = AdaptiveStrength(target=0.6, kimg=0.1, every=2, most=0.8)
    known, unknown = torch.full((10, 1), 2.0), torch.full((10, 1), -2.0)
    assert ada.update(known) == 0  # it decides after two batches
    assert ada.update(known) == pytest.approx(0.2)  # 20 pictures of 100
    mixed = torch.cat([known[:9], unknown[:1]])  # mean sign 0.8
    for _ in range(10):
        ada.update(mixed)
    assert ada.strength == pytest.approx(0.8)
    ada.update(mixed)
    ada.update(unknown)  # mean sign -0.1
    assert ada.strength == pytest.approx(0.6)
    for _ in range(10):
        ada.update(unknown)
    assert ada.strength == 0


def test_the_controller_continues_from_its_state():
    first, second = AdaptiveStrength(every=4), AdaptiveStrength(every=4)
    for _ in range(6):
        first.update(torch.ones(4, 1))
    second.load_state_dict(first.state_dict())
    assert first.update(torch.ones(4, 1)) == second.update(torch.ones(4, 1))
    assert first.update(torch.ones(4, 1)) == second.update(torch.ones(4, 1))
    assert second.state_dict() == first.state_dict()
