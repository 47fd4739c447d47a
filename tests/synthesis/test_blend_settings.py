import json
from typing import Any

import numpy as np
import pytest

from ddsgui.errors import OptimizerError
from ddsgui.rect import Rect
from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings


def test_settings_survive_json() -> None:
    settings = BlendSettings(32, "source", 0.5, 7, True)
    assert BlendSettings.from_dict(json.loads(json.dumps(settings.as_dict()))) == settings


@pytest.mark.parametrize(
    "change",
    [
        {"depth": 12},
        {"depth": 4},
        {"depth": 4096},
        {"depth": 16.0},
        {"last_layers": "both"},
        {"strength": 1.5},
        {"strength": -0.1},
        {"strength": float("nan")},
        {"strength": True},
        {"strength": "1"},
        {"feather": -1},
        {"feather": 10**6},
        {"feather": 1.5},
        {"match_colour": 1},
    ],
)
def test_absurd_settings_get_a_sentence(change: dict[str, Any]) -> None:
    with pytest.raises(OptimizerError, match=r"\.$"):
        BlendSettings(**change)


@pytest.mark.parametrize("data", [None, [], {"colour": "red"}])
def test_foreign_data_is_refused(data: object) -> None:
    with pytest.raises(OptimizerError):
        BlendSettings.from_dict(data)


def test_missing_settings_follow_the_size_of_the_picture() -> None:
    assert [BlendSettings().depth_in(side) for side in (32, 128, 1024)] == [32, 64, 64]
    assert [BlendSettings().feather_in(side) for side in (32, 128, 1024)] == [1, 4, 32]
    assert BlendSettings(16, feather=3).feather_in(1024) == 3


def test_a_part_covers_both_masks() -> None:
    source, target = np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8)
    source[0, 0], target[3, 3] = 255, 100
    part = BlendPart(source, target)
    assert part.is_visible
    assert part.mask(Rect(0, 0, 4, 4)).sum() == 355
    assert part.mask(Rect(1, 1, 2, 2)).sum() == 0
    assert not BlendPart(source, target, BlendSettings(strength=0)).is_visible
    assert not BlendPart(0 * source, 0 * target).is_visible
