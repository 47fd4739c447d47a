"""Trains a base domain by regression: from the latents of pictures and of their mixtures to what they look like.

No game between two networks decides what is learnt: each latent has its picture. The generator is StyleGAN2's (Karras
et al., CVPR 2020), the latents are those of an appearance model (morphs.py). What comes out is soft; a last stage
sharpens it (regression_sharpener.py).
"""

from __future__ import annotations

import time
from collections import abc
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.backbones import Backbone, load_backbone
from ddsgui.training.mixed_precision import bfloat16_is_faster, half_convolutions
from ddsgui.training.morphs.final_discriminator import FinalDiscriminator
from ddsgui.training.morphs.landmarks import have_points
from ddsgui.training.morphs.losses import Window, feature_loss, pixel_losses, sample_window
from ddsgui.training.morphs.morphing import Morphs, SizedMorphs
from ddsgui.training.morphs.networks import MorphNetworks
from ddsgui.training.morphs.schedule import Schedule
from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.morphs.sharpening import Sharpening
from ddsgui.training.morphs.warp import Progress
from ddsgui.training.run_state import MIN_PICTURES, BaseTrainingStep, RunState, check_pictures, snapshot
from ddsgui.training.state import all_finite
from ddsgui.training.throughput import Throughput

MORPHS_KIND = "morphs"


