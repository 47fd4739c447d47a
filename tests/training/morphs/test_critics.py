from __future__ import annotations

import torch

from ddsgui.training.morphs.critics import (
    BAND_SCALES,
    CHANNELS,
    FeatureCritics,
    coordinates,
    haar_wavelets,
    recolour,
)


def test_every_patch_of_a_layer_has_a_logit_that_depends_on_its_place():
    torch.manual_seed(0)
    critics = FeatureCritics()
    sides = (32, 16, 9, 16)
    features = [torch.randn(2, c, s, s) for c, s in zip(CHANNELS, sides, strict=True)]
    logits = critics(features)
    assert [layer.shape for layer in logits] == [(2, 1, 8, 8), (2, 1, 4, 4), (2, 1, 3, 3), (2, 1, 4, 4)]
    uniform = critics([torch.ones(1, c, 32, 32) for c in CHANNELS])
    for layer in uniform:
        assert not torch.allclose(layer[..., 2, 2], layer[..., 5, 5])


def test_coordinates_run_from_left_to_right_and_down():
    x, y = coordinates(2, 3)
    assert x.tolist() == [[-1, 0, 1]] * 2
    assert y.tolist() == [[-1] * 3, [1] * 3]


def test_wavelets_match_the_calculation_by_hand():
    picture = torch.tensor([[1.0, 2.0], [3.0, 5.0]]).expand(1, 3, 2, 2)
    flat, down, across, lattice = haar_wavelets(picture).reshape(4, 3)
    for band, wanted, scale in zip(
        (flat, down, across, lattice), (5.5, -2.5, -1.5, 0.5), BAND_SCALES, strict=True
    ):
        assert torch.allclose(band, torch.full((3,), wanted * scale))


def test_recolouring_changes_colours_and_keeps_shapes():
    picture = torch.rand(8, 3, 6, 6) * 2 - 1
    again = recolour(picture, torch.Generator().manual_seed(3))
    assert torch.equal(again, recolour(picture, torch.Generator().manual_seed(3)))
    grey = torch.full((8, 3, 4, 4), 0.2)
    shifted = recolour(grey, torch.Generator().manual_seed(3)) - grey  # a picture without colour or contrast
    assert 0 < shifted.abs().max() <= 0.15
    assert torch.allclose(shifted, shifted[:, :1, :1, :1].expand_as(shifted))
    # Saturation and contrast only scale, so that the order of lightness stays.
    lightness, before = again.mean(1).flatten(1), picture.mean(1).flatten(1)
    assert torch.equal(lightness.argsort(1), before.argsort(1))
