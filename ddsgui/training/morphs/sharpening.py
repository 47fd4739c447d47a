"""Sharpening, which adds the texture that a regression on mean absolute differences lacks.

A regression draws the average of all images that a latent could mean, which is soft. Sharpening then makes VGG-16's
activations of its images similar to those of real images: on average with moments (moments.py), for single images with
critics (critics.py). The colours of larger squares remain those of the soft generator, so that each latent remains the
same person and no person is lost.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.backbones import Backbone
from ddsgui.training.borders import border_loss
from ddsgui.training.losses import VGG_LAYERS, TrainingLoss, discriminator_loss, generator_loss, total_loss
from ddsgui.training.mixed_precision import half_convolutions
from ddsgui.training.modules import ADVERSARIAL_BETAS, drawing_from, placed
from ddsgui.training.morphs.critics import FeatureCritics, haar_wavelets, recolour
from ddsgui.training.morphs.losses import balanced_weight
from ddsgui.training.morphs.moments import FeatureMoments
from ddsgui.training.morphs.networks import MorphNetworks
from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.state import add_prefix, flatten_adam, restore_adam, restore_module, strip_prefix

GRID_CELLS = 16  # of the moments, along a side, at most
COLOUR_SQUARES_PX = (4, 8)  # sides of the squares whose mean colours stay
BALANCE_STEPS = 25  # between two measurements of the gradients
INITIAL_WEIGHT = 0.1  # of the critics' loss, until the first measurement


class Sharpening:
    """The training of a copy of the soft generator for sharper images, with moments and critics."""

    LOSSES = (
        TrainingLoss("moments"),
        TrainingLoss("kept", "colour_weight"),
        TrainingLoss("borders", "borders"),
        TrainingLoss("adversarial"),
        TrainingLoss("critics"),
        TrainingLoss("real"),
        TrainingLoss("fake"),
        TrainingLoss("r1", "critics_r1_every"),  # computed every few steps, with a larger weight
    )

    def __init__(
        self,
        settings: MorphSettings,
        networks: MorphNetworks,
        vgg: Backbone,
        rng: torch.Generator,
        half: bool,
    ) -> None:
        """networks: of the finished regression. vgg: VGG-16, on their device. half: of half_convolutions().

        rng: draws the critics' first weights, then latents and colours.
        """
        self.settings, self.networks, self.rng, self.half = settings, networks, rng, half
        self.soft, self.vgg = copy.deepcopy(networks.average), vgg
        self.moments = FeatureMoments(min(GRID_CELLS, networks.side // 4), len(VGG_LAYERS))
        with drawing_from(rng):
            self.critics = placed(FeatureCritics(), networks.device)
        self.adam = torch.optim.Adam(
            self.critics.parameters(), lr=settings.critics_rate, betas=ADVERSARIAL_BETAS
        )
        self.weight = INITIAL_WEIGHT
        self.steps = 0

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """Learn from a batch of real images [N, 3, R, R] in [-1, 1] and as many drawn, and return the losses."""
        networks = self.networks
        latents = torch.randn(len(real), self.settings.latent, generator=self.rng).to(networks.device)
        with torch.no_grad():
            ws = networks.generator.broadcast(networks.generator.mapping(latents))
            soft = self.soft.synthesis(ws, noise="none")
            with half_convolutions(self.half):
                real_features = self._features(real)
            self.moments.update_real(real_features[:-1])
        warming_up = self.steps < self.settings.critic_warmup_steps
        with torch.set_grad_enabled(not warming_up), half_convolutions(self.half):
            images = networks.generator.synthesis(ws, noise="none")
            features = self._features(images)
            fake = self._scaled(features)
        losses = {} if warming_up else self._generator_step(images, soft, features, fake)
        losses |= self._critics_step(self._scaled(real_features), [layer.detach() for layer in fake])
        self.steps += 1
        return losses

    @torch.no_grad()
    def blended(self) -> Generator:
        """Return a generator between the soft one and the average of the one that learns, at the settings' sharpness.

        Its weights are interpolated (Wang et al., "ESRGAN", ECCV Workshops 2018, Sec. 3.4): on the way from soft to
        sharp, sharpness comes before artefacts.
        """
        blended = copy.deepcopy(self.soft)
        pairs = zip(blended.parameters(), self.networks.average.parameters(), strict=True)
        for weight, sharp in pairs:
            weight.lerp_(sharp, self.settings.sharpness)
        return blended

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors for restore()."""
        own = {"weight": torch.tensor(self.weight, dtype=torch.float64), "steps": torch.tensor(self.steps)}
        return {
            **add_prefix("soft", self.soft.state_dict()),
            **add_prefix("critics", self.critics.state_dict()),
            **add_prefix("adam_critics", flatten_adam(self.adam)),
            **add_prefix("moments", self.moments.tensors()),
            **add_prefix("sharpener", own),
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the result of tensors(). Raises TrainingError if it does not fit."""
        restore_module(self.soft, strip_prefix(tensors, "soft"))
        restore_module(self.critics, strip_prefix(tensors, "critics"))
        restore_adam(self.adam, strip_prefix(tensors, "adam_critics"))
        self.moments.restore(strip_prefix(tensors, "moments"), self.networks.device)
        own = strip_prefix(tensors, "sharpener")
        try:
            self.weight, self.steps = float(own["weight"]), int(own["steps"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise TrainingError("The saved training is damaged.") from error

    def _generator_step(
        self, images: Tensor, soft: Tensor, features: list[Tensor], fake: list[Tensor]
    ) -> dict[str, Tensor]:
        """Train the generator. features: of its images; fake: the same, scaled for the critics."""
        moments, distance = self.moments.loss(features[:-1])
        colours = [F.avg_pool2d(images - soft, side).square().mean() for side in COLOUR_SQUARES_PX]
        self.critics.requires_grad_(False)
        adversarial = _mean([generator_loss(logits) for logits in self.critics(fake)])
        self.critics.requires_grad_(True)
        if self.steps % BALANCE_STEPS == 0:
            self.weight = balanced_weight(
                self.weight, self.settings.adversarial, images, moments, adversarial
            )
        losses = {
            "moments": moments,
            "kept": torch.stack(colours).sum(),
            "adversarial": adversarial,
        }
        if self.settings.borders:
            losses["borders"] = border_loss(images, soft)
        adam = self.networks.adam
        adam.zero_grad(set_to_none=True)
        total_loss(self.LOSSES, losses, self.settings, {"adversarial": self.weight}).backward()
        adam.step()
        return {**losses, "moments": distance}

    def _critics_step(self, real: list[Tensor], fake: list[Tensor]) -> dict[str, Tensor]:
        """Train the critics with scaled features of real and of drawn images."""
        settings = self.settings
        penalised = bool(settings.critics_r1) and self.steps % settings.critics_r1_every == 0
        if penalised:
            real = [layer.requires_grad_(True) for layer in real]
        real_logits, fake_logits = self.critics(real), self.critics(fake)
        pairs = zip(real_logits, fake_logits, strict=True)
        losses = {"critics": _mean([discriminator_loss(*pair) for pair in pairs])}
        if penalised:
            losses["r1"] = settings.critics_r1 / 2 * _squared_gradients(real_logits, real)
        self.adam.zero_grad(set_to_none=True)
        total_loss(self.LOSSES, losses, settings).backward()
        self.adam.step()
        return {
            **losses,
            "real": _mean([logits.mean() for logits in real_logits]),
            "fake": _mean([logits.mean() for logits in fake_logits]),
        }

    def _features(self, image: Tensor) -> list[Tensor]:
        """Return activations of VGG-16, of the image downscaled if it is large, and the wavelets last."""
        image = recolour(image, self.rng).contiguous()
        times = max(1, image.shape[-1] // self.settings.sharpen_side)
        return [*self.vgg(F.avg_pool2d(image, times), VGG_LAYERS), haar_wavelets(image)]

    def _scaled(self, features: list[Tensor]) -> list[Tensor]:
        """Return features with each channel scaled to about 1."""
        *layers, bands = features
        return [*(layer / size for layer, size in zip(layers, self.moments.scales(), strict=True)), bands]


def _mean(terms: list[Tensor]) -> Tensor:
    return torch.stack(terms).mean()


def _squared_gradients(logits: list[Tensor], features: list[Tensor]) -> Tensor:
    """Return squared lengths of the critics' gradients, summed over critics and averaged over the batch."""
    of_images = torch.stack([layer.mean((1, 2, 3)).sum() for layer in logits]).sum()
    gradients = torch.autograd.grad(of_images, features, create_graph=True)
    return torch.stack([gradient.square().sum((1, 2, 3)).mean() for gradient in gradients]).sum()
