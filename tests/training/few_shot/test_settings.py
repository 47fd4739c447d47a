from __future__ import annotations

import json

import pytest

from ddsgui.errors import TrainingError
from ddsgui.training import augment
from ddsgui.training.few_shot.settings import POLICIES, AdaptationSettings


def test_defaults_are_the_published_values_except_half_the_learning_rate():
    settings = AdaptationSettings()
    published = {
        "batch": 4,
        "learning_rate": 0.002 / 2,
        "consistency": 1000,
        "anchors": 10,
        "anchor_noise": 0.1,
        "anchor_every": 4,
        "r1": 10,
        "r1_every": 16,
        "mixing": 0.9,
    }
    assert {name: getattr(settings, name) for name in published} == published


def test_settings_survive_json():
    settings = AdaptationSettings(steps=7, augmentation="few", symmetry=0)
    assert AdaptationSettings.from_dict(json.loads(json.dumps(settings.as_dict()))) == settings
    assert AdaptationSettings.from_dict({"steps": 3}) == AdaptationSettings(steps=3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"steps": 0}, "steps must be between 1 and 1,000,000"),
        ({"steps": 1.5}, "steps of an adaptation cannot be 1.5"),
        ({"steps": True}, "cannot be True"),
        ({"batch": 1}, "batch must be"),
        ({"learning_rate": "fast"}, "cannot be 'fast'"),
        ({"learning_rate": float("nan")}, "learning_rate must be"),
        ({"mixing": 1.5}, "mixing must be"),
        ({"augmentation": "much"}, "one of light, few"),
        ({"augmentation": 3}, "cannot be 3"),
        ({"wings": 2}, "no setting wings"),
    ],
)
def test_settings_that_make_no_sense_get_one_sentence(data, words):
    with pytest.raises(TrainingError, match=words) as caught:
        AdaptationSettings.from_dict(data)
    assert "\n" not in str(caught.value)


def test_the_augmentations_of_the_settings_are_the_available_ones():
    assert set(POLICIES) == set(augment.POLICIES)
