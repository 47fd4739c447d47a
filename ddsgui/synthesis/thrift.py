"""What would make a search fit into the memory that is free. Free of torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddsgui.synthesis.settings import DEFAULT_PRESET, OptimizerSettings

SMALLEST = 64  # pixels, below which a domain is nothing to mix


def lighter(settings: OptimizerSettings, config: Mapping[str, Any], free: int) -> str | None:
    """How to need less, as in "choose the preset fast"; None where nothing that can be chosen would fit.

    config: GeneratorConfig.as_dict() of the target. free: bytes.
    """
    if OptimizerSettings.from_preset(DEFAULT_PRESET).memory_estimate(config).fits(free):
        return f"choose the preset {DEFAULT_PRESET}"
    side, channels = config["resolution"], list(config["channels"])
    while side > SMALLEST:
        side, channels = side // 2, channels[:-1]
        if settings.memory_estimate({**config, "resolution": side, "channels": channels}).fits(free):
            return f"choose domains of {side} px at most"
    return None
