from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np
import pytest
import torch

from ddsgui.evaluation.similarity import carried_over, overlap, psnr, psnr_of_bytes, ssim, ssim_map
from ddsgui.synthesis.torchvision_compat import torchvision_models


@pytest.fixture
def reference() -> Any:
    """torchmetrics' functions, which take torchvision's seconds to import."""
    torchvision_models()
    return importlib.import_module("torchmetrics.functional.image")


@pytest.fixture
def pictures() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    first = rng.integers(0, 256, (40, 32, 3), np.uint8)
    return first, np.clip(first + rng.normal(0, 30, first.shape), 0, 255).astype(np.uint8)


def unit(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.astype(np.float64) / 255).movedim(-1, 0)[None]


def test_ssim_is_that_of_torchmetrics_inside_the_border(
    pictures: tuple[np.ndarray, np.ndarray], reference: Any
) -> None:
    options = {"sigma": 1.5, "kernel_size": 11, "k1": 0.01, "k2": 0.03, "data_range": 1.0}  # c1 1e-4, c2 9e-4
    answer = reference.structural_similarity_index_measure(
        *map(unit, pictures), return_full_image=True, **options
    )
    whole = answer[1][0].mean(0).numpy()
    np.testing.assert_allclose(ssim_map(*pictures)[5:-5, 5:-5], whole[5:-5, 5:-5], atol=1e-6)
    assert ssim(*pictures) == pytest.approx(ssim_map(*pictures).mean())


def test_psnr_is_that_of_torchmetrics(pictures: tuple[np.ndarray, np.ndarray], reference: Any) -> None:
    expected = reference.peak_signal_noise_ratio(*map(unit, pictures), data_range=1.0).item()
    assert psnr(*pictures) == pytest.approx(expected, rel=1e-6)


def test_equal_pictures_are_as_like_as_can_be(pictures: tuple[np.ndarray, np.ndarray]) -> None:
    picture, _ = pictures
    assert ssim(picture, picture) == pytest.approx(1)
    assert psnr(picture, picture) == pytest.approx(100)


def test_only_the_pixels_of_a_mask_count(pictures: tuple[np.ndarray, np.ndarray]) -> None:
    picture, noisy = pictures
    half = picture.copy()
    half[20:] = noisy[20:]
    upper = np.zeros(picture.shape[:2], bool)
    upper[:10] = True
    assert psnr(picture, half, upper) == pytest.approx(100)
    assert ssim(picture, half, upper) == pytest.approx(1)
    assert ssim(picture, half) < 0.99


def test_unlike_pictures_have_the_published_psnr_if_bytes_wrap_around() -> None:
    first, second = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), np.uint8)
    assert psnr_of_bytes(first, second) == pytest.approx(27.9, abs=0.05)
    assert psnr(first, second) < 8


def test_carried_over_runs_from_target_to_source(pictures: tuple[np.ndarray, np.ndarray]) -> None:
    source, target = pictures[0], 255 - pictures[0]
    mask = np.zeros(source.shape[:2], bool)
    mask[5:30, 5:30] = True
    assert carried_over(source, source, target, mask) == 1
    assert carried_over(target, source, target, mask) == 0
    half = ((source.astype(int) + target) / 2).astype(np.uint8)
    assert carried_over(half, source, target, mask) == pytest.approx(0.5, abs=0.02)
    assert math.isnan(carried_over(source, source, target, mask & False))


def test_masks_overlap_by_their_intersection_over_union() -> None:
    first, second = np.zeros((2, 8, 8), np.uint8)
    assert overlap(first, second) == 1
    first[:4], second[2:6] = 255, 255
    assert overlap(first, second) == pytest.approx(1 / 3)
