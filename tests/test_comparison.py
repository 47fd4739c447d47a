"""The difference of two pictures, and pictures of different sizes."""

from __future__ import annotations

import numpy as np
import pytest

from ddsgui.comparison import SAME, Comparison, fitted


def grey(value: int, height: int = 8, width: int = 8) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_pictures_of_one_size_are_compared_as_they_are() -> None:
    a, b = grey(10), grey(13)
    comparison = Comparison.of(a, b)
    assert comparison.a is a and comparison.b is b and not comparison.note
    assert (comparison.difference == 3).all() and comparison.mean_difference() == 3


def test_a_difference_has_no_sign_and_is_clipped_when_it_is_amplified() -> None:
    comparison = Comparison.of(grey(10), grey(110))
    assert (Comparison.of(grey(110), grey(10)).difference == comparison.difference).all()
    assert (comparison.amplified(2) == 200).all() and (comparison.amplified(4) == 255).all()


def test_the_mean_inside_the_mask_is_that_of_its_pixels() -> None:
    b = grey(0)
    b[:2] = 40
    mask = np.zeros((8, 8), np.uint8)
    mask[:4] = 255
    comparison = Comparison.of(grey(0), b)
    assert comparison.mean_difference() == pytest.approx(10)
    assert comparison.mean_difference(mask) == pytest.approx(20)
    assert "10.0" in comparison.words(mask) and "20.0" in comparison.words(mask)


def test_a_mask_of_another_size_is_brought_to_the_size_of_the_pictures() -> None:
    b = grey(0, 16, 16)
    b[:8] = 60
    mask = np.zeros((8, 8), np.uint8)
    mask[:4] = 255
    assert Comparison.of(grey(0, 16, 16), b).mean_difference(mask) == pytest.approx(60)


def test_without_a_mask_nothing_is_said_about_it() -> None:
    comparison = Comparison.of(grey(0), grey(1))
    empty = np.zeros((8, 8), np.uint8)
    assert comparison.mean_difference(empty) is None
    assert comparison.words(empty) == comparison.words()
    assert Comparison.of(grey(7), grey(7)).words() == SAME


def test_a_smaller_picture_is_enlarged_and_both_sizes_are_named() -> None:
    comparison = Comparison.of(grey(90, 8, 8), grey(90, 32, 32))
    assert comparison.a.shape == comparison.b.shape == (32, 32, 3)
    assert not comparison.difference.any()
    assert "8 × 8" in comparison.note and "32 × 32" in comparison.note


def test_a_picture_of_other_proportions_keeps_them() -> None:
    comparison = Comparison.of(grey(90, 8, 16), grey(90, 32, 32))
    assert comparison.a.shape == (32, 32, 3)
    assert (comparison.a[8:24] == 90).all() and not comparison.a[:8].any() and not comparison.a[24:].any()


def test_a_picture_that_fits_is_not_copied() -> None:
    image = grey(1)
    assert fitted(image, 8, 8) is image
