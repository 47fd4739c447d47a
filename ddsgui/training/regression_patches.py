"""The texture that a mean of absolute differences leaves out: a discriminator of patches asks for it.

As in super-resolution (Ledig et al., CVPR 2017): beside a reconstruction, which says what is drawn, a small weight on
how real it looks.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.training.base_networks import placed
from ddsgui.training.growth import drawing_from
from ddsgui.training.losses import discriminator_loss, generator_loss, r1_penalty
from ddsgui.training.patch_discriminator import PatchDiscriminator, coordinates, recoloured
from ddsgui.training.precision import half_convolutions
from ddsgui.training.regression_losses import balanced
from ddsgui.training.regression_settings import RegressionSettings
from ddsgui.training.state import flatten_adam, named, restore_adam, restore_module, within

BETAS = (0.0, 0.99)
BALANCE_EVERY = 10  # steps from one measurement of the gradients to the next
FIRST_WEIGHT = 0.1  # of the loss, until it is measured
FADE_IN = 150  # steps until it has its full say

Window = tuple[slice, slice]


class PatchGame:
    """The patch discriminator, what it asks of the generator, and how it learns."""

    def __init__(
        self, settings: RegressionSettings, device: torch.device, rng: torch.Generator, half: bool
    ) -> None:
        """rng draws the first weights, and what recolours pictures from then on; half: of half_convolutions()."""
        self.settings, self.rng, self.half = settings, rng, half
        with drawing_from(rng):
            self.patch = placed(PatchDiscriminator(), device)
        self.adam = torch.optim.Adam(self.patch.parameters(), lr=settings.patch_rate, betas=BETAS)
        self.where = coordinates(settings.resolution).to(device)
        self.weight = FIRST_WEIGHT
        self.steps = 0

    def loss(self, drawn: Tensor, window: Window, reconstruction: Tensor) -> tuple[Tensor, Tensor]:
        """What it asks of the pictures [N, 3, R, R] that the generator drew: weighted, and as it is."""
        self.patch.requires_grad_(False)
        with half_convolutions(self.half):
            asked = generator_loss(self._judged(recoloured(_cut(drawn, window), self.rng), window))
        self.patch.requires_grad_(True)
        if self.steps % BALANCE_EVERY == 0:
            self.weight = balanced(self.weight, self.settings.adversarial, drawn, reconstruction, asked)
        return self.weight * min(1.0, self.steps / FADE_IN) * asked, asked

    def step(self, real: Tensor, drawn: Tensor, window: Window) -> dict[str, Tensor]:
        """Learn from a batch of each, [N, 3, R, R]: other pictures, but the same place. Its losses."""
        real, drawn = (_cut(image, window) for image in (real, drawn.detach()))
        with half_convolutions(self.half):
            of_real, of_fake = (self._judged(recoloured(x, self.rng), window) for x in (real, drawn))
        total = discriminator_loss(of_real, of_fake)
        losses = {"patch": total, "real": of_real.mean(), "fake": of_fake.mean()}
        every = self.settings.patch_r1_every
        if self.settings.patch_r1 and self.steps % every == 0:
            image = recoloured(real, self.rng).requires_grad_(True)
            logits = self._judged(image, window)
            # Of the mean logit, not of their sum.
            penalty = r1_penalty(logits, image, self.settings.patch_r1, logits[0].numel() ** 2)
            losses["r1"] = penalty
            total = total + penalty * every  # seldom, so that many times as heavy
        self.adam.zero_grad(set_to_none=True)
        total.backward()
        self.adam.step()
        self.steps += 1
        return losses

    def tensors(self) -> dict[str, Tensor]:
        """All that restore() needs."""
        own = {"weight": torch.tensor(self.weight, dtype=torch.float64), "steps": torch.tensor(self.steps)}
        patch, adam = named("patch", self.patch.state_dict()), named("adam_patch", flatten_adam(self.adam))
        return {**patch, **adam, **named("game", own)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """The inverse of tensors(). TrainingError if they do not fit."""
        restore_module(self.patch, within(tensors, "patch"))
        restore_adam(self.adam, within(tensors, "adam_patch"))
        own = within(tensors, "game")
        try:
            self.weight, self.steps = float(own["weight"]), int(own["steps"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise TrainingError("The saved training is damaged.") from error

    def _judged(self, image: Tensor, window: Window) -> Tensor:
        return self.patch(image, _cut(self.where, window))


def _cut(image: Tensor, window: Window) -> Tensor:
    rows, columns = window
    return image[..., rows, columns]
