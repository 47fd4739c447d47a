from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.errors import TrainingError
from ddsgui.stylegan.generator import Generator, GeneratorConfig
from ddsgui.training.morphs.losses import balanced_weight, pixel_losses, sample_window
from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.morphs.training import MorphTraining, perceptual_now
from ddsgui.training.morphs.warp import pixel_centres
from ddsgui.training.run_state import BaseTrainingStep
from ddsgui.training.stages import Stage
from ddsgui.training.state import load_state, save_state
from ddsgui.training.throughput import Throughput

COUNT = 34
SETTINGS = MorphSettings(
    stages=(Stage(16, 0.016), Stage(32, 0.016)),
    channels=(8, 8, 6, 6),
    discriminator_channels=(8, 8, 6, 6),
    sharpen=0.032,
    discriminator=0.016,
    latent=8,
    mapping_layers=1,
    batch=(8, 8, 8),
    sharpen_batch=8,
    sharpen_side=16,
    critic_warmup_steps=1,
    discriminator_batch=8,
    warm_up=4,
    perceptual=0.0,
    crop=8,
    discriminator_r1_every=2,
    critics_r1_every=2,
)


def spots(side: int = 32) -> tuple[torch.Tensor, np.ndarray]:
    """Make pictures of bright spots at random places, and points around each spot; the last picture has none."""
    where = np.random.default_rng(0).uniform(0.3, 0.7, (COUNT, 2))
    squares = np.square(pixel_centres(side) - where[:, None]).sum(-1).reshape(-1, 1, side, side)
    pictures = torch.from_numpy(40 + np.exp(-squares / 0.02) * 180).byte().expand(-1, 3, -1, -1)
    points = where[:, None] + np.array([(-0.1, -0.1), (0.1, -0.1), (0.1, 0.1), (-0.1, 0.1)])
    points[-1] = np.nan
    return pictures.contiguous(), points


def make_training(settings: MorphSettings = SETTINGS, **options: object) -> MorphTraining:
    pictures, points = spots(settings.resolution)
    return MorphTraining(pictures, settings, points=points, **options)  # type: ignore[arg-type]


def without_seconds(steps: list[BaseTrainingStep]) -> list[BaseTrainingStep]:
    return [replace(step, seconds=0) for step in steps]


def weights(generator: Generator) -> torch.Tensor:
    """Return all weights of the synthesis as one vector."""
    return torch.cat([p.detach().flatten() for p in generator.synthesis.parameters()])


@pytest.fixture(scope="module")
def states(tmp_path_factory) -> Path:
    """The folder with the states of a whole training, one for each step."""
    return tmp_path_factory.mktemp("states")


@pytest.fixture(scope="module")
def unbroken(states) -> tuple[MorphTraining, list[BaseTrainingStep]]:
    """A whole training and its steps."""
    training, steps = make_training(), []
    for step in training.steps():
        steps.append(step)
        save_state(states / f"{len(steps)}.safetensors", *training.state())
    return training, steps


def test_a_training_passes_through_all_stages(unbroken):
    training, steps = unbroken
    assert [step.seen for step in steps] == [8, 16, 24, 32, 40, 48, 56, 64, 72, 80]
    assert {step.images for step in steps} == {80}
    assert [step.resolution for step in steps] == [16] * 2 + [32] * 8
    assert ["critics" in step.losses for step in steps] == [False] * 4 + [True] * 4 + [False] * 2
    # In the first sharpening step, moments and critics only observe.
    assert ["moments" in step.losses for step in steps] == [False] * 5 + [True] * 3 + [False] * 2
    assert ["r1" in step.losses for step in steps] == [False] * 4 + [True, False] * 3
    assert all(set(step.losses) <= {term.name for term in MorphTraining.LOSSES} for step in steps)
    assert training.done
    assert list(training.steps()) == []
    generator, discriminator = training.generator(), training.discriminator()
    assert generator.config == GeneratorConfig(32, 8, 8, 1, (8, 8, 6, 6))
    assert generator.w_mean.abs().sum() > 0
    assert not any(p.requires_grad for p in generator.parameters())
    assert discriminator is not None
    assert discriminator(torch.zeros(2, 3, 32, 32)).shape == (2, 1)
    assert len(training.pictures) == COUNT - 1  # one has no points
    assert training.schedule.seconds_left(Throughput()) == 0


@pytest.mark.parametrize("at", [1, 2, 4, 6, 8, 9])
def test_a_resumed_training_equals_an_unbroken_one_to_the_last_bit(states, unbroken, at):
    """Resume before and at growing, before and during sharpening, at the start of the discriminator, and after it."""
    whole, steps = unbroken
    torch.manual_seed(99)  # the global random numbers must not matter
    second = make_training()
    second.load(*load_state(states / f"{at}.safetensors"))
    assert without_seconds(list(second.steps())) == without_seconds(steps[at:])
    ours, theirs = second.state(), whole.state()
    assert ours[0].keys() == theirs[0].keys()
    assert all(torch.equal(ours[0][key], theirs[0][key]) for key in ours[0])
    assert {**ours[1], "stage_seconds": 0} == {**theirs[1], "stage_seconds": 0}


