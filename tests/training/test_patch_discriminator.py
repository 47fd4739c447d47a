from __future__ import annotations

import torch

from ddsgui.training.patch_discriminator import PatchDiscriminator, coordinates, draw_crop, recoloured


def test_each_patch_has_a_logit_that_hangs_on_where_it_lies():
    torch.manual_seed(0)
    patch, where = PatchDiscriminator(), coordinates(32)
    picture = torch.randn(2, 3, 16, 16)
    logits = patch(picture, where[:, :16, :16])
    assert logits.shape == (2, 1, 2, 2)
    assert not torch.allclose(logits, patch(picture, where[:, 16:, 16:]))


def test_x_runs_to_the_right_and_y_down():
    x, y = coordinates(5)
    assert x[2].tolist() == [-1, -0.5, 0, 0.5, 1]
    assert y[:, 2].tolist() == [-1, -0.5, 0, 0.5, 1]


def test_crops_lie_within_and_oftener_about_the_middle():
    rng = torch.Generator().manual_seed(0)
    windows = [draw_crop(32, 8, rng) for _ in range(400)]
    tops = torch.tensor([rows.start for rows, _ in windows])
    assert tops.min() == 0
    assert tops.max() == 24
    assert all(rows.stop - rows.start == columns.stop - columns.start == 8 for rows, columns in windows)
    assert ((tops - 12).abs() <= 4).float().mean() > 0.45
    assert draw_crop(8, 8, rng) == (slice(0, 8), slice(0, 8))


def test_recolouring_moves_nothing_and_hangs_on_the_given_numbers():
    picture = torch.rand(3, 3, 4, 4)
    one, two = (recoloured(picture, torch.Generator().manual_seed(2)) for _ in range(2))
    assert torch.equal(one, two)
    grey = picture.mean(1, keepdim=True)
    brighter = one.mean(1, keepdim=True) - grey
    torch.testing.assert_close(brighter, brighter[..., :1, :1].expand_as(brighter))
    assert brighter.abs().max() <= 0.1 + 1e-6
    ratio = (one - one.mean(1, keepdim=True)) / (picture - grey)
    assert ratio.min() >= 0.79
    assert ratio.max() <= 1.21
