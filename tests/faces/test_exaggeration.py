from __future__ import annotations

import numpy as np
import pytest

from ddsgui.faces.anatomy import EYES, MIDLINE
from ddsgui.faces.exaggeration import Warp, exaggerated, warp_towards
from ddsgui.faces.shape import exaggeration, normalised
from ddsgui.training.drawn.painters.painter import Face
from tests.training.drawn.conftest import face, faces

__all__ = ["face", "faces"]


def test_deviations_from_the_mean_face_become_larger(faces: list[Face]):
    moved = []
    for person in faces:
        wanted = exaggerated(person.points, person.mean_points, 1.6)
        moved.append(warp_towards(person.points, wanted).move(person.points))
    slope = exaggeration(
        normalised(np.stack(moved)), normalised(np.stack([person.points for person in faces]))
    )
    assert 1.3 < slope < 1.7


def test_the_mean_face_stays_however_it_is_turned(face: Face):
    turned = (face.mean_points - 0.5) @ np.array([[0.9, 0.2], [-0.2, 0.9]]) + 0.52
    np.testing.assert_allclose(exaggerated(turned, face.mean_points, 2.5), turned, atol=1e-9)


def test_a_turned_head_is_turned_less_far_than_a_wide_face_becomes_wide(face: Face):
    mean = face.mean_points
    middle = mean[list(MIDLINE)].mean(0)
    wider = middle + (mean - middle) * (1.06, 1)
    turned = mean + 0.03 * np.exp(-np.square(mean - middle).sum(1, keepdims=True) / 0.02) * (1, 0)
    further = [
        np.linalg.norm(normalised(exaggerated(points, mean, 2)) - normalised(mean))
        / np.linalg.norm(normalised(points) - normalised(mean))
        for points in (wider, turned)
    ]
    assert further[0] > 1.25 * further[1] > 1.25


def test_eyes_grow(face: Face):
    wide = exaggerated(face.points, face.points, 1, eyes=1.5)
    for eye in EYES:
        before, after = (np.ptp(points[list(eye)], axis=0) for points in (face.points, wide))
        assert (after > 1.3 * before).all()


@pytest.mark.parametrize("amount", [0.0, 2.5])
def test_a_warp_never_folds(faces: list[Face], amount: float):
    line = np.linspace(0.02, 0.98, 150)
    places = np.stack(np.meshgrid(line, line), -1)
    for person in faces:
        wanted = exaggerated(person.points, person.mean_points, amount, eyes=1.6)
        moved = warp_towards(person.points, wanted).move(places.reshape(-1, 2)).reshape(places.shape)
        right, down = (moved[:-1, 1:] - moved[:-1, :-1]), (moved[1:, :-1] - moved[:-1, :-1])
        areas = right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0]
        assert areas.min() > 0


def test_an_image_follows_the_points():
    dot = np.zeros((128, 128), np.float32)
    dot[63:65, 63:65] = 1
    points = np.stack(np.meshgrid([0.42, 0.5, 0.58], [0.42, 0.5, 0.58]), -1).reshape(-1, 2)
    warp = Warp(points, points + np.array([[0.03, 0.01]]))
    (bent,) = warp.bend(dot)
    centres = (np.arange(128) + 0.5) / 128
    place = [(bent.sum(axis) * centres).sum() / bent.sum() for axis in (0, 1)]
    np.testing.assert_allclose(place, warp.move(np.array([[0.5, 0.5]]))[0], atol=0.002)
    assert place[0] > 0.515
