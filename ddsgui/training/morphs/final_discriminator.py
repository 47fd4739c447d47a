"""A discriminator for a finished generator, so that the domain can be adapted or trained on as a GAN."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor

from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.training.adversarial.growth import drawing_from
from ddsgui.training.adversarial.networks import placed
from ddsgui.training.augment import Augment
from ddsgui.training.losses import discriminator_loss, r1_penalty
from ddsgui.training.mixed_precision import half_convolutions
from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.state import add_prefix, flatten_adam, restore_adam, restore_module, strip_prefix

BETAS = (0.0, 0.99)


class FinalDiscriminator:
    """Learns to tell real pictures from those of a generator that stays as it is."""

    def __init__(
        self, settings: MorphSettings, device: torch.device, rng: torch.Generator, half: bool
    ) -> None:
        """rng draws the first weights, and the augmentation from then on; half: of half_convolutions()."""
        self.settings, self.half = settings, half
        with drawing_from(rng):
            config = DiscriminatorConfig(settings.resolution, settings.discriminator_channels)
            self.discriminator = placed(Discriminator(config), device)
        self.adam = torch.optim.Adam(self.discriminator.parameters(), lr=settings.judge_rate, betas=BETAS)
        self.augment = Augment(settings.judge_augment, "light", rng)

    def step(self, real: Tensor, fake: Tensor, number: int) -> dict[str, Tensor]:
        """One batch of each, [N, 3, R, R] in [-1, 1]; the step's number, from 0 on. Its losses."""
        with half_convolutions(self.half):
            of_real, of_fake = (self.discriminator(self.augment(x)) for x in (real, fake))
        total = discriminator_loss(of_real, of_fake)
        losses = {"discriminator": total, "real": of_real.mean(), "fake": of_fake.mean()}
        every = self.settings.judge_r1_every
        if self.settings.judge_r1 and number % every == 0:
            image = real.detach().requires_grad_(True)
            penalty = r1_penalty(self.discriminator(self.augment(image)), image, self.settings.judge_r1)
            losses["r1"] = penalty
            total = total + penalty * every  # seldom, so that many times as heavy
        self.adam.zero_grad(set_to_none=True)
        total.backward()
        self.adam.step()
        return losses

    def snapshot(self) -> Discriminator:
        """As it is now: a frozen copy."""
        return copy.deepcopy(self.discriminator).freeze()

    def tensors(self) -> dict[str, Tensor]:
        """All that restore() needs."""
        modules, adam = self.discriminator.state_dict(), flatten_adam(self.adam)
        return {**add_prefix("judge", modules), **add_prefix("adam_judge", adam)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """The inverse of tensors(). TrainingError if they do not fit."""
        restore_module(self.discriminator, strip_prefix(tensors, "judge"))
        restore_adam(self.adam, strip_prefix(tensors, "adam_judge"))