def test_the_same_seed_gives_the_same_training(unbroken):
    steps = make_training().steps()
    assert without_seconds([next(steps) for _ in range(5)]) == without_seconds(unbroken[1][:5])


def test_the_result_is_between_the_soft_and_the_sharp_generator():
    training = make_training(replace(SETTINGS, sharpness=0.25, discriminator=0.0))
    steps = training.steps()
    for _ in range(8):
        next(steps)
    sharpener = training.sharpening
    assert sharpener is not None
    drawn, soft, sharp = map(weights, (training.generator(), sharpener.soft, training.networks.average))
    assert not torch.equal(soft, sharp)
    assert torch.allclose(drawn, soft + 0.25 * (sharp - soft), atol=1e-6)
    assert list(steps) == []
    assert torch.equal(weights(training.generator()), drawn)


def test_resuming_without_sharpening_keeps_the_sharpened_weights(states, unbroken):
    sharpened = load_state(states / "7.safetensors")  # sharpened for some steps
    training = make_training()
    training.load(*sharpened)
    resumed = make_training(replace(SETTINGS, sharpen=0, discriminator=0))
    resumed.load(*sharpened)
    assert list(resumed.steps()) == [] and resumed.done
    assert torch.equal(weights(resumed.generator()), weights(training.generator()))


def test_a_training_learns_the_picture_of_a_latent():
    settings = replace(
        SETTINGS, stages=(Stage(8, 0.8),), channels=(8, 8), discriminator_channels=(8, 8), sharpen=0.0
    )
    training = make_training(
        replace(
            settings,
            discriminator=0.0,
            learning_rate=(0.02,) * 3,
            mapping_rate=(0.1,) * 3,
            ema_images=(100,) * 3,
        )
    )
    steps = list(training.steps())
    early, late = (sum(step.losses["pixels"] for step in part) for part in (steps[:5], steps[-5:]))
    assert late < 0.5 * early
    assert training.discriminator() is None
    with torch.no_grad():
        generator = training.generator()
        drawn = generator.synthesis(generator.broadcast(generator.mapping(training.morphs.codes[:8])))
    real = training.morphs.pictures[:8].float() / 127.5 - 1
    apart = torch.cdist(drawn.flatten(1), real.flatten(1))
    assert (apart.argmin(1) == torch.arange(8)).sum() >= 3  # 1 by chance


def test_the_perceptual_loss_starts_at_a_side_and_a_fraction_of_its_stage(unbroken):
    settings = replace(SETTINGS, perceptual=0.3, perceptual_side=16, perceptual_from=0.5)
    moments = [(8, 0.9), (16, 0.4), (16, 0.5), (32, 0.0)]
    assert [perceptual_now(settings, *moment) for moment in moments] == [False, False, True, True]
    assert not perceptual_now(replace(settings, perceptual=0.0), 32, 0.0)
    settings = replace(
        settings,
        stages=(Stage(16, 0.016),),
        channels=(8, 8, 6),
        discriminator_channels=(8, 8, 6),
        perceptual_from=0,
        sharpen=0,
        discriminator=0,
        half_every=2,
    )
    first, second = make_training(settings).steps()
    assert first.losses["perceptual"] > 0
    assert ("half" in first.losses, "half" in second.losses) == (True, False)


def test_a_training_ends_after_its_minutes():
    seconds = iter(range(1000))
    stages = (Stage(16, 0.1), Stage(32, 0.05))
    settings = replace(SETTINGS, unit="minutes", stages=stages, sharpen=0, discriminator=0.05)
    training = make_training(settings, clock=lambda: float(next(seconds)))
    steps = list(training.steps())
    assert [step.resolution for step in steps] == [16] * 6 + [32] * 6
    assert steps[5].images == pytest.approx(96)
    assert training.images == training.seen == 96


def test_learning_rates_rise_and_fall_in_every_stage():
    training = make_training(replace(SETTINGS, decay=0.5, end=0.1, warm_up=2, discriminator=0))
    rates = []
    for _ in training.steps():
        rates.append([group["lr"] for group in training.networks.adam.param_groups])
    here, sharpening = SETTINGS.at(16), SETTINGS.sharpening
    shares = [0.5, 1] * 2
    expected = [[share * here.learning_rate, share * here.mapping_rate] for share in shares]
    expected += [[share * sharpening.learning_rate, 0] for share in (0.5, 1, 1, 0.1 + 0.9 * 0.5)]
    assert rates == [pytest.approx(pair) for pair in expected]
    assert training.networks.adam.param_groups[0]["betas"] == (0.5, 0.99)


