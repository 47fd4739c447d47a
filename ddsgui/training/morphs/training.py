"""Trains a base domain by regression: from the latents of images and of their mixtures to the images themselves.

Each latent has its image, so nothing depends on a balance between two networks. The generator is StyleGAN2's (Karras
et al., CVPR 2020); the latents are those of an appearance model (morphing.py). The result is soft; a last stage
sharpens it (sharpening.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.errors import TrainingError
from ddsgui.stylegan.discriminator import Discriminator
from ddsgui.stylegan.generator import Generator
from ddsgui.training.borders import border_loss
from ddsgui.training.losses import TrainingLoss, feature_loss, total_loss
from ddsgui.training.mixed_precision import half_convolutions
from ddsgui.training.morphs.final_discriminator import FinalDiscriminator
from ddsgui.training.morphs.landmarks import points_known
from ddsgui.training.morphs.losses import Window, pixel_losses, sample_window
from ddsgui.training.morphs.morphing import Morphs, SizedMorphs
from ddsgui.training.morphs.networks import MorphNetworks
from ddsgui.training.morphs.schedule import MorphSchedule
from ddsgui.training.morphs.settings import MorphSettings
from ddsgui.training.morphs.sharpening import Sharpening
from ddsgui.training.morphs.warp import AlignedImages, align
from ddsgui.training.run_state import MIN_PICTURES, BaseTraining, RunState, snapshot

MORPHS_KIND = "morphs"


class MorphTraining(BaseTraining):
    """A generator that learns the images of its latents, is sharpened, and gets a discriminator in the end."""

    SAVE_SECONDS = 60
    REMEDY = "a lower learning rate"
    LOSSES = (
        TrainingLoss("pixels"),
        TrainingLoss("coarse"),
        TrainingLoss("edges"),
        TrainingLoss("borders", "borders"),
        TrainingLoss("perceptual", "perceptual"),
        TrainingLoss("half", "perceptual"),
        *Sharpening.LOSSES,
        *FinalDiscriminator.LOSSES,
    )

    schedule: MorphSchedule

    def __init__(
        self,
        pictures: Tensor | AlignedImages,
        settings: MorphSettings,
        device: torch.device | str = "cpu",
        points: np.ndarray | None = None,
        clock: Callable[[], float] = time.perf_counter,
        sides: Tensor | None = None,
    ) -> None:
        """pictures: uint8 [N, 3, R, R], at the settings' resolution, or such ones aligned. points: [N, K, 2] in
        fractions of the side, to align pictures that are not; those without points (NaN) are left out. Without
        points pictures are mixed as they lie. sides: [N], that the pictures had before they were resized, for the
        setting `native`. Raises TrainingError if there are too few.
        """
        if isinstance(pictures, Tensor) and points is not None:
            sides = None if sides is None else sides[points_known(points)]
            pictures = align(*with_points(pictures, points))
        images = pictures if isinstance(pictures, Tensor) else pictures.images
        identity = RunState(MORPHS_KIND, "by morphs", len(images))
        super().__init__(identity, images, settings, MorphSchedule(settings), device, clock)
        self.settings = settings
        self.morphs = Morphs(
            pictures,
            settings.latent,
            self.rng,
            settings.focus,
            settings.shape_share,
            settings.backdrop,
            sides,
        )
        self.networks = MorphNetworks.random(settings, self.side, self.device, self.rng, self.morphs.spread)
        self.sharpening: Sharpening | None = None
        self.final_discriminator: FinalDiscriminator | None = None
        self._sized: SizedMorphs | None = None
        self._make_parts()

    def generator(self) -> Generator:
        """Return the averaged generator as it is now: a frozen copy with its mean w."""
        return snapshot(self.networks.average if self.sharpening is None else self.sharpening.blended())

    def discriminator(self) -> Discriminator | None:
        """Return the discriminator as it is now, a frozen copy; None before its stage, and if it has none."""
        return None if self.final_discriminator is None else self.final_discriminator.snapshot()

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return what load() needs: tensors, and JSON data."""
        # Another machine might compute the same components with other signs.
        tensors = {**self.networks.tensors(), "rng": self.rng.get_state(), "codes": self.morphs.codes}
        if self.morphs.points is not None:
            tensors["points"] = self.morphs.points
        for part in (self.sharpening, self.final_discriminator):
            tensors |= part.tensors() if part is not None else {}
        return tensors, {**self._identity.document(self.settings.as_dict()), **self.schedule.state_dict()}

    def load(self, tensors: Mapping[str, Tensor], document: Mapping[str, Any]) -> None:
        """Continue from a state, with this training's own settings.

        Raises TrainingError if the state is of another training.
        """
        self._identity.check(document)
        if not _same(tensors.get("points"), self.morphs.points):
            raise TrainingError(
                "The saved training has other landmarks. Give it the landmarks that it started with."
            )
        codes, rng = tensors.get("codes"), tensors.get("rng")
        if codes is None or rng is None or codes.shape != self.morphs.codes.shape:
            raise TrainingError("The saved training belongs to other networks.")
        self.schedule.load_state_dict(document)
        self.morphs.codes = codes
        self.networks = MorphNetworks.random(self.settings, self.side, self.device, self.rng)
        self._sized = None
        self._make_parts()
        for part in (self.networks, self.sharpening, self.final_discriminator):
            if part is not None:
                part.restore(tensors)
        self.rng.set_state(rng)

    def _begin_stage(self) -> None:
        schedule = self.schedule
        if self.sharpening is not None:
            self.networks.average = self.sharpening.blended()
        if schedule.is_sharpening:
            self.networks = self.networks.restarted()
        elif not schedule.is_discriminating:
            self.networks = self.networks.grown(self.rng)
        self._make_parts()

    def _make_parts(self) -> None:
        """Create the parts of a stage other than its generator."""
        settings, schedule = self.settings, self.schedule
        if self._sized is not None and self._sized.side != self.side:
            self._sized = None
        self.sharpening = None
        begun = schedule.stage_seen > 0  # resumed in this stage, even if it is now empty
        if schedule.is_discriminating and (settings.discriminator or begun):
            self.final_discriminator = FinalDiscriminator(settings, self.device, self.rng, self.half)
        elif schedule.is_sharpening and (settings.sharpen or begun):
            self.sharpening = Sharpening(settings, self.networks, self._backbone(), self.rng, self.half)

    def _step(self) -> dict[str, Tensor]:
        """Learn from one batch, with the networks of this stage."""
        networks, schedule = self.networks, self.schedule
        if schedule.is_discriminating:
            return self._discriminator_step()
        moving_target = self.sharpening is not None
        networks.set_rates(schedule.side_settings, schedule.step, schedule.progress, moving_target)
        losses = self._image_step() if self.sharpening is None else self.sharpening.step(self._real())
        networks.update_average(schedule.side_settings, schedule.stage_seen)
        return losses

    def _image_step(self) -> dict[str, Tensor]:
        """Train the generator with a batch of latents and the images that belong to them."""
        settings, networks, schedule = self.settings, self.networks, self.schedule
        latents, wanted = self._morphs().batch(schedule.batch, settings.morphs, self.rng)
        noise = torch.randn(latents.shape, generator=self.rng).to(self.device)
        window = sample_window(self.side, min(settings.crop, self.side), self.rng)
        with half_convolutions(self.half):
            images = networks.draw(latents + settings.latent_noise * noise)
            losses = pixel_losses(images, wanted, self._morphs().focus)
            if settings.borders:
                losses["borders"] = border_loss(images, wanted)
            if perceptual_now(settings, self.side, schedule.progress):
                losses |= self._perceptual_losses(images, wanted, window)
            total = total_loss(self.LOSSES, losses, settings)
        networks.adam.zero_grad(set_to_none=True)
        total.backward()
        networks.adam.step()
        return losses

    def _perceptual_losses(self, images: Tensor, wanted: Tensor, window: Window) -> dict[str, Tensor]:
        vgg, (rows, columns), settings = self._backbone(), window, self.settings
        losses = {"perceptual": feature_loss(vgg, images[..., rows, columns], wanted[..., rows, columns])}
        every = settings.half_every
        if every and self.schedule.step % every == 0 and self.side > settings.crop:
            losses["half"] = feature_loss(vgg, F.avg_pool2d(images, 2), F.avg_pool2d(wanted, 2))
        return losses

    def _discriminator_step(self) -> dict[str, Tensor]:
        """Train the discriminator with images of the finished generator."""
        assert self.final_discriminator is not None
        latents = torch.randn(self.schedule.batch, self.settings.latent, generator=self.rng).to(self.device)
        with torch.no_grad():
            average = self.networks.average
            fake = average.synthesis(average.broadcast(average.mapping(latents)), noise="none")
        return self.final_discriminator.step(self._real(), fake, self.schedule.step)

    def _real(self) -> Tensor:
        """Return a batch of images as they are: [B, 3, r, r] in [-1, 1]."""
        morphs = self._morphs()
        return morphs.real(morphs.draw(self.schedule.batch, self.rng).to(self.device))

    def _morphs(self) -> SizedMorphs:
        if self._sized is None:
            self._sized = self.morphs.at(self.side, self.device, self.settings.native)
        return self._sized


def perceptual_now(settings: MorphSettings, side: int, progress: float) -> bool:
    """Return whether VGG-16 is used at this side, when so much of its stage is over, 0..1."""
    first = settings.perceptual_side
    return settings.perceptual > 0 and (
        side > first or (side == first and progress >= settings.perceptual_from)
    )


def with_points(pictures: Tensor, points: np.ndarray) -> tuple[Tensor, np.ndarray]:
    """Return the pictures that have all their points, and these. Raises TrainingError if they are too few."""
    known = points_known(points)
    if known.sum() < MIN_PICTURES:
        raise TrainingError(
            f"Only {known.sum()} pictures have landmarks. Mark {MIN_PICTURES} or more, better all."
        )
    return pictures[torch.from_numpy(known)], points[known]


def _same(saved: Tensor | None, present: Tensor | None) -> bool:
    if saved is None or present is None:
        return saved is present
    return saved.shape == present.shape and torch.allclose(saved, present, atol=1e-6)
