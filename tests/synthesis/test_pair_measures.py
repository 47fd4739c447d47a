"""The measures that a seed wall is sorted by."""

from __future__ import annotations

import numpy as np
import pytest

from ddsgui.synthesis.pair_measures import mask_overlap, mean_difference


def test_the_difference_is_the_mean_of_all_channels() -> None:
    source, target = np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3), np.uint8)
    assert mean_difference(source, target) == 0
    target[0, 0] = 255, 0, 9
    assert mean_difference(source, target) == pytest.approx((255 + 9) / 12)
    assert mean_difference(target, source) == mean_difference(source, target)
    assert mean_difference(source, np.full_like(source, 255)) == 255


def test_the_overlap_is_intersection_over_union() -> None:
    first, second = np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8)
    assert mask_overlap(first, second) == 0
    first[:2] = 255
    assert mask_overlap(first, second) == 0 and mask_overlap(first, first) == 1
    second[1:3] = 200
    assert mask_overlap(first, second) == pytest.approx(1 / 3)
    second[1:3] = 100  # outside
    assert mask_overlap(first, second) == 0
