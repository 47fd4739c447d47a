from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.stylegan.generator import Generator
from ddsgui.training.drawn.pairs import Pairs
from ddsgui.training.drawn.settings import DrawnSettings
from ddsgui.training.drawn.training import DrawnTraining, face_focus, rate_factor
from ddsgui.training.pictures import as_images
from ddsgui.training.state import load_state, save_state

SETTINGS = DrawnSettings(steps=60, features=0, learning_rate=0.01)


def drawn(generator: Generator, w: Tensor) -> Tensor:
    with torch.no_grad():
        return generator.synthesis(generator.broadcast(w))


def still_noise(training: DrawnTraining) -> Tensor:
    return training.generator.get_buffer("synthesis.layers.4.noise_const")[0, 0]


def test_it_starts_as_the_parent(parent: Generator, pairs: Pairs):
    training = DrawnTraining(parent, pairs, settings=SETTINGS)
    assert torch.equal(drawn(training.generator, pairs.w), drawn(parent, pairs.w))


def test_pictures_come_nearer_to_the_wanted_ones(parent: Generator, pairs: Pairs):
    training = DrawnTraining(parent, pairs, settings=SETTINGS)
    wanted = as_images(pairs.pictures)
    before = (drawn(parent, pairs.w) - wanted).abs().mean()
    steps = list(training.steps())
    after = (drawn(training.generator, pairs.w) - wanted).abs().mean()
    assert after < 0.5 * before
    assert steps[-1].losses["loss"] < steps[0].losses["loss"]
    assert [step.step for step in steps] == list(range(1, 61)) and training.total == 60
    for name, value in training.generator.mapping.state_dict().items():
        assert torch.equal(value, parent.mapping.state_dict()[name])  # one latent stays one person


def test_lines_that_lie_still_are_in_the_noise_of_the_last_layers(parent: Generator, pairs: Pairs):
    stripe = np.tile(np.array([1, -1], np.float32), (16, 8))
    training = DrawnTraining(parent, pairs, [stripe], SETTINGS)
    before = still_noise(training)
    assert (before * torch.from_numpy(stripe)).mean() > 1
    assert not training.generator.get_buffer("synthesis.layers.3.noise_const").any()
    list(islice(training.steps(), 3))
    after = still_noise(training)
    assert not torch.equal(after, before) and (after * torch.from_numpy(stripe)).mean() > 1


def test_a_texture_that_every_picture_has_is_learnt(parent: Generator, pairs: Pairs):
    grain = torch.randint(0, 60, (1, 1, 16, 16), generator=torch.Generator().manual_seed(0))
    textured = Pairs(pairs.w, (pairs.pictures.float() * 0.7 + grain).byte())
    training = DrawnTraining(parent, textured, settings=SETTINGS)
    list(training.steps())
    images, mean = drawn(training.generator, pairs.w), as_images(textured.pictures).mean((0, 1))
    assert torch.corrcoef(torch.stack([images.mean((0, 1)).flatten(), mean.flatten()]))[0, 1] > 0.7


@pytest.mark.parametrize("features", [0.0, 0.5])
def test_a_saved_training_resumes_bit_for_bit(parent, pairs, tmp_path, features):
    settings = DrawnSettings(steps=8, features=features)
    whole = DrawnTraining(parent, pairs, settings=settings, seed=4)
    losses = [step.losses for step in whole.steps()]
    training = DrawnTraining(parent, pairs, settings=settings, seed=4)
    first = [step.losses for step in islice(training.steps(), 5)]
    save_state(tmp_path / "state.safetensors", *training.state())
    again = DrawnTraining(parent, pairs, settings=settings)
    again.load(*load_state(tmp_path / "state.safetensors"))
    assert (again.step, again.seed) == (5, 4)
    assert first + [step.losses for step in again.steps()] == losses
    ours, theirs = again.state()[0], whole.state()[0]
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_features_are_compared_at_every_second_step(parent, pairs):
    steps = list(DrawnTraining(parent, pairs, settings=DrawnSettings(steps=4)).steps())
    assert ["features" in step.losses for step in steps] == [True, False, True, False]


def test_a_state_of_another_training_is_refused(parent, pairs):
    training = DrawnTraining(parent, pairs, settings=SETTINGS)
    tensors, document = training.state()
    for broken in ({}, {"step": 1}, {**document, "step": "two"}):
        with pytest.raises(TrainingError, match="not one of a drawn domain"):
            training.load(tensors, broken)
    with pytest.raises(TrainingError, match="other networks"):
        training.load({"rng": tensors["rng"]}, document)


def test_a_training_that_diverges_is_ended(parent, pairs, monkeypatch):
    training = DrawnTraining(parent, pairs, settings=DrawnSettings(steps=40, learning_rate=1, features=0))
    with torch.no_grad():
        training._learner.synthesis.layers[0].bias.fill_(float("nan"))  # pyright: ignore
    with pytest.raises(TrainingError, match="diverged at step 1"):
        next(training.steps())


def test_the_rate_rises_stays_and_falls():
    factors = [rate_factor(step, 1000) for step in range(1000)]
    assert factors[0] < 0.05 and max(factors) == 1 and factors[-1] == 0.05
    assert factors[60] == factors[599] == 1 > factors[700]


def test_a_face_counts_more_than_its_corners():
    focus = face_focus(64)
    assert focus.mean().item() == pytest.approx(1) and focus[0, 36, 32] > 2 * focus[0, 2, 2]
