"""A discriminator for a finished generator, so that the domain can be adapted, or trained further as a GAN."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor

from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig
from ddsgui.training.augment import Augment
from ddsgui.training.losses import TrainingLoss, discriminator_loss, r1_penalty, total_loss
from ddsgui.training.mixed_precision import half_convolutions
from ddsgui.training.modules import ADVERSARIAL_BETAS, drawing_from, placed
from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.state import add_prefix, flatten_adam, restore_adam, restore_module, strip_prefix


class FinalDiscriminator:
    """A discriminator that learns to tell real images from those of a generator that no longer changes."""

    LOSSES = (
        TrainingLoss("discriminator"),
        TrainingLoss("real"),
        TrainingLoss("fake"),
        TrainingLoss("r1", "discriminator_r1_every"),  # computed every few steps, with a larger weight
    )

    def __init__(
        self, settings: MorphSettings, device: torch.device, rng: torch.Generator, half: bool
    ) -> None:
        """rng: draws the first weights, then the augmentation. half: of half_convolutions()."""
        self.settings, self.half = settings, half
        with drawing_from(rng):
            config = DiscriminatorConfig(settings.resolution, settings.discriminator_channels)
            self.discriminator = placed(Discriminator(config), device)
        self.adam = torch.optim.Adam(
            self.discriminator.parameters(), lr=settings.discriminator_rate, betas=ADVERSARIAL_BETAS
        )
        self.augment = Augment(settings.discriminator_augment, "light", rng)

    def step(self, real: Tensor, fake: Tensor, number: int) -> dict[str, Tensor]:
        """Learn from a batch of each, [N, 3, R, R] in [-1, 1], and return the losses. number: of the step, from 0."""
        with half_convolutions(self.half):
            real_logits, fake_logits = (self.discriminator(self.augment(x)) for x in (real, fake))
        losses = {"discriminator": discriminator_loss(real_logits, fake_logits)}
        settings = self.settings
        if settings.discriminator_r1 and number % settings.discriminator_r1_every == 0:
            image = real.detach().requires_grad_(True)
            logits = self.discriminator(self.augment(image))
            losses["r1"] = r1_penalty(logits, image, settings.discriminator_r1)
        self.adam.zero_grad(set_to_none=True)
        total_loss(self.LOSSES, losses, settings).backward()
        self.adam.step()
        return {**losses, "real": real_logits.mean(), "fake": fake_logits.mean()}

    def snapshot(self) -> Discriminator:
        """Return the discriminator as it is now: a frozen copy."""
        return copy.deepcopy(self.discriminator).freeze()

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors for restore()."""
        modules, adam = self.discriminator.state_dict(), flatten_adam(self.adam)
        return {**add_prefix("judge", modules), **add_prefix("adam_judge", adam)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the result of tensors(). Raises TrainingError if it does not fit."""
        restore_module(self.discriminator, strip_prefix(tensors, "judge"))
        restore_adam(self.adam, strip_prefix(tensors, "adam_judge"))
