from __future__ import annotations

import torch

from ddsgui.training.pictures import as_images, halved
from ddsgui.training.real_pictures import RealPictures

PICTURES = torch.randint(0, 256, (5, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_the_same_pictures_come_at_both_sides():
    real = RealPictures(PICTURES, mirror=False, rng=torch.Generator().manual_seed(1))
    for side in (4, 4, 8):
        small, large = real.draw(6, side)
        assert small.shape == (6, 3, side, side)
        for one, whole in zip(small, large, strict=True):
            number = next(i for i, p in enumerate(as_images(PICTURES)) if torch.equal(p, whole))
            assert torch.equal(one, as_images(halved(PICTURES, side))[number])


def test_half_of_them_are_mirrored():
    real = RealPictures(PICTURES[:1], mirror=True, rng=torch.Generator().manual_seed(1))
    _, large = real.draw(200, 4)
    plain = sum(torch.equal(one, as_images(PICTURES)[0]) for one in large)
    assert 70 < plain < 130
