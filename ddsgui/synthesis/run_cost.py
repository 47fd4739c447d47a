"""The arithmetic of a run, from its settings and the shape of its networks. Quick to import: no torch."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ddsgui.synthesis.settings import OptimizerSettings, backbone_side

# VGG-16's multiply-adds per pixel of its picture, up to and with the last convolution before each layer.
_VGG16_PER_PIXEL = {
    "relu1_1": 1_728,
    "relu1_2": 38_592,
    "relu2_1": 57_024,
    "relu2_2": 93_888,
    "relu3_1": 112_320,
    "relu3_2": 149_184,
    "relu3_3": 186_048,
    "relu4_1": 204_480,
    "relu4_2": 241_344,
    "relu4_3": 278_208,
}
_OTHER_BACKBONE_PER_PIXEL = 20_000  # AlexNet, about
BACKWARD_FACTOR = 3  # of forward and backward together, against forward alone


def run_cost(settings: OptimizerSettings, config: Mapping[str, Any]) -> float:
    """Return the multiply-adds of all iterations. config: GeneratorConfig.as_dict() of the target.

    It serves to compare runs with each other: what an iteration does besides its convolutions is left out.
    """
    side = int(config["resolution"])
    networks = 2 if settings.uses_source_generator else 1
    drawing = networks * _generator_cost(config)
    if settings.live:
        return 2 * drawing
    coarse = min(settings.coarse_iterations, settings.iterations * 2 // 3)
    total = 0.0
    for iterations, enlargement in ((coarse, 1), (settings.iterations - coarse, settings.enlargement)):
        seen = backbone_side(side, settings.upscale_to, settings.max_side, enlargement)
        total += iterations * (drawing + networks * _per_pixel(settings) * seen**2)
    return BACKWARD_FACTOR * total


def _per_pixel(settings: OptimizerSettings) -> float:
    if settings.backbone != "vgg16":
        return _OTHER_BACKBONE_PER_PIXEL
    deepest = max(_VGG16_PER_PIXEL.values())
    return max((_VGG16_PER_PIXEL.get(layer, deepest) for layer in settings.layers), default=deepest)


def _generator_cost(config: Mapping[str, Any]) -> float:
    """Return the multiply-adds of the 3×3 convolutions that draw one picture."""
    channels, side = list(config["channels"]), int(config["resolution"])
    first = side >> len(channels) - 1
    total = 9.0 * channels[0] ** 2 * first**2
    for level, (below, here) in enumerate(pairwise(channels), start=1):
        total += 9.0 * (below * here + here * here) * (first << level) ** 2
    return total
