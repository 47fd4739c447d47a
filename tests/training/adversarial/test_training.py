from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import islice

import pytest
import torch
import torch.nn.functional as F

from ddsgui.errors import TrainingError
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.stylegan.ops import upsample
from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.adversarial.training import AdversarialTraining
from ddsgui.training.run_state import BaseTrainingStep
from ddsgui.training.stages import Stage
from ddsgui.training.state import load_state, save_state

SETTINGS = AdversarialSettings(
    stages=(Stage(8, 0.024), Stage(16, 0.04)),
    channels=(8, 8, 6),
    discriminator_channels=(8, 8, 6),
    latent=8,
    mapping_layers=2,
    batch=8,
    r1_every=2,
    fade_images=32,
    ema_images=50,
    late_side=16,
    warm_up=4,
)


def blobs(count: int = 40, side: int = 16) -> torch.Tensor:
    """Make dark pictures with a bright square at random places."""
    rng = torch.Generator().manual_seed(0)
    pictures = torch.full((count, 3, side, side), 40, dtype=torch.uint8)
    for picture, x, y in zip(
        pictures, *torch.randint(0, 10, (2, count), generator=rng).tolist(), strict=True
    ):
        picture[:, y : y + 6, x : x + 6] = 220
    return pictures


def weights(training: AdversarialTraining) -> list[torch.Tensor]:
    tensors, _ = training.state()
    return [tensors[key] for key in sorted(tensors)]


def test_a_training_grows_fades_and_ends(unbroken):
    training, steps = unbroken(False)
    assert [step.seen for step in steps] == [8, 16, 24, 32, 40, 48, 56, 64]
    assert {step.images for step in steps} == {64}
    assert [step.resolution for step in steps] == [8] * 3 + [16] * 5
    assert [step.fade for step in steps] == [1, 1, 1, 0, 0.25, 0.5, 0.75, 1]
    assert ["r1" in step.losses for step in steps] == [True, False, True, True, False, True, False, True]
    assert training.done
    assert list(training.steps()) == []
    generator, discriminator = training.generator(), training.discriminator()
    assert generator.config == GeneratorConfig(16, 8, 8, 2, (8, 8, 6))
    assert generator.w_mean.abs().sum() > 0
    assert not any(p.requires_grad for p in generator.parameters())
    assert discriminator(torch.zeros(2, 3, 16, 16)).shape == (2, 1)
    assert discriminator.rgb_smaller is None


def test_learning_rates_rise_at_the_start_of_every_stage():
    training = AdversarialTraining(blobs(), SETTINGS)
    rates = []
    for _ in training.steps():
        groups = training.networks.adams["generator"].param_groups
        rates.append([round(group["lr"], 6) for group in groups])
    early, late = SETTINGS.mapping_rate, SETTINGS.late_mapping_rate
    expected = [(0.25, early), (0.5, early), (0.75, early)]
    expected += [(0.25, late), (0.5, late), (0.75, late), (1, late), (1, late)]
    assert rates == [[pytest.approx(share * 0.002), pytest.approx(share * rate)] for share, rate in expected]


def test_growing_continues_with_the_pictures_of_the_average():
    training = AdversarialTraining(blobs(), SETTINGS)
    list(islice(training.steps(), 3))
    before = training.generator()
    z = torch.randn(2, 8)
    training.schedule.begin_next()
    training._begin_stage()
    after = training.networks.generator
    pictures = [g.synthesis(g.broadcast(g.mapping(z)), noise="none") for g in (before, after)]
    torch.testing.assert_close(pictures[1], upsample(pictures[0]))


def without_seconds(steps: list[BaseTrainingStep]) -> list[BaseTrainingStep]:
    return [replace(step, seconds=0) for step in steps]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory) -> Callable[[bool], tuple[AdversarialTraining, list[BaseTrainingStep]]]:
    """A function that runs a whole training, with or without an encoder, and saves its state after every step."""

    @cache
    def trained(encoder: bool) -> tuple[AdversarialTraining, list[BaseTrainingStep]]:
        training = AdversarialTraining(blobs(), replace(SETTINGS, encoder=encoder))
        steps = []
        for step in training.steps():
            steps.append(step)
            save_state(
                tmp_path_factory.getbasetemp() / f"{encoder}-{len(steps)}.safetensors", *training.state()
            )
        return training, steps

    return trained


@pytest.mark.parametrize(
    ("at", "encoder"),
    [(2, False), (3, False), (6, False), (5, True)],
    ids=["before growing", "when it grows", "while it fades in", "with an encoder"],
)
def test_a_resumed_training_equals_an_unbroken_one_to_the_last_bit(tmp_path_factory, unbroken, at, encoder):
    whole, steps = unbroken(encoder)
    torch.manual_seed(99)  # the global random numbers must not matter
    second = AdversarialTraining(blobs(), whole.settings)
    second.load(*load_state(tmp_path_factory.getbasetemp() / f"{encoder}-{at}.safetensors"))
    ended = list(second.steps())
    assert without_seconds(ended) == without_seconds(steps[at:])
    assert all(torch.equal(a, b) for a, b in zip(weights(second), weights(whole), strict=True))
    assert whole.state()[1] == second.state()[1]