def test_pictures_need_no_points():
    pictures, _ = spots()
    training = MorphTraining(
        pictures, replace(SETTINGS, stages=(Stage(32, 0.008),), sharpen=0, discriminator=0)
    )
    assert len(training.pictures) == COUNT
    assert "points" not in training.state()[0]
    assert len(list(training.steps())) == 1


def test_trainings_that_cannot_begin_or_resume_are_refused(unbroken):
    pictures, points = spots()
    with pytest.raises(TrainingError, match="3 pictures are too few"):
        MorphTraining(pictures[:3], SETTINGS)
    with pytest.raises(TrainingError, match="Only 9 pictures"):
        MorphTraining(pictures[:9], SETTINGS, points=points[:9])
    tensors, document = unbroken[0].state()
    fresh = make_training()
    for broken, sentence in (
        ({**document, "training": "base"}, "not one by morphs"),
        ({**document, "pictures": 41}, "41 pictures"),
        ({k: v for k, v in document.items() if k != "seen"}, "damaged"),
    ):
        with pytest.raises(TrainingError, match=sentence):
            fresh.load(tensors, broken)
    with pytest.raises(TrainingError, match="other landmarks"):
        fresh.load({**tensors, "points": tensors["points"] + 0.1}, document)
    with pytest.raises(TrainingError, match="other networks"):
        fresh.load({**tensors, "codes": tensors["codes"][:, :4]}, document)
    with pytest.raises(TrainingError, match="other networks"):
        fresh.load({k: v for k, v in tensors.items() if not k.startswith("judge")}, document)


def test_a_training_that_diverges_is_stopped():
    training = make_training()
    with torch.no_grad():
        next(training.networks.generator.parameters()).fill_(float("nan"))
    with pytest.raises(TrainingError, match="diverged after 8 images"):
        next(training.steps())


def test_vgg_sees_large_images_downscaled_while_they_are_sharpened():
    pictures, points = spots()
    settings = replace(SETTINGS, stages=(Stage(32, 0.008),), sharpen=0.016, channels=(8, 8, 6, 6))
    drawn = {}
    for side in (16, 32, 64):
        training = MorphTraining(pictures, replace(settings, sharpen_side=side), points=points)
        next(steps := training.steps())
        next(steps)
        assert training.sharpening is not None
        *layers, wavelets = training.sharpening._features(torch.zeros(1, 3, 32, 32))
        drawn[side] = [layer.shape[-1] for layer in (*layers, wavelets)]
    assert drawn[32] == drawn[64]
    assert drawn[16] == [*(size // 2 for size in drawn[32][:-1]), drawn[32][-1]]


def test_both_stages_weigh_lines_along_the_borders(unbroken):
    losses = [step.losses for step in unbroken[1]]
    with_borders = ["borders" in step for step in losses]
    learning = ["pixels" in step or "kept" in step for step in losses]
    assert with_borders == learning
    assert any(learning)


def test_pixel_losses_match_the_calculation_by_hand():
    wanted = torch.zeros(1, 3, 8, 8)
    ours = wanted.clone()
    ours[..., 4:] = 1
    focus = torch.ones(1, 8, 8)
    losses = {name: float(loss) for name, loss in pixel_losses(ours, wanted, focus).items()}
    assert losses == {"pixels": 0.5, "coarse": 0.5, "edges": pytest.approx(1 / 7)}
    focus[..., 4:] = 3
    assert float(pixel_losses(ours, wanted, focus)["pixels"]) == 1.5


def test_windows_are_inside_and_more_often_near_the_middle():
    rng = torch.Generator().manual_seed(0)
    windows = [sample_window(32, 8, rng) for _ in range(400)]
    tops = torch.tensor([rows.start for rows, _ in windows])
    assert tops.min() == 0
    assert tops.max() == 24
    assert all(rows.stop - rows.start == columns.stop - columns.start == 8 for rows, columns in windows)
    assert ((tops - 12).abs() <= 4).float().mean() > 0.45
    assert sample_window(8, 8, rng) == (slice(0, 8), slice(0, 8))


def test_the_adversarial_weight_approaches_a_share_of_the_reconstructions_gradient():
    drawn = torch.ones(2, 3, requires_grad=True)
    weight = 1.0
    for _ in range(60):
        weight = balanced_weight(weight, 0.5, drawn, 4 * drawn.sum(), drawn.sum())
    assert weight == pytest.approx(2.0, abs=0.01)
    assert balanced_weight(1.0, 0.5, drawn, drawn.sum(), 1e-9 * drawn.sum()) == pytest.approx(0.9 + 0.1 * 20)
