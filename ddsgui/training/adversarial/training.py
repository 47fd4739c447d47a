"""Trains a base domain: StyleGAN2 from noise, growing from small pictures to large ones.

Karras et al., CVPR 2020 (the networks, lazy R1, style mixing); ICLR 2018 (growing); NeurIPS 2020 (ADA).
"""

from __future__ import annotations

import copy
import time
from collections import abc
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.backbones import Backbone, load_backbone
from ddsgui.training.adversarial import encoder
from ddsgui.training.adversarial.networks import AdversarialNetworks, check_start, draw_encoder
from ddsgui.training.adversarial.settings import AdversarialSettings
from ddsgui.training.augment import AdaptiveStrength, Augment
from ddsgui.training.losses import discriminator_loss, generator_loss, r1_penalty
from ddsgui.training.mixed_precision import bfloat16_is_faster, half_convolutions
from ddsgui.training.real_pictures import RealPictures
from ddsgui.training.run_state import BaseTrainingStep, RunState, check_pictures, snapshot
from ddsgui.training.state import all_finite
from ddsgui.training.symmetry import MirrorSymmetryPenalty
from ddsgui.training.throughput import Throughput, work

BASE_KIND = "base"


class AdversarialTraining:
    """A training that can stop between any two steps and go on elsewhere as if it had not, to the last bit."""

    SAVE_EVERY = 300  # seconds
    LOSSES = ("generator", "discriminator", "real", "fake", "r1", "reconstruction", "divergence")

    def __init__(
        self,
        pictures: Tensor,
        settings: AdversarialSettings,
        device: torch.device | str = "cpu",
        start: tuple[Generator, Discriminator] | None = None,
    ) -> None:
        """pictures: uint8 [N, 3, R, R], at the settings' resolution. start: networks to go on from, of the first
        stage's side; drawn by the seed otherwise. TrainingError if there are too few pictures or nothing fits.
        """
        check_pictures(pictures, settings.resolution)
        self.settings, self.device = settings, torch.device(device)
        self.half = bfloat16_is_faster(self.device)
        self.pictures = pictures.to(self.device)
        self.rng = torch.Generator().manual_seed(settings.seed)
        self._real = RealPictures(self.pictures, settings.mirror, self.rng)
        self.stage = 0  # index into the settings' stages
        self.seen = 0  # images, in all stages
        self.stage_seen = 0  # images, in this one
        if start is None:
            self.networks = AdversarialNetworks.random(
                settings, settings.stages[0].side, self.device, self.rng
            )
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
        self._vgg: Backbone | None = None
        self._run_state = RunState(BASE_KIND, "of a base domain", len(pictures))

    @property
    def done(self) -> bool:
        """Whether all stages are over."""
        last = len(self.settings.stages) - 1
        return self.stage == last and self.stage_seen >= self.settings.stages[last].images

    @property
    def fade(self) -> float:
        """How much of the stage's own resolution the discriminator sees, 0..1."""
        if self.networks.discriminator.rgb_smaller is None or not self.settings.fade_images:
            return 1.0
        return min(1.0, self.stage_seen / self.settings.fade_images)

    def generator(self) -> Generator:
        """The averaged generator as it is now: a frozen copy with its mean w."""
        return snapshot(self.networks.average)

    def discriminator(self) -> Discriminator:
        """The discriminator as it is now: a frozen copy, at full resolution only."""
        copied = copy.deepcopy(self.networks.discriminator)
        copied.rgb_smaller = None
        return copied.freeze()

    def steps(self) -> abc.Generator[BaseTrainingStep, None, None]:
        """The rest of the training. TrainingError if it runs off."""
        while not self.done:
            if self.stage_seen >= self.settings.stages[self.stage].images:
                self._grow()
                continue
            began = time.perf_counter()
            fade = self.fade
            losses = {name: float(value.detach()) for name, value in self._step(fade).items()}
            self.seen += self.settings.batch
            self.stage_seen += self.settings.batch
            if not all_finite(losses):
                raise TrainingError(
                    f"The training ran off after {self.seen:,} images; go on from the last save with a lower "
                    "learning rate or a higher r1."
                )
            seconds = time.perf_counter() - began
            strength = self.adaptive.strength
            yield BaseTrainingStep(
                self.seen, self.images, self.networks.side, fade, strength, losses, seconds
            )

    @property
    def side(self) -> int:
        """Of the pictures in this stage, in pixels."""
        return self.networks.side

    @property
    def batch(self) -> int:
        """Images a step."""
        return self.settings.batch

    @property
    def images(self) -> int:
        """Of the whole training: those seen and those to come."""
        return self.seen + sum(images for _, images in self._to_come())

    def seconds_left(self, pace: Throughput) -> float:
        """To the end of the training."""
        return pace.seconds_for(sum(images * work(self.settings, side) for side, images in self._to_come()))

    @property
    def cost(self) -> float:
        """Of one image at this side, in any unit."""
        return work(self.settings, self.networks.side)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What load() needs: tensors, and JSON data."""
        tensors = {**self.networks.tensors(), "rng": self.rng.get_state()}
        if self.mirror_symmetry.running is not None:
            tensors["lopsided"] = self.mirror_symmetry.running
        document = {
            **self._run_state.document(self.settings.as_dict()),
            "side": self.networks.side,
            "seen": self.seen,
            "stage_seen": self.stage_seen,
            "adaptive": self.adaptive.state_dict(),
            "nats": self.nats.value,
        }
        return tensors, document

    def load(self, tensors: Mapping[str, Tensor], document: Mapping[str, Any]) -> None:
        """Go on from a state; TrainingError if it is of another training. The settings stay this training's own."""
        self._run_state.check(document)
        try:
            side = int(document["side"])
            self.seen, self.stage_seen = int(document["seen"]), int(document["stage_seen"])
            self.adaptive.load_state_dict(document["adaptive"])
            self.nats.value = float(document["nats"])
            rng = tensors["rng"]
        except (KeyError, TypeError, ValueError) as error:
            raise TrainingError("The saved training is damaged.") from error
        sides = [stage.side for stage in self.settings.stages]
        if side not in sides:
            raise TrainingError(f"The saved training is at {side} pixels, which these stages leave out.")
        self.stage = sides.index(side)
        if self.networks.side != side:
            self.networks = AdversarialNetworks.random(self.settings, side, self.device, self.rng)
        self.networks.restore(tensors)
        lopsided = tensors.get("lopsided")
        self.mirror_symmetry.running = None if lopsided is None else lopsided.to(self.device)
        self.rng.set_state(rng)

    def _to_come(self) -> list[tuple[int, int]]:
        """Sides and images of what is left of this stage, and of later ones."""
        now, *later = self.settings.stages[self.stage :]
        left = (now.side, max(0, now.images - self.stage_seen))
        return [left, *((stage.side, stage.images) for stage in later)]

    def _grow(self) -> None:
        self.networks = self.networks.grown(self.rng)
        self.stage += 1
        self.stage_seen = 0
        self.mirror_symmetry = MirrorSymmetryPenalty()

    def _step(self, fade: float) -> dict[str, Tensor]:
        """One batch for the generator, the same for the discriminator."""
        real, whole = self._real.draw(self.settings.batch, self.networks.side)
        self.augment.strength = self.adaptive.strength
        self.networks.warm_up(self.stage_seen // self.settings.batch)
        self.networks.discriminator.requires_grad_(False)
        fake, losses = self._generator_step(real, whole, fade)
        self.networks.discriminator.requires_grad_(True)
        return losses | self._discriminator_step(real, fake, fade)

    def _generator_step(self, real: Tensor, whole: Tensor, fade: float) -> tuple[Tensor, dict[str, Tensor]]:
        generator, enc = self.networks.generator, self.networks.encoder
        settings, adam = self.settings, self.networks.adams["generator"]
        again = 0 if enc is None else round(settings.encoder_share * settings.batch)
        losses: dict[str, Tensor] = {}
        with half_convolutions(self.half):
            ws = [self._styles(settings.batch - again)]
            if enc is not None and again:
                mean, log_variance = enc(whole[:again])
                ws.append(
                    generator.broadcast(
                        generator.mapping(encoder.sample_latent(mean, log_variance, self.rng))
                    )
                )
                losses["divergence"] = encoder.kl_divergence(mean, log_variance)
            fake = generator.synthesis(torch.cat(ws), noise="none")
            losses["generator"] = generator_loss(self.networks.discriminator(self.augment(fake), fade))
            total = losses["generator"]
            if settings.mirror:
                total = total + settings.symmetry * self.mirror_symmetry.penalty(fake)
            if "divergence" in losses:
                vgg = self._backbone()
                losses["reconstruction"] = encoder.reconstruction_loss(vgg, fake[-again:], real[:again])
                kept = self.nats.value * losses["divergence"]
                total = total + settings.encoder_weight * (losses["reconstruction"] + kept)
                self.nats.update(float(losses["divergence"].detach()))
        adam.zero_grad(set_to_none=True)
        total.backward()
        adam.step()
        self.networks.update_average()
        return fake.detach(), losses

    def _discriminator_step(self, real: Tensor, fake: Tensor, fade: float) -> dict[str, Tensor]:
        discriminator, adam = self.networks.discriminator, self.networks.adams["discriminator"]
        with half_convolutions(self.half):
            of_real = discriminator(self.augment(real), fade)
            of_fake = discriminator(self.augment(fake), fade)
        losses = {
            "discriminator": discriminator_loss(of_real, of_fake),
            "real": of_real.mean(),
            "fake": of_fake.mean(),
        }
        total = losses["discriminator"]
        every = self.settings.r1_every
        if self.settings.r1 and self.stage_seen // self.settings.batch % every == 0:
            image = real.requires_grad_(True)
            penalty = r1_penalty(discriminator(self.augment(image), fade), image, self.settings.r1)
            losses["r1"] = penalty
            total = total + penalty * every  # seldom, so that many times as heavy
        adam.zero_grad(set_to_none=True)
        total.backward()
        adam.step()
        self.adaptive.update(of_real)
        return losses

    def _styles(self, count: int) -> Tensor:
        """w_plus of random latents [count, num_ws, w_dim], some with another latent's style from some layer on."""
        generator = self.networks.generator
        z = torch.randn(2 * count, generator.config.z_dim, generator=self.rng).to(self.device)
        one, other = (w[:, None] for w in generator.mapping(z).chunk(2))
        cut = torch.randint(1, generator.num_ws, (count,), generator=self.rng)
        mixed = torch.rand(count, generator=self.rng) < self.settings.mixing
        cut = torch.where(mixed, cut, generator.num_ws)
        first = (torch.arange(generator.num_ws) < cut[:, None]).to(self.device)
        return torch.where(first[:, :, None], one, other)

    def _backbone(self) -> Backbone:
        if self._vgg is None:
            self._vgg = load_backbone("vgg16").to(self.device)
        return self._vgg
