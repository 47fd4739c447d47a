"""Trains a base domain adversarially: StyleGAN2 from noise, growing from small images to large ones.

Karras et al., CVPR 2020 (the networks, lazy R1, style mixing); ICLR 2018 (growing); NeurIPS 2020 (ADA).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator
from ddsgui.training.adversarial import encoder
from ddsgui.training.adversarial.cost import step_cost
from ddsgui.training.adversarial.networks import AdversarialNetworks, check_start, draw_encoder
from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.augment import AdaptiveStrength, Augment
from ddsgui.training.losses import TrainingLoss, discriminator_loss, generator_loss, r1_penalty, total_loss
from ddsgui.training.mixed_precision import half_convolutions
from ddsgui.training.pictures import RealPictures
from ddsgui.training.run_state import BaseTraining, RunState, snapshot
from ddsgui.training.schedule import Schedule, ScheduledStage
from ddsgui.training.symmetry import MirrorSymmetryPenalty

BASE_KIND = "base"


class AdversarialTraining(BaseTraining):
    """An adversarial training of generator and discriminator, optionally with an encoder."""

    SAVE_SECONDS = 300
    REMEDY = "a lower learning rate or a higher r1"
    LOSSES = (
        TrainingLoss("generator"),
        TrainingLoss("discriminator"),
        TrainingLoss("real"),
        TrainingLoss("fake"),
        TrainingLoss("r1", "r1_every"),  # computed every few steps, with a larger weight
        TrainingLoss("reconstruction", "encoder_weight"),
        TrainingLoss("divergence", "encoder_weight"),
        TrainingLoss("symmetry", "symmetry"),
    )

    def __init__(
        self,
        pictures: Tensor,
        settings: AdversarialSettings,
        device: torch.device | str = "cpu",
        start: tuple[Generator, Discriminator] | None = None,
    ) -> None:
        """pictures: uint8 [N, 3, R, R], at the settings' resolution. start: networks to continue from, of the first
        stage's side; drawn by the seed otherwise. Raises TrainingError if there are too few pictures or nothing fits.
        """
        identity = RunState(BASE_KIND, "of a base domain", len(pictures))
        super().__init__(identity, pictures, settings, _schedule(settings), device)
        self.settings = settings
        self.pictures = pictures.to(self.device)
        self._real = RealPictures(self.pictures, settings.mirror, self.rng)
        if start is None:
            self.networks = AdversarialNetworks.random(settings, self.side, self.device, self.rng)
        else:
            check_start(settings, *start)
            generator, discriminator = copy.deepcopy(start[0]), copy.deepcopy(start[1])
            enc = draw_encoder(settings, self.rng)
            self.networks = AdversarialNetworks(settings, generator, discriminator, enc, self.device)
        self.adaptive = AdaptiveStrength(settings.augment_target, settings.augment_kimg)
        self.adaptive.strength = settings.augment
        self.augment = Augment(settings.augment, "light", self.rng)
        self.nats = encoder.DivergenceWeight(settings.encoder_nats)
        self.mirror_symmetry = MirrorSymmetryPenalty()

    @property
    def fade(self) -> float:
        """The share of the stage's own resolution that the discriminator sees, 0..1."""
        if self.networks.discriminator.rgb_smaller is None or not self.settings.fade_images:
            return 1.0
        return min(1.0, self.schedule.stage_seen / self.settings.fade_images)

    @property
    def strength(self) -> float:
        """The strength of the augmentation, 0..1."""
        return self.adaptive.strength

    def generator(self) -> Generator:
        """Return the averaged generator as it is now: a frozen copy with its mean w."""
        return snapshot(self.networks.average)

    def discriminator(self) -> Discriminator:
        """Return the discriminator as it is now: a frozen copy, at full resolution only."""
        copied = copy.deepcopy(self.networks.discriminator)
        copied.rgb_smaller = None
        return copied.freeze()

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return what load() needs: tensors, and JSON data."""
        tensors = {**self.networks.tensors(), "rng": self.rng.get_state()}
        if self.mirror_symmetry.running is not None:
            tensors["lopsided"] = self.mirror_symmetry.running
        document = {
            **self._identity.document(self.settings.as_dict()),
            "side": self.side,
            "seen": self.seen,
            "stage_seen": self.schedule.stage_seen,
            "adaptive": self.adaptive.state_dict(),
            "nats": self.nats.value,
        }
        return tensors, document

    def load(self, tensors: Mapping[str, Tensor], document: Mapping[str, Any]) -> None:
        """Continue from a state, with this training's own settings.

        Raises TrainingError if the state is of another training.
        """
        self._identity.check(document)
        try:
            side = int(document["side"])
            seen, stage_seen = int(document["seen"]), int(document["stage_seen"])
            self.adaptive.load_state_dict(document["adaptive"])
            self.nats.value = float(document["nats"])
            rng = tensors["rng"]
        except (KeyError, TypeError, ValueError) as error:
            raise TrainingError("The saved training is damaged.") from error
        sides = [stage.side for stage in self.settings.stages]
        if side not in sides:
            raise TrainingError(f"The saved training is at {side} pixels, which these stages leave out.")
        self.schedule.stage = sides.index(side)
        self.schedule.seen, self.schedule.stage_seen = seen, stage_seen
        if self.networks.side != side:
            self.networks = AdversarialNetworks.random(self.settings, side, self.device, self.rng)
        self.networks.restore(tensors)
        running = tensors.get("lopsided")
        self.mirror_symmetry.running = None if running is None else running.to(self.device)
        self.rng.set_state(rng)

    def _begin_stage(self) -> None:
        self.networks = self.networks.grown(self.rng)
        self.mirror_symmetry = MirrorSymmetryPenalty()

    def _step(self) -> dict[str, Tensor]:
        """Train the generator with one batch, and the discriminator with the same."""
        fade = self.fade
        real, whole = self._real.draw(self.settings.batch, self.side)
        self.augment.strength = self.adaptive.strength
        self.networks.set_rates(self.schedule.step)
        self.networks.discriminator.requires_grad_(False)
        fake, losses = self._generator_step(real, whole, fade)
        self.networks.discriminator.requires_grad_(True)
        return losses | self._discriminator_step(real, fake, fade)

    def _generator_step(self, real: Tensor, whole: Tensor, fade: float) -> tuple[Tensor, dict[str, Tensor]]:
        generator, enc = self.networks.generator, self.networks.encoder
        settings, adam = self.settings, self.networks.adams["generator"]
        redrawn = 0 if enc is None else round(settings.encoder_share * settings.batch)
        losses: dict[str, Tensor] = {}
        with half_convolutions(self.half):
            ws = [self._styles(settings.batch - redrawn)]
            if enc is not None and redrawn:
                mean, log_variance = enc(whole[:redrawn])
                latents = encoder.sample_latent(mean, log_variance, self.rng)
                ws.append(generator.broadcast(generator.mapping(latents)))
                losses["divergence"] = encoder.kl_divergence(mean, log_variance)
            fake = generator.synthesis(torch.cat(ws), noise="none")
            losses["generator"] = generator_loss(self.networks.discriminator(self.augment(fake), fade))
            if settings.mirror:
                losses["symmetry"] = self.mirror_symmetry.penalty(fake)
            if "divergence" in losses:
                vgg = self._backbone()
                losses["reconstruction"] = encoder.reconstruction_loss(vgg, fake[-redrawn:], real[:redrawn])
            total = total_loss(self.LOSSES, losses, settings, {"divergence": self.nats.value})
            if "divergence" in losses:
                self.nats.update(float(losses["divergence"].detach()))
        adam.zero_grad(set_to_none=True)
        total.backward()
        adam.step()
        self.networks.update_average()
        return fake.detach(), losses

    def _discriminator_step(self, real: Tensor, fake: Tensor, fade: float) -> dict[str, Tensor]:
        discriminator, adam = self.networks.discriminator, self.networks.adams["discriminator"]
        with half_convolutions(self.half):
            real_logits = discriminator(self.augment(real), fade)
            fake_logits = discriminator(self.augment(fake), fade)
        losses = {"discriminator": discriminator_loss(real_logits, fake_logits)}
        if self.settings.r1 and self.schedule.step % self.settings.r1_every == 0:
            image = real.requires_grad_(True)
            losses["r1"] = r1_penalty(discriminator(self.augment(image), fade), image, self.settings.r1)
        adam.zero_grad(set_to_none=True)
        total_loss(self.LOSSES, losses, self.settings).backward()
        adam.step()
        self.adaptive.update(real_logits)
        return {**losses, "real": real_logits.mean(), "fake": fake_logits.mean()}

    def _styles(self, count: int) -> Tensor:
        """Return w_plus of random latents [count, num_ws, w_dim], some with a second style from some layer on."""
        generator = self.networks.generator
        z = torch.randn(2 * count, generator.config.z_dim, generator=self.rng).to(self.device)
        first, second = (w[:, None] for w in generator.mapping(z).chunk(2))
        cut = torch.randint(1, generator.num_ws, (count,), generator=self.rng)
        mixed = torch.rand(count, generator=self.rng) < self.settings.mixing
        cut = torch.where(mixed, cut, generator.num_ws)
        before = (torch.arange(generator.num_ws) < cut[:, None]).to(self.device)
        return torch.where(before[:, :, None], first, second)


def _schedule(settings: AdversarialSettings) -> Schedule:
    stages = (
        ScheduledStage(stage.side, stage.length, settings.batch, step_cost(settings, stage.side))
        for stage in settings.stages
    )
    return Schedule(tuple(stages), "kimg")
