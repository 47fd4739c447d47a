from __future__ import annotations

import numpy as np
import pytest

from ddsgui.evaluation.portraits import face_shapes, measure_exaggeration
from ddsgui.faces.mesh import OUTER_EYE_CORNERS, POINTS, FaceMesh


def people(count: int = 12) -> list[np.ndarray]:
    shapes = np.random.default_rng(0).normal(0, 0.1, (count, POINTS, 2))
    shapes[:, OUTER_EYE_CORNERS[0]], shapes[:, OUTER_EYE_CORNERS[1]] = (-0.5, 0), (0.5, 0)
    return list(shapes)


def test_a_caricature_has_a_slope_above_one() -> None:
    portraits = people()
    mean = np.mean(portraits, 0)
    caricatures = [mean + 1.5 * (shape - mean) for shape in portraits]
    figures = measure_exaggeration(caricatures, portraits, [caricatures[0]])
    assert figures is not None
    assert figures.slope == pytest.approx(1.5)
    assert figures.from_mean_portrait == pytest.approx(1.5 * figures.parents_from_mean)
    assert figures.examples_from_mean is not None and figures.share_of_examples_shift == pytest.approx(
        0, abs=1e-9
    )


def test_people_without_a_face_are_left_out() -> None:
    portraits = people(3)
    figures = measure_exaggeration([None, *portraits[1:]], portraits)
    assert figures is not None and figures.faces == 2
    assert measure_exaggeration([None] * 3, portraits) is None


def test_noise_shows_no_face() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), np.uint8)
    assert face_shapes(noise, FaceMesh()) == [None]
