from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from ddsgui.errors import TrainingError
from ddsgui.training.morphs.cost import discriminator_cost, image_cost, sharpening_cost
from ddsgui.training.morphs.schedule import MorphSchedule
from ddsgui.training.morphs.settings import MorphSettings, StageLengths, split_budget
from ddsgui.training.stages import Stage
from ddsgui.training.throughput import Throughput


@pytest.fixture
def settings() -> MorphSettings:
    return MorphSettings.for_resolution(64, 105)


def test_settings_are_derived_from_a_resolution_and_a_total(settings):
    assert [stage.side for stage in settings.stages] == [32, 64]
    assert sum(stage.length for stage in settings.stages) == pytest.approx(105 / 1.13, abs=0.01)
    assert settings.sharpen == pytest.approx(0.08 * 105 / 1.13, abs=0.01)
    assert settings.discriminator == pytest.approx(0.05 * 105 / 1.13, abs=0.01)
    assert settings.channels == (128, 128, 96, 64, 48)
    short, long = (MorphSettings.for_resolution(128, m, "minutes").stages for m in (10, 100))
    assert [round(b.length / a.length, 1) for a, b in zip(short, long, strict=True)] == [10] * 3
    assert [stage.length for stage in long] == sorted(stage.length for stage in long)
    assert [stage.side for stage in split_budget(16, 10, "kimg").stages] == [16]
    assert split_budget(16, 10, "kimg").sharpen == 0
    assert [stage.side for stage in split_budget(64, 10, "kimg", 16).stages] == [16, 32, 64]


def test_settings_survive_as_json(settings):
    stages = (Stage(32, 1), Stage(64, 2.5))
    changed = replace(
        settings, batch=(4, 4, 2), unit="minutes", stages=stages, sharpen=2.0, discriminator=5.0
    )
    assert MorphSettings.from_dict(json.loads(json.dumps(changed.as_dict()))) == changed
    assert changed.words == [
        *("--method", "morphs", "--minutes", "32:1,64:2.5"),
        *("--set", "sharpen=2.0", "--set", "judge=5.0", "--set", "batch=[4,4,2]"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"batch": (8, 4, 1)},
        {"batch": (8, 4)},
        {"batch": (8, 4, 4.0)},
        {"discriminator_batch": True},
        {"discriminator_batch": 8.0},
        {"learning_rate": (1e-3, 1e-3, math.nan)},
        {"learning_rate": (1e-3, 1e-3, "fast")},
        {"end": math.nan},
        {"end": "low"},
        {"unit": "days"},
        {"discriminator": -1},
        {"discriminator": math.inf},
        {"sharpen": -1},
        {
            "sharpen": 1.0,
            "stages": (Stage(16, 1),),
            "channels": (8,) * 3,
            "discriminator_channels": (8,) * 3,
        },
        {"critic_warmup_steps": 1.5},
        {"crop": 48},
        {"crop": 0},
        {"seed": 2**63},
        {"morphs": (1.0,)},
        {"morphs": (0, 0, 0, 0)},
        {"morphs": (0.5, 0.5, -0.1, 0)},
        {"morphs": (0.5, 0.5, "a", 0)},
        {"channels": (8, 8)},
        {"channels": (8, 8, 8, 8, 0)},
        {"discriminator_channels": (8, 8, 8, 8, 8.5)},
        {"stages": ()},
        {"stages": (Stage(16, 1), Stage(64, 1))},
        {"stages": (Stage(24, 1), Stage(48, 1))},
        {"stages": (Stage(32, 1), Stage(64, -1))},
        {"stages": (Stage(32, 0), Stage(64, 0))},
        {"stages": (Stage(64, math.inf),)},
    ],
)
def test_absurd_settings_get_one_sentence(settings, change):
    with pytest.raises(TrainingError) as caught:
        replace(settings, **change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "broken", [{}, {"stages": 3}, {"stages": [[32]]}, {"stages": [["a", "b"]]}, {"morphs": 1}, {"unknown": 1}]
)
def test_a_document_without_valid_settings_is_refused(settings, broken):
    with pytest.raises(TrainingError):
        MorphSettings.from_dict({**settings.as_dict(), **broken} if broken else {})


