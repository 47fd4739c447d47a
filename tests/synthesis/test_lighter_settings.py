"""Advice on lighter settings must help if it is followed."""

from __future__ import annotations

import re

import pytest

from ddsgui.synthesis.settings import PRESETS, SMALLEST_SIDE_PX, OptimizerSettings, lighter_settings

WIDE = (512, 512, 512, 512, 512, 256, 128, 64, 32)


def config(side: int) -> dict:
    channels = list(WIDE[: side.bit_length() - 2])
    return {"resolution": side, "z_dim": 512, "w_dim": 512, "mapping_layers": 8, "channels": channels}


@pytest.mark.parametrize("preset", PRESETS)
def test_advice_fits_and_never_repeats_the_current_choice(preset: str) -> None:
    settings, seen = OptimizerSettings.from_preset(preset), set()
    for free in range(10**8, settings.memory_estimate(config(1024)).bytes, 10**8):
        advice = lighter_settings(settings, config(1024), free)
        if advice is None:
            assert not settings.memory_estimate(config(SMALLEST_SIDE_PX)).fits(free)
        elif advice == "choose the preset fast":
            assert preset != "fast"
            assert OptimizerSettings.from_preset("fast").memory_estimate(config(1024)).fits(free)
        else:
            (side,) = map(int, re.findall(r"^choose domains of (\d+) px at most$", advice))
            assert settings.memory_estimate(config(side)).fits(free)
            assert not settings.memory_estimate(config(2 * side)).fits(free)
        seen.add(advice)
    assert {None, "choose domains of 256 px at most"} <= seen
    assert ("choose the preset fast" in seen) == (preset == "paper")
