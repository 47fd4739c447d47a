from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from ddsgui.errors import TrainingError
from ddsgui.training.adversarial.settings import AdversarialSettings, split_budget
from ddsgui.training.stages import Stage


@pytest.fixture
def settings() -> AdversarialSettings:
    return AdversarialSettings.for_resolution(64, 100)


def test_settings_are_derived_from_a_resolution_and_a_total(settings):
    assert [stage.side for stage in settings.stages] == [16, 32, 64]
    assert settings.images == pytest.approx(100_000, abs=3)
    assert settings.resolution == 64
    assert settings.channels == (128, 128, 96, 64, 48)
    assert settings.discriminator_channels == (128, 128, 96, 64, 32)
    larger = AdversarialSettings.for_resolution(128, 300, batch=4).stages
    assert [stage.length for stage in larger] == sorted(stage.length for stage in larger)


def test_settings_survive_as_json(settings):
    changed = replace(settings, batch=4, encoder=True, stages=(Stage(32, 1), Stage(64, 2.5)))
    assert AdversarialSettings.from_dict(json.loads(json.dumps(changed.as_dict()))) == changed


@pytest.mark.parametrize(
    "change",
    [
        {"batch": 1},
        {"batch": 4.0},
        {"batch": "16"},
        {"learning_rate": math.nan},
        {"learning_rate": "fast"},
        {"r1": -1},
        {"r1": True},
        {"encoder": 1},
        {"mixing": 1.1},
        {"seed": 2**63},
        {"channels": (8, 8)},
        {"channels": (8, 8, 8, 8, 0)},
        {"discriminator_channels": (8, 8, 8, 8, 8, 8)},
        {"stages": ()},
        {"stages": (Stage(16, 1), Stage(64, 1))},
        {"stages": (Stage(24, 1), Stage(48, 1))},
        {"stages": (Stage(32, 1), Stage(64, -1))},
        {"stages": (Stage(32, 0), Stage(64, 0))},
        {"stages": (Stage(64, math.inf),)},
        {"stages": (Stage(64, 1e9),)},
    ],
)
def test_absurd_settings_get_one_sentence(settings, change):
    with pytest.raises(TrainingError) as caught:
        replace(settings, **change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "broken", [{}, {"stages": 3}, {"stages": [[16]]}, {"stages": [["a", "b"]]}, {"unknown": 1}]
)
def test_a_document_without_valid_settings_is_refused(settings, broken):
    with pytest.raises(TrainingError):
        AdversarialSettings.from_dict({**settings.as_dict(), **broken} if broken else {})


@pytest.mark.parametrize(("odd", "near"), [(100, 128), (0, 16), (-5, 16), (4096, 1024), (65, 64)])
def test_the_error_for_an_odd_resolution_names_the_nearest(odd, near):
    with pytest.raises(TrainingError, match=f"nearest is {near}"):
        split_budget(odd, 10)


def test_the_resolution_stays_when_the_stages_change(settings):
    longer = settings.with_stages((Stage(32, 1), Stage(64, 9)))
    assert longer.images == 10_000
    with pytest.raises(TrainingError, match="64 pixels"):
        settings.with_stages((Stage(32, 1),))
