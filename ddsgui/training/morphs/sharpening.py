"""The texture that a mean of absolute differences leaves out.

A regression draws the average of all that a latent could mean, which is soft. Once it is finished, its pictures of
random latents are led to where VGG-16 sees in them what it sees in real ones: on average by moments
(feature_moments.py), one by one by critics (feature_critics.py). Colours of larger squares stay those that the
soft generator draws, so that nobody becomes somebody else, and none is left out.
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
from ddsgui.training.adversarial.encoder import LAYERS
from ddsgui.training.adversarial.growth import drawing_from
from ddsgui.training.adversarial.networks import placed
from ddsgui.training.losses import discriminator_loss, generator_loss
from ddsgui.training.mixed_precision import half_convolutions
from ddsgui.training.morphs.critics import FeatureCritics, recolour, wavelets
from ddsgui.training.morphs.losses import balanced_weight
from ddsgui.training.morphs.moments import FeatureMoments
from ddsgui.training.morphs.networks import MorphNetworks
from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.state import add_prefix, flatten_adam, restore_adam, restore_module, strip_prefix

GRID_CELLS = 16  # cells of the moments along a side, at most
COLOUR_SQUARES_PX = (4, 8)  # pixels, over which colours are averaged and held
BALANCE_STEPS = 25  # steps from one measurement of the gradients to the next
INITIAL_WEIGHT = 0.1  # of the critics' loss, until it is measured
BETAS = (0.0, 0.99)


class Sharpening:
    """Moments, critics and the soft generator; leads another, which begins as it, to sharper pictures."""

    def __init__(
        self,
        settings: MorphSettings,
        networks: MorphNetworks,
        vgg: Backbone,
        rng: torch.Generator,
        half: bool,
    ) -> None:
        """networks: of the finished regression. vgg: VGG-16, on their device. half: of half_convolutions().

        rng draws the critics' first weights, then latents and colours.
        """
        self.settings, self.networks, self.rng, self.half = settings, networks, rng, half
        self.soft, self.vgg = copy.deepcopy(networks.average), vgg
        self.moments = FeatureMoments(min(GRID_CELLS, networks.side // 4), len(LAYERS))
        with drawing_from(rng):
            self.critics = placed(FeatureCritics(), networks.device)
        self.adam = torch.optim.Adam(self.critics.parameters(), lr=settings.critics_rate, betas=BETAS)
        self.weight = INITIAL_WEIGHT
        self.steps = 0

    def step(self, real: Tensor) -> dict[str, Tensor]:
        """One batch of real pictures [N, 3, R, R] in [-1, 1], and as many drawn. The losses, by name."""
        networks = self.networks
        latents = torch.randn(len(real), self.settings.latent, generator=self.rng).to(networks.device)
        with torch.no_grad():
            ws = networks.generator.broadcast(networks.generator.mapping(latents))
            soft = self.soft.synthesis(ws, noise="none")
            with half_convolutions(self.half):
                seen = self._seen(real)
            self.moments.update_real(seen[:-1])
        listening = self.steps < self.settings.listen
        with torch.set_grad_enabled(not listening), half_convolutions(self.half):
            drawn = networks.generator.synthesis(ws, noise="none")
            found = self._seen(drawn)
            fake = self._scaled(found)
        losses = {} if listening else self._lead(drawn, soft, found, fake)
        losses |= self._learn(self._scaled(seen), [layer.detach() for layer in fake])
        self.steps += 1
        return losses

    @torch.no_grad()
    def blended(self) -> Generator:
        """Between the soft generator and the average of the one that learns, by their weights: a copy.

        At the settings' sharpness. Wang et al., "ESRGAN", ECCV Workshops 2018, Sec. 3.4: on the way from one to the
        other what is sharp comes before what is wrong.
        """
        blended = copy.deepcopy(self.soft)
        pairs = zip(blended.parameters(), self.networks.average.parameters(), strict=True)
        for ours, sharp in pairs:
            ours.lerp_(sharp, self.settings.sharpness)
        return blended

    def tensors(self) -> dict[str, Tensor]:
        """All that restore() needs."""
        own = {"weight": torch.tensor(self.weight, dtype=torch.float64), "steps": torch.tensor(self.steps)}
        return {
            **add_prefix("soft", self.soft.state_dict()),
            **add_prefix("critics", self.critics.state_dict()),
            **add_prefix("adam_critics", flatten_adam(self.adam)),
            **add_prefix("moments", self.moments.tensors()),
            **add_prefix("sharpener", own),
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """The inverse of tensors(). TrainingError if they do not fit."""
        restore_module(self.soft, strip_prefix(tensors, "soft"))
        restore_module(self.critics, strip_prefix(tensors, "critics"))
        restore_adam(self.adam, strip_prefix(tensors, "adam_critics"))
        self.moments.restore(strip_prefix(tensors, "moments"), self.networks.device)
        own = strip_prefix(tensors, "sharpener")
        try:
            self.weight, self.steps = float(own["weight"]), int(own["steps"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise TrainingError("The saved training is damaged.") from error

    def _lead(
        self, drawn: Tensor, soft: Tensor, found: list[Tensor], fake: list[Tensor]
    ) -> dict[str, Tensor]:
        """The generator's step. found: what is seen in the drawn pictures; fake: the same, scaled for the critics."""
        asked, distance = self.moments.loss(found[:-1])
        kept = torch.stack(
            [F.avg_pool2d(drawn - soft, side).square().mean() for side in COLOUR_SQUARES_PX]
        ).sum()
        self.critics.requires_grad_(False)
        judged = _averaged([generator_loss(logits) for logits in self.critics(fake)])
        self.critics.requires_grad_(True)
        if self.steps % BALANCE_STEPS == 0:
            self.weight = balanced_weight(self.weight, self.settings.adversarial, drawn, asked, judged)
        adam = self.networks.adam
        adam.zero_grad(set_to_none=True)
        (asked + self.settings.kept * kept + self.weight * judged).backward()
        adam.step()
        return {"moments": distance, "kept": kept, "adversarial": judged}

    def _learn(self, real: list[Tensor], fake: list[Tensor]) -> dict[str, Tensor]:
        """The critics' step, on what is seen in real and in drawn pictures, scaled."""
        settings = self.settings
        punished = bool(settings.critics_r1) and self.steps % settings.critics_r1_every == 0
        if punished:
            real = [layer.requires_grad_(True) for layer in real]
        of_real, of_fake = self.critics(real), self.critics(fake)
        pairs = zip(of_real, of_fake, strict=True)
        total = _averaged([discriminator_loss(*pair) for pair in pairs])
        losses = {
            "critics": total,
            "real": _averaged([logits.mean() for logits in of_real]),
            "fake": _averaged([logits.mean() for logits in of_fake]),
        }
        if punished:
            penalty = settings.critics_r1 / 2 * _slopes(of_real, real)
            losses["r1"] = penalty
            total = total + penalty * settings.critics_r1_every  # seldom, so that many times as heavy
        self.adam.zero_grad(set_to_none=True)
        total.backward()
        self.adam.step()
        return losses

    def _seen(self, image: Tensor) -> list[Tensor]:
        """Activations of VGG-16, layer by layer, and wavelets last."""
        image = recolour(image, self.rng).contiguous()
        return [*self.vgg(image, LAYERS), wavelets(image)]

    def _scaled(self, seen: list[Tensor]) -> list[Tensor]:
        """Each channel about 1 in size."""
        *features, bands = seen
        return [*(layer / size for layer, size in zip(features, self.moments.scales(), strict=True)), bands]


def _averaged(terms: list[Tensor]) -> Tensor:
    return torch.stack(terms).mean()


def _slopes(logits: list[Tensor], features: list[Tensor]) -> Tensor:
    """Squared length of each critic's mean logit's gradient, summed over critics, averaged over the batch."""
    of_pictures = torch.stack([layer.mean((1, 2, 3)).sum() for layer in logits]).sum()
    slopes = torch.autograd.grad(of_pictures, features, create_graph=True)
    return torch.stack([slope.square().sum((1, 2, 3)).mean() for slope in slopes]).sum()
