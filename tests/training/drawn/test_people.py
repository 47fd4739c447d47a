from __future__ import annotations

import numpy as np
import pytest
import torch

from ddsgui.errors import TrainingError
from ddsgui.images import to_uint8
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.steps import result_of
from ddsgui.training.drawn import people
from ddsgui.training.drawn.people import check_people, draw_latents, find_people_steps, steadied


def test_latents_are_repeated_by_their_seed_and_are_nearer_to_the_mean_than_random_ones(parent):
    w = draw_latents(parent, 200, 5)
    assert torch.equal(w, draw_latents(parent, 200, 5)) and not torch.equal(w, draw_latents(parent, 200, 6))
    z = torch.randn(200, 8, generator=torch.Generator().manual_seed(1))
    random = parent.mapping(z)
    assert (w - parent.w_mean).norm(dim=1).mean() < 0.9 * (random - parent.w_mean).norm(dim=1).mean()


def test_pictures_without_a_face_are_left_out_and_counted(parent, seen, face):
    progress = []
    drawn = result_of(find_people_steps(parent, 40, 0), progress.append)
    assert (len(drawn.faces), drawn.faceless) == (30, 10)
    assert progress[-1] == (40, 40)
    assert len(drawn.w) == 30
    for w, person in zip(drawn.w, drawn.faces, strict=True):
        own = to_uint8(parent.synthesis(parent.broadcast(w[None])))[0]
        assert np.abs(person.image.astype(int) - own).max() <= 1
        np.testing.assert_allclose(person.points, face.points, atol=0.01)
        np.testing.assert_allclose(person.mean_points, np.mean([f.points for f in drawn.faces], 0))


def test_too_few_people_are_refused_with_both_numbers(parent, seen):
    drawn = result_of(find_people_steps(parent, 40, 0))
    with pytest.raises(TrainingError, match="30 of 40"):
        check_people(drawn)


def test_a_domain_without_faces_is_refused(parent, seen, monkeypatch):
    monkeypatch.setattr(people.FaceMesh, "find", lambda self, image: None)
    for count, drawn in ((4, 4), (1000, 64)):  # and soon
        with pytest.raises(TrainingError, match=f"No face was found in {drawn} "):
            result_of(find_people_steps(parent, count, 0))


def test_landmarks_lose_their_jitter_and_keep_what_the_latent_says():
    rng = np.random.default_rng(0)
    w = rng.normal(size=(400, 8))
    true = 0.5 + (w @ rng.normal(size=(8, 468 * 2)) * 0.01).reshape(400, 468, 2)
    jitter = rng.normal(size=true.shape) * 0.005
    steady = steadied(w, true + jitter)
    assert np.abs(steady - true).mean() < 0.6 * np.abs(jitter).mean()


def test_landmarks_of_a_few_people_stay_nearly_as_they_are():
    rng = np.random.default_rng(1)
    w, points = rng.normal(size=(60, 256)), rng.normal(size=(60, 468, 2))
    assert np.abs(steadied(w, points) - points).mean() < 0.25 * np.abs(points).mean()


def test_faces_of_the_bundled_portrait_are_found():
    generator = ModelCache(Library()).generator("portrait")
    drawn = result_of(find_people_steps(generator, 4, 0))
    assert (len(drawn.faces), drawn.faceless) == (4, 0)
    for face in drawn.faces:
        assert face.image.shape[:2] == (generator.config.resolution,) * 2
        assert 0.3 < face.points[33, 0] < 0.45 < face.points[152, 1] < 1  # an eye's corner, the chin
        assert face.person[128, 128] > 0.9 > 0.1 > face.person[10, 10]
