"""The objective that compares ways of mixing alike, and what else says how good a mix is."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import cv2
import numpy as np
import torch

from ddsgui.evaluation.similarity import carried_over, psnr, ssim
from ddsgui.images import to_tensor
from ddsgui.synthesis.backbones import Backbone
from ddsgui.synthesis.perceptual import PerceptualLoss
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.settings import PRESETS


@dataclass(frozen=True)
class Quality:
    """Figures of one picture."""

    objective: float  # official's total on pictures of 256 px, without the ring where the masks do not meet
    carried: float  # 1 - |x̂ - x_s| / |x_t - x_s| in the eroded mask: 0 is the target, 1 the source
    ssim_inside: float  # to the source, inside y_s
    ssim_outside: float  # to the target, outside both masks
    psnr_inside: float  # dB
    psnr_outside: float  # dB

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 4) for name, value in asdict(self).items()}


class Objective:
    """Judges pictures of a sample, uint8 [R, R, 3], whatever drew them.

    The total is that of `official` (Eq. 2 to 6 with its weights and layers, pictures resized to 256 px), with L_c only
    where exactly one of y_s and 1 - y_t covers: elsewhere Eq. 1 asks for a grey ring or for a sum of two pictures.
    """

    def __init__(self, sample: Sample, backbone: Backbone) -> None:
        self._sample, self._settings = sample, PRESETS["official"]
        self._loss = PerceptualLoss(backbone, self._settings.layers, self._settings.upscale_to)
        self._x_s, self._x_t = to_tensor(sample.source), to_tensor(sample.target)
        y_s, y_t = (
            torch.from_numpy(mask.astype(np.float32) / 255)[None, None]
            for mask in (sample.source_mask, sample.target_mask)
        )
        self._inside, self._outside = y_s, 1 - y_t
        self._one = (y_s - self._outside).abs()
        self._references = [
            self._loss.reference(self._x_s, self._inside),
            self._loss.reference(self._x_t, self._outside),
        ]

    @torch.no_grad()
    def total(self, picture: np.ndarray) -> float:
        """Return the objective of a picture."""
        settings, weights = self._settings, self._settings.weights
        x = to_tensor(picture)
        distances, _ = self._loss.compare(x, self._references, (0, 0))
        total = torch.zeros(())
        for weight, reference, perceptual in zip(
            (weights.alpha, weights.beta), self._references, distances[:, 0], strict=True
        ):
            pixels = ((x - reference.picture) * reference.mask).square().mean()
            total += weight * (settings.perceptual_weight * perceptual + settings.pixel_weight * pixels)
        crossover = self._x_s * self._inside + self._x_t * self._outside
        return float(total + weights.gamma * ((x - crossover) * self._one).square().mean())

    def quality(self, picture: np.ndarray) -> Quality:
        """Return all figures of a picture."""
        sample = self._sample
        inside = sample.source_mask > 127
        outside = ~(cv2.dilate((inside | (sample.target_mask > 127)).astype(np.uint8), np.ones((3, 3))) > 0)
        return Quality(
            objective=self.total(picture),
            carried=carried_over(picture, sample.source, sample.target, inside),
            ssim_inside=ssim(picture, sample.source, inside),
            ssim_outside=ssim(picture, sample.target, outside),
            psnr_inside=psnr(picture, sample.source, inside),
            psnr_outside=psnr(picture, sample.target, outside),
        )
