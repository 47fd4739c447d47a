"""Padding around pictures is found and removed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ddsgui.steps import result_of
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.stylegan.padding import centre_crop, common_picture_size, find_padding_steps, remove_padding

SQUARE = GeneratorConfig(32, 8, 8, 1, (8, 8, 8, 8))
CAR = replace(SQUARE, unpadded_size=(32, 24))


def test_the_padding_is_removed_around_the_middle() -> None:
    picture = np.arange(32 * 32 * 3, dtype=np.uint32).reshape(32, 32, 3)
    assert remove_padding(picture, SQUARE) is picture
    seen = remove_padding(picture, CAR)
    assert seen.shape == (24, 32, 3)
    assert np.array_equal(seen, picture[4:28])
    assert CAR.picture_size == (32, 24)
    assert SQUARE.picture_size == (32, 32)


def test_masks_and_enlarged_pictures_are_cropped_in_the_same_way() -> None:
    assert remove_padding(np.zeros((32, 32), np.uint8), CAR).shape == (24, 32)
    assert remove_padding(np.zeros((128, 128, 3), np.uint8), CAR).shape == (96, 128, 3)
    assert remove_padding(np.zeros((32, 32), np.uint8), replace(SQUARE, unpadded_size=(20, 32))).shape == (
        32,
        20,
    )


class Drawn(Generator):
    """A generator that draws noise within a window, and black around it."""

    def __init__(self, top: int, left: int, dark: float = -1.0) -> None:
        super().__init__(SQUARE)
        self.window = torch.full((32, 32), dark)
        self.inside = torch.zeros(32, 32, dtype=torch.bool)
        self.inside[top : 32 - top, left : 32 - left] = True
        self.synthesis.forward = self._draw  # type: ignore[method-assign]

    def _draw(self, ws: torch.Tensor, noise: str = "constant") -> torch.Tensor:
        picture = torch.rand(len(ws), 3, 32, 32)
        return torch.where(self.inside, picture, self.window)


@pytest.mark.parametrize(
    ("top", "left", "crop"),
    [(0, 0, None), (4, 0, (32, 24)), (0, 6, (20, 32)), (1, 1, None), (5, 0, (32, 24))],
)
def test_black_bars_are_found(top: int, left: int, crop: tuple[int, int] | None) -> None:
    assert result_of(find_padding_steps(Drawn(top, left))) == crop
    assert result_of(find_padding_steps(Drawn(top, left, dark=-0.92))) == crop


def test_dark_areas_that_are_not_bars_are_not_cropped() -> None:
    assert result_of(find_padding_steps(Drawn(8, 0, dark=-0.5))) is None
    assert result_of(find_padding_steps(Drawn(16, 16))) is None  # black all over
    assert (
        result_of(find_padding_steps(Drawn(6, 4))) is None
    )  # objects on black: padding is on two sides only
    assert result_of(find_padding_steps(Generator(replace(SQUARE, classes=2)))) is None


def test_the_middle_can_be_put_back_into_its_square() -> None:
    picture = np.random.default_rng(0).integers(1, 255, (32, 32, 3), np.uint8)
    back = np.zeros_like(picture)
    centre_crop(back, (32, 24))[:] = remove_padding(picture, CAR)
    assert np.array_equal(back[4:28], picture[4:28])
    assert not back[:4].any() and not back[28:].any()
    assert centre_crop(picture, (32, 32)) is picture


def test_the_common_size_is_what_both_domains_draw() -> None:
    assert common_picture_size(SQUARE, SQUARE) == (32, 32)
    assert common_picture_size(CAR, SQUARE) == common_picture_size(SQUARE, CAR) == (32, 24)
    assert common_picture_size(CAR, replace(SQUARE, unpadded_size=(24, 32))) == (24, 24)
