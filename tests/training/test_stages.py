from __future__ import annotations

import pytest

from ddsgui.errors import TrainingError
from ddsgui.training.stages import check_sides, check_widths, stage_sides, standard_widths


def test_sides_double_up_to_the_resolution():
    assert stage_sides(16, 128) == [16, 32, 64, 128]
    assert stage_sides(64, 64) == [64]
    assert standard_widths(16) == {"channels": (128, 128, 96), "discriminator_channels": (128, 128, 96)}


@pytest.mark.parametrize("sides", [[], [24, 48], [16, 64], [4, 8], [1024, 2048], [16.0, 32.0], ["a"]])
def test_sides_that_do_not_double_are_refused(sides):
    check_sides([16, 32, 64])
    with pytest.raises(TrainingError, match="must double"):
        check_sides(sides)


@pytest.mark.parametrize("widths", [(8, 8), (8, 8, 0), (8, 8, 8.0), (8, 8, 5000)])
def test_every_level_needs_a_width(widths):
    check_widths(16, (8, 8, 8), (1, 2, 4096))
    with pytest.raises(TrainingError, match="16 pixels need 3 widths between 1 and 4096"):
        check_widths(16, (8, 8, 8), widths)