def test_one_number_may_stand_for_all_sides(settings):
    known = settings.as_dict()
    same = MorphSettings.from_dict({**known, "batch": 5, "learning_rate": 0.001})
    assert {same.at(side).batch for side in (16, 64, 256)} == {5}
    three = MorphSettings.from_dict({**known, "batch": [4, 3, 2]})
    assert [three.at(side).batch for side in (16, 32, 64, 128, 1024)] == [4, 4, 3, 2, 2]
    with pytest.raises(TrainingError, match="a number, or three"):
        MorphSettings.from_dict({**known, "batch": [4, 3]})


def test_the_sides_stay_when_the_lengths_change(settings):
    longer = settings.with_lengths(StageLengths((Stage(32, 1), Stage(64, 9)), 2, 0.5), "minutes")
    assert (longer.unit, longer.sharpen, longer.discriminator) == ("minutes", 2, 0.5)
    with pytest.raises(TrainingError, match="stages of 32, 64 pixels"):
        settings.with_lengths(StageLengths((Stage(64, 1),), 0, 0), "kimg")


def test_a_schedule_counted_in_images_passes_through_all_stages():
    settings = replace(
        MorphSettings.for_resolution(64, 1),
        stages=(Stage(32, 0.064), Stage(64, 0.016)),
        sharpen=0.008,
        discriminator=0.008,
        batch=(16, 8, 8),
        discriminator_batch=8,
    )
    schedule = MorphSchedule(settings)
    whole = [image_cost(settings, 32) * 64, image_cost(settings, 64) * 16]
    whole += [sharpening_cost(settings) * 8, discriminator_cost(settings) * 8]
    assert (schedule.images, schedule.cost_left) == (96, pytest.approx(sum(whole)))
    schedule.advance(5)
    schedule.advance(5)
    assert (schedule.seen, schedule.step, schedule.progress, schedule.images) == (32, 2, 0.5, 96)
    assert schedule.cost_left == pytest.approx(sum(whole) - whole[0] / 2)
    schedule.advance(0)
    schedule.advance(0)
    assert schedule.progress == 1
    assert not schedule.done
    schedule.begin_next()
    assert (schedule.side, schedule.batch, schedule.is_sharpening, schedule.is_discriminating) == (
        64,
        8,
        False,
        False,
    )
    schedule.begin_next()
    assert (schedule.side, schedule.batch, schedule.is_sharpening, schedule.is_discriminating) == (
        64,
        8,
        True,
        False,
    )
    assert schedule.side_settings == settings.sharpening
    assert schedule.here.image_cost == sharpening_cost(settings)
    schedule.begin_next()
    assert (schedule.is_sharpening, schedule.is_discriminating) == (False, True)
    assert not schedule.done
    schedule.advance(0)
    assert schedule.done
    assert schedule.images == schedule.seen == 72
    restored = MorphSchedule(settings)
    restored.load_state_dict(schedule.state_dict())
    assert vars(restored) == vars(schedule)


def test_a_schedule_counted_in_minutes_passes_through_all_stages():
    schedule = MorphSchedule(MorphSettings.for_resolution(32, 35, "minutes"))
    assert schedule.images == 0
    assert schedule.seconds_left(Throughput()) == pytest.approx(35 * 60, abs=1)
    schedule.advance(20 * 30)
    assert schedule.progress == pytest.approx(0.5)
    assert schedule.images == pytest.approx(8 * 3.5, abs=1)
    assert schedule.seconds_left(Throughput()) == pytest.approx(25 * 60)
    schedule.advance(20 * 60)
    assert schedule.progress == 1
    schedule.begin_next()
    schedule.begin_next()
    assert (schedule.is_discriminating, schedule.progress) == (True, 0)
    assert schedule.seconds_left(Throughput()) == pytest.approx(60)
    for broken in ({}, {**schedule.state_dict(), "stage": 4}, {**schedule.state_dict(), "seen": "many"}):
        with pytest.raises(TrainingError):
            schedule.load_state_dict(broken)
