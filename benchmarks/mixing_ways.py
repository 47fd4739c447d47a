"""Ways of mixing that the benchmarks compare with pastes: live blends, and searches with one idea changed at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ddsgui.synthesis.blend_settings import BlendPart, BlendSettings
from ddsgui.synthesis.blending.live_blend import LiveBlend
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import PRESETS, OptimizerSettings, artists_preset

# The searches of the main table.
SEARCHES: dict[str, OptimizerSettings] = {name: PRESETS[name] for name in ("fast", "final", "official")}

_BEFORE = replace(PRESETS["official"], preset="fast", upscale_to=None, max_side=256, iterations=200)

FALLING = "from the target, Adam 0.1 falling to 0, 100 iterations"

# One idea after another, from what `fast` was to what it is.
IDEAS: dict[str, OptimizerSettings] = {
    "from the mean, own side, Adam 0.1, 200 iterations": _BEFORE,
    "from the target, Adam 0.1, 60 iterations": replace(_BEFORE, start="target", iterations=60),
    "from the target, Adam 0.05, 100 iterations": replace(
        _BEFORE, start="target", iterations=100, learning_rate=0.05
    ),
    FALLING: replace(_BEFORE, start="target", iterations=100, learning_rate=0.1),
    "from the target, L-BFGS, 100 iterations": replace(
        _BEFORE, start="target", iterations=100, algorithm="l-bfgs", learning_rate=0.1
    ),
    "the same, without the seam": replace(
        _BEFORE, start="target", iterations=100, algorithm="l-bfgs", learning_rate=0.1, skip_seam=True
    ),
    "the same at twice the side": replace(
        PRESETS["final"], iterations=100, coarse_iterations=0, reduced_precision=False
    ),
    "30 iterations at its own side, 14 at twice it": replace(PRESETS["fast"], reduced_precision=False),
    "the same in bfloat16 (`fast`)": PRESETS["fast"],
    "the same without relu4_2": replace(PRESETS["fast"], layers=("relu1_1", "relu1_2", "relu3_2")),
    "the same from the mean": replace(PRESETS["fast"], start="mean"),
    "the same with the window's strength, 2": artists_preset("fast"),
}


def live(blend: LiveBlend, sample: Sample, settings: BlendSettings) -> np.ndarray:
    """Blend a sample with settings."""
    return blend.blend([BlendPart(sample.source_mask, sample.target_mask, settings)]).image


LIVE: dict[str, BlendSettings] = {
    "live": BlendSettings(),
    "live, target's layers, 16 px": BlendSettings(16, "target"),
    "live, target's layers, 32 px": BlendSettings(32, "target"),
    "live, target's layers, 64 px": BlendSettings(64, "target"),
}