def test_only_the_same_seed_gives_the_same_training():
    first, same, different = (
        AdversarialTraining(blobs(), replace(SETTINGS, seed=seed)) for seed in (0, 0, 1)
    )
    for training in (first, same, different):
        list(islice(training.steps(), 2))
    assert all(torch.equal(a, b) for a, b in zip(weights(first), weights(same), strict=True))
    assert not torch.equal(weights(first)[0], weights(different)[0])


def test_the_encoder_learns_to_reconstruct_pictures():
    settings = replace(SETTINGS, stages=(Stage(16, 1),), encoder=True, encoder_weight=5, learning_rate=0.01)
    steps = list(islice(AdversarialTraining(blobs(), settings).steps(), 24))
    early, late = (sum(step.losses["reconstruction"] for step in part) for part in (steps[:4], steps[-4:]))
    assert late < 0.8 * early


def test_a_training_learns_that_its_pictures_are_dark():
    dark = torch.full((40, 3, 8, 8), 30, dtype=torch.uint8)
    settings = replace(
        SETTINGS, stages=(Stage(8, 0.36),), channels=(8, 8), discriminator_channels=(8, 8), learning_rate=0.02
    )
    training = AdversarialTraining(dark, replace(settings, ema_images=100, augment=0.0, r1=1))
    means = []
    for _ in range(2):
        generator = training.generator()
        with torch.no_grad():
            ws = generator.broadcast(generator.mapping(torch.randn(16, 8)))
            means.append(generator.synthesis(ws).mean().item())
        list(training.steps())
    assert means[0] > -0.3
    assert means[1] < -0.5


def test_a_training_continues_from_a_domain():
    torch.manual_seed(4)
    start = (
        Generator(GeneratorConfig(8, 8, 8, 2, (8, 8))),
        Discriminator(DiscriminatorConfig(8, (8, 8))),
    )
    settings = replace(SETTINGS, stages=(Stage(8, 0), Stage(16, 0.016)), learning_rate=0.0, mapping_rate=0.0)
    training = AdversarialTraining(blobs(), replace(settings, late_mapping_rate=0.0), start=start)
    (first, _) = training.steps()
    assert (first.resolution, first.fade) == (16, 0)
    z = torch.randn(2, 8)
    drawn = [g.synthesis(g.broadcast(g.mapping(z)), noise="none") for g in (start[0], training.generator())]
    torch.testing.assert_close(drawn[1], upsample(drawn[0]))
    picture = torch.randn(4, 3, 16, 16)
    torch.testing.assert_close(
        training.networks.discriminator(picture, 0.0), start[1](F.avg_pool2d(picture, 2))
    )
    with pytest.raises(TrainingError, match="does not have the shape"):
        AdversarialTraining(blobs(), replace(settings, stages=(Stage(16, 1),)), start=start)


def test_trainings_that_cannot_begin_or_resume_are_refused():
    with pytest.raises(TrainingError, match="3 pictures are too few"):
        AdversarialTraining(blobs(3), SETTINGS)
    tensors, document = AdversarialTraining(blobs(), SETTINGS).state()
    training = AdversarialTraining(blobs(41), SETTINGS)
    with pytest.raises(TrainingError, match=r"40 pictures.*41"):
        training.load(tensors, document)
    with pytest.raises(TrainingError, match="not one of a base domain"):
        training.load(tensors, {**document, "training": "adaptation"})
    training = AdversarialTraining(blobs(), SETTINGS)
    with pytest.raises(TrainingError, match="damaged"):
        training.load(tensors, {k: v for k, v in document.items() if k != "seen"})
    wider = AdversarialTraining(blobs(), replace(SETTINGS, channels=(8, 10, 6)))
    with pytest.raises(TrainingError, match="other networks"):
        wider.load(tensors, document)


def test_a_training_that_diverges_is_stopped():
    training = AdversarialTraining(blobs(), SETTINGS)
    with torch.no_grad():
        next(training.networks.discriminator.parameters()).fill_(float("nan"))
    with pytest.raises(TrainingError, match="diverged after 8 images"):
        next(training.steps())


def test_an_encoder_can_be_added_or_left_out_on_resuming(unbroken):
    plain, with_encoder = unbroken(False)[0], unbroken(True)[0]
    for before, now in ((plain, True), (with_encoder, False)):
        longer = (SETTINGS.stages[0], Stage(16, 0.056))
        training = AdversarialTraining(blobs(), replace(SETTINGS, encoder=now, stages=longer))
        training.load(*before.state())
        (first, _) = training.steps()
        assert first.seen == 72
        assert ("reconstruction" in first.losses) == now
