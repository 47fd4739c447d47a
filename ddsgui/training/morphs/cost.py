"""Costs of the steps of a training by morphs, in multiply-adds per image."""

from __future__ import annotations

from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.throughput import network_costs, vgg_cost


def image_cost(settings: MorphSettings, side: int) -> float:
    """Return the cost of one image of `side` pixels while the generator learns its images."""
    generator, _ = _networks(settings, side)
    total = 3 * generator
    if settings.perceptual and side >= settings.perceptual_side:
        # Forward of both images, backward to one, whose weights stand still.
        total += 3 * vgg_cost(min(side, settings.crop))
        if side > settings.crop and settings.half_every:
            total += 3 * vgg_cost(side // 2) / settings.half_every
    return total


def sharpening_cost(settings: MorphSettings) -> float:
    """Return the cost of one image during sharpening."""
    generator, _ = _networks(settings, settings.resolution)
    # Forward of both generators, backward of one; of VGG-16 forward to both images, backward to one.
    return 4 * generator + 3 * vgg_cost(min(settings.resolution, settings.sharpen_side))


def discriminator_cost(settings: MorphSettings) -> float:
    """Return the cost of one image while the final discriminator learns."""
    generator, discriminator = _networks(settings, settings.resolution)
    return generator + (6 + 8 / settings.discriminator_r1_every) * discriminator


def _networks(settings: MorphSettings, side: int) -> tuple[float, float]:
    return network_costs(settings.channels, settings.discriminator_channels, side)
