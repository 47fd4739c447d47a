from __future__ import annotations

import pytest

from ddsgui.training.adversarial.cost import step_cost
from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.morphs.cost import discriminator_cost, image_cost, sharpening_cost
from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.stages import Stage
from ddsgui.training.throughput import Throughput

SETTINGS = AdversarialSettings(
    stages=(Stage(16, 1), Stage(32, 2)),
    channels=(128, 128, 96, 64),
    discriminator_channels=(128, 128, 96, 64),
)


def test_the_cost_of_a_step_matches_the_calculation_by_hand():
    tiny = AdversarialSettings(
        stages=(Stage(8, 1),), channels=(3, 2), discriminator_channels=(5, 4), r1_every=16
    )
    generator = 16 * 9 * 9 + 64 * 9 * (6 + 4)
    discriminator = 16 * 9 * 25 + 64 * 9 * 16 + 16 * 9 * 20
    assert step_cost(tiny, 8) == pytest.approx(3 * generator + 8.5 * discriminator)


def test_larger_pictures_cost_about_twice_as_much():
    assert 1.8 < step_cost(SETTINGS, 32) / step_cost(SETTINGS, 16) < 2.6


def test_vgg_makes_morphs_expensive_where_it_is_used():
    settings = MorphSettings.for_resolution(128, 1)
    ratios = [image_cost(settings, 2 * side) / image_cost(settings, side) for side in (32, 64)]
    assert 1.5 < ratios[0] < 3
    assert ratios[1] > 4
    without_vgg = MorphSettings.for_resolution(128, 1, perceptual=0.0)
    assert image_cost(without_vgg, 128) < 0.4 * image_cost(settings, 128)
    assert 2 < sharpening_cost(settings) / image_cost(settings, 128) < 4
    assert discriminator_cost(settings) < image_cost(settings, 128)


def test_the_time_left_includes_the_cost_of_later_stages():
    now = 0.0
    throughput = Throughput(clock=lambda: now)
    small, large = (step_cost(SETTINGS, side) for side in (16, 32))
    assert throughput.speed == 0
    assert throughput.seconds_for(1000) == 0
    for _ in range(20):
        now += 0.2
        throughput.step(small, 16)
    assert throughput.speed == pytest.approx(80)
    ratio = large / small
    assert throughput.seconds_for(680 * small + 2000 * large) == pytest.approx((680 + 2000 * ratio) / 80)
    now += 0.2 * ratio
    throughput.step(large, 16)
    assert throughput.speed == pytest.approx(80 / ratio)  # at this side only
    assert throughput.seconds_for(1984 * large) == pytest.approx(1984 / (80 / ratio))
    assert throughput.seconds_for(0) == 0
