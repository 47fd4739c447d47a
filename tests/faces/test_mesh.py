from __future__ import annotations

import cv2
import numpy as np
import pytest

from ddsgui import paths
from ddsgui.errors import LibraryError
from ddsgui.faces.mesh import FACE_68, OUTER_EYE_CORNERS, POINTS, FaceMesh
from ddsgui.images import read_image


@pytest.fixture(scope="module")
def mesh() -> FaceMesh:
    return FaceMesh()


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    path = sorted((paths.assets() / "examples" / "caricature").glob("*.png"))[0]
    return cv2.resize(read_image(path), (256, 256), interpolation=cv2.INTER_AREA)


def test_eyes_and_mouth_are_where_an_aligned_portrait_has_them(mesh, portrait):
    points = mesh.find(portrait)
    assert points is not None and points.shape == (POINTS, 2)
    left, right = points[list(OUTER_EYE_CORNERS)]
    np.testing.assert_allclose([left[1], right[1]], 0.48, atol=0.06)
    assert left[0] < 0.4 and right[0] > 0.6
    assert 0.62 < points[13, 1] < 0.8  # between the lips


def test_points_move_with_the_picture(mesh, portrait):
    moved = cv2.warpAffine(
        portrait, np.array([[1.0, 0, 8], [0, 1, 4]]), (256, 256), borderMode=cv2.BORDER_REPLICATE
    )
    before, after = mesh.find(portrait), mesh.find(moved)
    assert before is not None and after is not None
    np.testing.assert_allclose((after - before).mean(0), [8 / 256, 4 / 256], atol=0.006)


def test_no_face_no_points(mesh):
    rng = np.random.default_rng(0)
    assert mesh.find(rng.integers(0, 256, (128, 128, 3), dtype=np.uint8)) is None
    assert mesh.find(np.full((128, 128, 3), 90, np.uint8)) is None


def test_a_network_that_is_missing_or_damaged_is_named(tmp_path):
    path = tmp_path / "mesh.tflite"
    for content in (None, b"no network"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(LibraryError, match=r"mesh\.tflite"):
            FaceMesh(path)


def test_the_68_points_are_different_ones():
    assert len(set(FACE_68)) == len(FACE_68) == 68