class MorphTraining:
    """A training that can stop between any two steps and go on elsewhere as if it had not, to the last bit."""

    SAVE_EVERY = 60  # seconds
    LOSSES = (
        *("pixels", "coarse", "edges", "perceptual", "half"),
        *("moments", "kept", "adversarial", "critics", "discriminator", "real", "fake", "r1"),
    )

    def __init__(
        self,
        pictures: Tensor,
        settings: MorphSettings,
        device: torch.device | str = "cpu",
        points: np.ndarray | None = None,
        progress: Progress | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """pictures: uint8 [N, 3, R, R], at the settings' resolution. points: [N, K, 2] in fractions of the side, or
        None to mix pictures as they lie; those without points (NaN) are left out. progress hears of the pictures
        that are bent. TrainingError if few are left.
        """
        if points is not None:
            pictures, points = _those_with(points, pictures)
        check_pictures(pictures, settings.resolution)
        self.settings, self.device, self._clock = settings, torch.device(device), clock
        self.half = bfloat16_is_faster(self.device)
        self.pictures = pictures
        self.rng = torch.Generator().manual_seed(settings.seed)
        self.morphs = Morphs(
            pictures, points, settings.latent, self.rng, settings.focus, settings.shape_share, progress
        )
        self.schedule = Schedule(settings)
        self.networks = MorphNetworks.random(settings, self.side, self.device, self.rng, self.morphs.spread)
        self.sharpening: Sharpening | None = None
        self.final_discriminator: FinalDiscriminator | None = None
        self._run_state = RunState(MORPHS_KIND, "by morphs", len(pictures))
        self._sized: SizedMorphs | None = None
        self._vgg: Backbone | None = None
        self._begin_stage()

    @property
    def side(self) -> int:
        """Of the pictures in this stage, in pixels."""
        return self.schedule.side

    @property
    def batch(self) -> int:
        """Images a step in this stage."""
        return self.schedule.batch

    @property
    def seen(self) -> int:
        """Images so far."""
        return self.schedule.seen

    @property
    def images(self) -> int:
        """Of the whole training: those seen and those to come; an estimate if stages last minutes."""
        return self.schedule.images

    @property
    def done(self) -> bool:
        """Whether all stages are over."""
        return self.schedule.done

    def seconds_left(self, pace: Throughput) -> float:
        """To the end of the training."""
        timed = self.settings.unit == "minutes"
        return self.schedule.seconds_left() if timed else pace.seconds_for(self.schedule.cost_left)

    @property
    def cost(self) -> float:
        """Of one image in this stage, in any unit."""
        return self.schedule.cost

    def generator(self) -> Generator:
        """The averaged generator as it is now: a frozen copy with its mean w."""
        return snapshot(self.networks.average if self.sharpening is None else self.sharpening.blended())

    def discriminator(self) -> Discriminator | None:
        """The discriminator as it is now: a frozen copy; None before its stage, and if it has none."""
        return None if self.final_discriminator is None else self.final_discriminator.snapshot()

    def steps(self) -> abc.Generator[BaseTrainingStep, None, None]:
        """The rest of the training. TrainingError if it runs off."""
        schedule, last = self.schedule, self._clock()
        while not self.done:
            if schedule.progress >= 1:
                self._next_stage()
                continue
            began = time.perf_counter()
            losses = {name: float(value.detach()) for name, value in self._step().items()}
            now = self._clock()
            schedule.advance(now - last)  # what was done between two steps counts as well
            last = now
            if not all_finite(losses):
                raise TrainingError(
                    f"The training ran off after {self.seen:,} images; go on from the last save with a lower "
                    "learning rate."
                )
            seconds = time.perf_counter() - began
            yield BaseTrainingStep(self.seen, self.images, self.side, 1.0, 0.0, losses, seconds)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What load() needs: tensors, and JSON data."""
        # Another machine might find the same components with other signs.
        tensors = {**self.networks.tensors(), "rng": self.rng.get_state(), "codes": self.morphs.codes}
        if self.morphs.points is not None:
            tensors["points"] = self.morphs.points
        for part in (self.sharpening, self.final_discriminator):
            tensors |= part.tensors() if part is not None else {}
        return tensors, {**self._run_state.document(self.settings.as_dict()), **self.schedule.state_dict()}

    def load(self, tensors: Mapping[str, Tensor], document: Mapping[str, Any]) -> None:
        """Go on from a state; TrainingError if it is of another training. The settings stay this training's own."""
        self._run_state.check(document)
        if not _same(tensors.get("points"), self.morphs.points):
            raise TrainingError("The saved training has other landmarks; give it those that it began with.")
        codes, rng = tensors.get("codes"), tensors.get("rng")
        if codes is None or rng is None or codes.shape != self.morphs.codes.shape:
            raise TrainingError("The saved training is of other networks.")
        self.schedule.load_state_dict(document)
        self.morphs.codes = codes
        self.networks = MorphNetworks.random(self.settings, self.side, self.device, self.rng)
        self._sized = None
        self._begin_stage()
        for part in (self.networks, self.sharpening, self.final_discriminator):
            if part is not None:
                part.restore(tensors)
        self.rng.set_state(rng)

    def _next_stage(self) -> None:
        schedule = self.schedule
        schedule.begin_next()
        if self.sharpening is not None:
            self.networks.average = self.sharpening.blended()
        if schedule.is_sharpening:
            self.networks = self.networks.restarted()
        elif not schedule.is_discriminating:
            self.networks = self.networks.grown(self.rng)
        self._begin_stage()

    def _begin_stage(self) -> None:
        """What a stage needs besides its generator."""
        settings, schedule = self.settings, self.schedule
        if self._sized is not None and self._sized.side != self.side:
            self._sized = None
        self.sharpening = None
        begun = schedule.stage_seen > 0  # resumed: what is learnt counts, even if it is to learn no more
        if schedule.is_discriminating and (settings.judge or begun):
            self.final_discriminator = FinalDiscriminator(settings, self.device, self.rng, self.half)
        elif schedule.is_sharpening and (settings.sharpen or begun):
            self.sharpening = Sharpening(settings, self.networks, self._backbone(), self.rng, self.half)

    def _step(self) -> dict[str, Tensor]:
        """One batch for whoever learns in this stage."""
        networks, schedule = self.networks, self.schedule
        if schedule.is_discriminating:
            return self._judge_step()
        restless = self.sharpening is not None
        networks.set_rates(schedule.side_settings, schedule.step, schedule.progress, restless)
        losses = self._regression_step() if self.sharpening is None else self.sharpening.step(self._real())
        networks.update_average(schedule.side_settings, schedule.stage_seen)
        return losses

    def _regression_step(self) -> dict[str, Tensor]:
        """One batch of latents for the generator, with the pictures that belong to them."""
        settings, networks, schedule = self.settings, self.networks, self.schedule
        latents, wanted = self._morphs().batch(self.batch, settings.morphs, self.rng)
        noise = torch.randn(latents.shape, generator=self.rng).to(self.device)
        window = sample_window(self.side, min(settings.crop, self.side), self.rng)
        with half_convolutions(self.half):
            drawn = networks.draw(latents + settings.latent_noise * noise)
            losses = pixel_losses(drawn, wanted, self._morphs().focus)
            total = torch.stack(list(losses.values())).sum()
            if perceptual_now(settings, self.side, schedule.progress):
                seen = self._perceptual_losses(drawn, wanted, window)
                total = total + settings.perceptual * torch.stack(list(seen.values())).sum()
                losses |= seen
        networks.adam.zero_grad(set_to_none=True)
        total.backward()
        networks.adam.step()
        return losses

    def _perceptual_losses(self, drawn: Tensor, wanted: Tensor, window: Window) -> dict[str, Tensor]:
        vgg, (rows, columns), settings = self._backbone(), window, self.settings
        losses = {"perceptual": feature_loss(vgg, drawn[..., rows, columns], wanted[..., rows, columns])}
        every = settings.half_every
        if every and self.schedule.step % every == 0 and self.side > settings.crop:
            losses["half"] = feature_loss(vgg, F.avg_pool2d(drawn, 2), F.avg_pool2d(wanted, 2))
        return losses

    def _judge_step(self) -> dict[str, Tensor]:
        """One batch for the discriminator of the finished generator."""
        assert self.final_discriminator is not None
        latents = torch.randn(self.batch, self.settings.latent, generator=self.rng).to(self.device)
        with torch.no_grad():
            average = self.networks.average
            fake = average.synthesis(average.broadcast(average.mapping(latents)), noise="none")
        return self.final_discriminator.step(self._real(), fake, self.schedule.step)

    def _real(self) -> Tensor:
        """A batch of pictures as they are: [B, 3, r, r] in [-1, 1]."""
        which = torch.randint(len(self.morphs.codes), (self.batch,), generator=self.rng).to(self.device)
        return self._morphs().picture(which)

    def _backbone(self) -> Backbone:
        if self._vgg is None:
            self._vgg = load_backbone("vgg16").to(self.device)
        return self._vgg

    def _morphs(self) -> SizedMorphs:
        if self._sized is None:
            self._sized = self.morphs.at(self.side, self.device)
        return self._sized


def perceptual_now(settings: MorphSettings, side: int, progress: float) -> bool:
    """Whether VGG-16 looks on at this side, when so much of its stage is over."""
    first = settings.perceptual_side
    return settings.perceptual > 0 and (
        side > first or (side == first and progress >= settings.perceptual_from)
    )


def _those_with(points: np.ndarray, pictures: Tensor) -> tuple[Tensor, np.ndarray]:
    known = have_points(points)
    if known.sum() < MIN_PICTURES:
        raise TrainingError(
            f"The landmarks are of {known.sum()} pictures only; mark {MIN_PICTURES} or more, better all."
        )
    return pictures[torch.from_numpy(known)], points[known]


def _same(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and torch.allclose(one, other, atol=1e-6)
