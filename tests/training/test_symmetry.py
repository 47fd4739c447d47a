from __future__ import annotations

import pytest
import torch

from ddsgui.training.symmetry import MirrorSymmetryPenalty


def test_a_batch_of_pictures_and_their_mirror_images_costs_nothing():
    pictures = torch.rand(3, 3, 8, 8)
    assert MirrorSymmetryPenalty().penalty(torch.cat([pictures, pictures.flip(3)])).item() == pytest.approx(
        0, abs=1e-6
    )


def test_the_penalty_matches_the_calculation_by_hand():
    picture = torch.zeros(1, 3, 64, 64)
    picture[:, :, :, :32] = 0.5  # differs from its mirror image by ±0.5 everywhere
    lopsided = MirrorSymmetryPenalty(momentum=0.25)
    assert lopsided.penalty(picture).item() == pytest.approx(3 * 64 * 64 * 0.25)
    # The running mean is now ¾·0.5 − ¼·0.5, while the batch leans to the other side.
    assert lopsided.penalty(picture.flip(3)).item() == pytest.approx(3 * 64 * 64 * 0.25 * -0.5)


def test_the_penalty_is_the_same_at_any_side_and_its_gradient_restores_symmetry():
    small = torch.zeros(1, 3, 8, 8)
    small[:, :, :, :4] = 0.5
    large = small.repeat_interleave(4, 2).repeat_interleave(4, 3).requires_grad_()
    penalty = MirrorSymmetryPenalty().penalty(large)
    assert penalty.item() == pytest.approx(MirrorSymmetryPenalty().penalty(small).item())
    penalty.backward()
    assert large.grad is not None
    assert (large.grad[:, :, :, :16] > 0).all()
    assert (large.grad[:, :, :, 16:] < 0).all()
