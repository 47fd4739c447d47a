from __future__ import annotations

import numpy as np
import pytest

from ddsgui.evaluation.pastes import PASTES, harmonised, laplacian
from ddsgui.synthesis.crossover import Crossover

SIDE = 32


@pytest.fixture
def crossover() -> Crossover:
    """A red source and a blue target, with some texture, and a mask in the middle."""
    textures = np.random.default_rng(0).integers(-20, 20, (2, SIDE, SIDE, 1))
    colours = np.array([(200, 60, 60), (60, 60, 200)])
    source, target = (textures + colours[:, None, None]).astype(np.uint8)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[8:24, 8:24] = 255
    return Crossover(source, target, mask, mask)


@pytest.mark.parametrize("name", PASTES)
def test_a_paste_keeps_the_target_far_from_the_mask(crossover: Crossover, name: str) -> None:
    image = PASTES[name](crossover)
    assert image.shape == crossover.target.shape and image.dtype == np.uint8
    corner = np.abs(image[:2, :2].astype(int) - crossover.target[:2, :2]).max()
    assert corner <= 64 and not np.array_equal(image, crossover.target)


@pytest.mark.parametrize("name", PASTES)
def test_an_empty_mask_gives_the_target(crossover: Crossover, name: str) -> None:
    empty = crossover.source_mask * 0
    image = PASTES[name](Crossover(crossover.source, crossover.target, empty, empty))
    assert np.abs(image.astype(int) - crossover.target).max() <= 1


def test_a_pyramid_mixes_gradually(crossover: Crossover) -> None:
    image = laplacian(crossover)
    middle, edge, outside = (image[8:24, column, 0].mean() for column in (16, 8, 0))
    assert middle > edge + 2 > outside + 4


def test_a_harmonised_part_has_the_targets_colours(crossover: Crossover) -> None:
    inside = crossover.source_mask > 127
    image, target = (a[inside].astype(float) for a in (harmonised(crossover), crossover.target))
    np.testing.assert_allclose(image.mean(0), target.mean(0), atol=4)
