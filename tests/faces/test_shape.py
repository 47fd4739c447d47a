from __future__ import annotations

import numpy as np
import pytest

from ddsgui.faces.mesh import OUTER_EYE_CORNERS, POINTS
from ddsgui.faces.shape import distance, exaggeration, normalised, shift_share


def some_faces(count: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0.2, 0.8, (count, POINTS, 2))


def test_place_size_and_tilt_do_not_count():
    faces = some_faces(3)
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    np.testing.assert_allclose(normalised(1.7 * faces @ turn.T + [0.1, -0.4]), normalised(faces), atol=1e-12)
    corners = normalised(faces)[:, list(OUTER_EYE_CORNERS)]
    np.testing.assert_allclose(corners, [[[-0.5, 0], [0.5, 0]]] * 3, atol=1e-12)


def test_the_distance_is_in_units_of_the_eyes_distance():
    shape = normalised(some_faces(1))[0]
    moved = np.stack([shape + np.array([0.3, 0.4]), shape])
    assert distance(moved, shape) == pytest.approx(0.25)


def test_exaggeration_is_the_slope_of_the_deviations():
    parents = normalised(some_faces(9))
    drawn = parents.mean(0) + 1.5 * (parents - parents.mean(0)) + [0.2, 0.1]
    assert exaggeration(drawn, parents) == pytest.approx(1.5)
    assert exaggeration(parents, parents) == pytest.approx(1)


def test_half_of_the_way_and_something_across_is_half_of_the_shift():
    wanted = np.zeros((POINTS, 2))
    wanted[:, 0] = 1
    half = np.full((POINTS, 2), 0.5)
    assert shift_share(half, wanted) == pytest.approx(0.5)
