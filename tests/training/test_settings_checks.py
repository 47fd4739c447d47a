from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from ddsgui.errors import TrainingError
from ddsgui.training.settings_checks import check_settings, keyed, setting, unkeyed


@dataclass
class Settings:
    steps: int = 3
    rate: float = setting(0.5, 0, 1)
    way: str = "short"
    quick: bool = True
    batch: tuple[int, ...] = setting((8, 4), 2, 1e6)
    weight: float = setting(1.0, 0, 10, key="heft")


@pytest.mark.parametrize("change", [{"steps": 3.0}, {"steps": True}, {"rate": "1"}, {"way": 3}, {"quick": 1}])
def test_a_setting_of_another_type_is_refused(change):
    check_settings(Settings(rate=1), "a training")
    with pytest.raises(TrainingError, match=f"The setting {next(iter(change))} of a training cannot be"):
        check_settings(Settings(**change), "a training")


@pytest.mark.parametrize(
    "change", [{"rate": 1.5}, {"rate": math.nan}, {"batch": (8, 1)}, {"batch": (8, None)}]
)
def test_a_setting_out_of_its_range_is_refused(change):
    check_settings(Settings(), "a training")
    with pytest.raises(TrainingError, match=r"rate must be between 0 and 1,|batch .* 2 and 1,000,000, not"):
        check_settings(Settings(**change), "a training")


def test_a_setting_keeps_its_name_in_files():
    settings = Settings(weight=2.0)
    assert keyed(settings)["heft"] == 2.0
    assert "weight" not in keyed(settings)
    assert Settings(**unkeyed(Settings, keyed(settings))) == settings
    assert unkeyed(Settings, {"unknown": 1}) == {"unknown": 1}
    with pytest.raises(TrainingError, match="heft must be"):
        check_settings(Settings(weight=11), "a training")
