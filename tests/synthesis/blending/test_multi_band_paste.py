import numpy as np
import pytest

from ddsgui.rect import Rect
from ddsgui.synthesis.blending.multi_band_paste import REACH_CELLS, paste, paste_cell


@pytest.fixture
def pictures() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (64, 64, 3)).astype(np.uint8), rng.integers(0, 256, (64, 64, 3)).astype(
        np.uint8
    )


def disc() -> np.ndarray:
    y, x = np.mgrid[:64, :64]
    return ((x - 30) ** 2 + (y - 34) ** 2 < 18**2).astype(np.float32)


@pytest.mark.parametrize("feather", [0, 1, 4, 64])
def test_a_full_mask_is_the_source_and_an_empty_one_the_target(
    pictures: tuple[np.ndarray, np.ndarray], feather: int
) -> None:
    source, target = pictures
    np.testing.assert_allclose(
        paste(source, target, np.ones((64, 64), np.float32), feather), source, atol=1e-3
    )
    np.testing.assert_allclose(
        paste(source, target, np.zeros((64, 64), np.float32), feather), target, atol=1e-3
    )


def test_without_a_feather_it_cuts_and_pastes(pictures: tuple[np.ndarray, np.ndarray]) -> None:
    source, target = pictures
    pasted = paste(source, target, disc(), 0)
    np.testing.assert_array_equal(pasted, np.where(disc()[..., None] > 0, source, target))


def test_two_plain_colours_meet_without_a_step() -> None:
    source, target = np.full((64, 64, 3), 200, np.uint8), np.full((64, 64, 3), 50, np.uint8)
    pasted = paste(source, target, disc(), 4)
    steps = np.abs(np.diff(pasted[34, :, 0]))
    assert steps.max() < 60 < np.abs(np.diff(paste(source, target, disc(), 0)[34, :, 0])).max()
    assert pasted[34, 30, 0] == pytest.approx(200, abs=0.1)
    assert pasted[0, 63, 0] == pytest.approx(50, abs=0.1)


@pytest.mark.parametrize("feather", [1, 2, 4])
def test_a_crop_is_pasted_as_in_the_whole_picture(
    pictures: tuple[np.ndarray, np.ndarray], feather: int
) -> None:
    source, target = pictures
    whole = paste(source, target, disc(), feather)
    cell = paste_cell(feather, 64)
    crop = Rect(24, 16, 8, 8).grown(REACH_CELLS * cell, 64).reduced(cell).enlarged(cell)
    part = paste(source[crop.slices], target[crop.slices], disc()[crop.slices], feather)
    inside = Rect(24, 16, 8, 8)
    np.testing.assert_allclose(part[inside.relative_to(crop).slices], whole[inside.slices], atol=1e-3)
    assert crop.w < 64
