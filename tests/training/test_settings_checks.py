from __future__ import annotations

import math
from dataclasses import dataclass

import pytest

from ddsgui.errors import TrainingError
from ddsgui.training.settings_checks import check_kinds, check_ranges, check_sides, check_widths


@dataclass
class Some:
    steps: int = 3
    rate: float = 0.5
    way: str = "short"
    quick: bool = True
    batch: tuple[int, ...] = (8, 4)


@pytest.mark.parametrize("change", [{"steps": 3.0}, {"steps": True}, {"rate": "1"}, {"way": 3}, {"quick": 1}])
def test_a_setting_is_of_its_kind(change):
    check_kinds(Some(rate=1))
    with pytest.raises(TrainingError, match=f"The setting {next(iter(change))} of a training cannot be"):
        check_kinds(Some(**change))


@pytest.mark.parametrize(
    "change", [{"rate": 1.5}, {"rate": math.nan}, {"batch": (8, 1)}, {"batch": (8, None)}]
)
def test_a_setting_lies_in_its_range(change):
    ranges = (("rate", 0, 1), ("batch", 2, 1e6))
    check_ranges(Some(), ranges)
    with pytest.raises(TrainingError, match=r"rate must lie between 0 and 1,|batch .* 2 and 1,000,000, not"):
        check_ranges(Some(**change), ranges)


@pytest.mark.parametrize("sides", [[], [24, 48], [16, 64], [4, 8], [1024, 2048]])
def test_sides_double(sides):
    check_sides([16, 32, 64])
    with pytest.raises(TrainingError, match="must double"):
        check_sides(sides)


@pytest.mark.parametrize("widths", [(8, 8), (8, 8, 0), (8, 8, 8.0), (8, 8, 5000)])
def test_each_level_has_a_width(widths):
    check_widths(16, (8, 8, 8), (1, 2, 4096))
    with pytest.raises(TrainingError, match="16 pixels need 3 widths between 1 and 4096"):
        check_widths(16, (8, 8, 8), widths)
