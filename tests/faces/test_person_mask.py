from __future__ import annotations

import cv2
import numpy as np
import pytest

from ddsgui import paths
from ddsgui.errors import LibraryError
from ddsgui.faces.person_mask import SIDE_PX, PersonMask, head_outline, on_plain_backdrop
from ddsgui.images import read_image


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    path = sorted((paths.assets() / "examples" / "caricature").glob("*.png"))[0]
    return cv2.resize(read_image(path), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def mask(portrait) -> np.ndarray:
    return PersonMask().find(portrait)


def disc(x: float, y: float, radius: float) -> np.ndarray:
    down, across = (np.mgrid[0:SIDE_PX, 0:SIDE_PX] + 0.5) / SIDE_PX
    return ((across - x) ** 2 + (down - y) ** 2 < radius**2).astype(np.float32)


def test_the_face_is_within_and_the_upper_corners_are_outside(mask):
    assert mask.shape == (SIDE_PX, SIDE_PX)
    assert mask.min() >= 0 and mask.max() <= 1
    assert mask[110:180, 100:156].min() > 0.9
    assert mask[:20, :20].max() < 0.1 and mask[:20, -20:].max() < 0.1


def test_the_person_stays_and_what_is_behind_them_becomes_smooth(portrait, mask):
    noisy = portrait.copy()
    outside = mask < 0.02
    noisy[outside] = np.random.default_rng(0).integers(60, 200, (int(outside.sum()), 3))
    plain = on_plain_backdrop(noisy, mask)
    assert np.array_equal(plain[110:180, 100:156], portrait[110:180, 100:156])
    steps, outside = np.abs(np.diff(plain.astype(int), axis=1)), mask == 0
    assert steps[outside[:, 1:] & outside[:, :-1]].max() <= 1


def test_a_picture_without_a_backdrop_gets_a_neutral_one():
    picture = np.full((SIDE_PX, SIDE_PX, 3), 200, np.uint8)
    everything = np.ones((SIDE_PX, SIDE_PX), np.float32)
    assert np.array_equal(on_plain_backdrop(picture, everything), picture)


def test_the_outline_is_a_circle_around_a_round_head():
    eyes = np.array([[0.4, 0.5], [0.6, 0.5]])
    outline = head_outline(disc(0.5, 0.5, 0.3), eyes)
    assert outline.shape == (17, 2)
    np.testing.assert_allclose(np.linalg.norm(outline - 0.5, axis=1), 0.3, atol=0.006)
    assert outline[0, 0] > outline[-1, 0]
    assert outline[8, 1] == outline[:, 1].min()


def test_points_beyond_the_edge_lie_on_it():
    eyes = np.array([[0.4, 0.3], [0.6, 0.3]])
    outline = head_outline(disc(0.5, 0.3, 0.4), eyes)
    assert outline.min() == pytest.approx(0.02)
    straight_up = outline[8]
    np.testing.assert_allclose(straight_up, [0.5, 0.02], atol=1e-6)


def test_a_network_that_is_missing_is_named(tmp_path):
    with pytest.raises(LibraryError, match=r"mask\.tflite"):
        PersonMask(tmp_path / "mask.tflite")
