"""Cost of the steps of an adversarial training, in multiply-adds per image."""

from __future__ import annotations

from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.throughput import network_costs, vgg_cost


def step_cost(settings: AdversarialSettings, side: int) -> float:
    """Return the cost of one image of `side` pixels in a step of both networks."""
    generator, discriminator = network_costs(settings.channels, settings.discriminator_channels, side)
    # Forward and backward, of G once; of D by its input once, by its weights twice, and now and then for R1.
    total = 3 * generator + (2 + 6 + 8 / settings.r1_every) * discriminator
    if settings.encoder:
        total += 3 * settings.encoder_share * vgg_cost(min(side, 64))
    return total
