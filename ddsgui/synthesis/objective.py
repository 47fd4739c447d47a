"""The loss of latents and its gradient (paper, Sec. 3.3, Eq. 2 to 6): of one search, or of several in one graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ddsgui.images import to_tensor
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.gradients import backward
from ddsgui.synthesis.loss_terms import LOSS_TERMS, LOSSES, Drawn, Fixed, LossWeights, Reference
from ddsgui.synthesis.perceptual import PerceptualLoss
from ddsgui.synthesis.settings import OptimizerSettings


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The losses of a latent, whose gradient is in the latent's `grad`."""

    losses: dict[str, float]  # by the names in LOSSES
    image: Tensor  # G_t(ẑ), [1, 3, R, R], without a graph


@dataclass(frozen=True, eq=False)
class Objective:
    """The loss of a latent ẑ, but for the crossover and the weights, which may change during a search."""

    generators: tuple[Generator, ...]  # that draw ẑ: the source's and the target's, or the target's alone
    settings: OptimizerSettings
    perceptual: PerceptualLoss

    @property
    def side(self) -> int:
        """The side of the pictures, in pixels."""
        return self.generators[-1].config.resolution

    @property
    def coarse(self) -> Objective:
        """The objective of the first iterations, which does not enlarge pictures; this one if that changes nothing."""
        fine = self.perceptual
        perceptual = PerceptualLoss(fine.backbone, self.settings.layers, fine.upscale_to, fine.max_side)
        is_smaller = perceptual.side_of(self.side) < fine.side_of(self.side)
        return replace(self, perceptual=perceptual) if is_smaller else self

    @property
    def key(self) -> tuple[object, ...]:
        """Objectives of one key can be evaluated together."""
        perceptual = self.perceptual
        sides = perceptual.upscale_to, perceptual.max_side, perceptual.enlargement
        return (*map(id, self.generators), replace(self.settings, seed=0), sides)

    @torch.no_grad()
    def fix(self, crossover: Crossover, previous: Fixed | None = None) -> Fixed:
        """Put a crossover on the device. previous: that of an earlier crossover of the same pictures."""
        settings, device = self.settings, self.generators[-1].device

        def reference(picture: np.ndarray, mask: Tensor, known: Reference | None) -> Reference:
            x = to_tensor(picture).to(device) if known is None else known.picture
            return self.perceptual.reference(x, mask, known and known.features)

        y_s, y_t = (_mask(a, device) for a in (crossover.source_mask, crossover.target_mask))
        source = reference(crossover.source, y_s, previous and previous.source)
        target = reference(crossover.target, 1 - y_t, previous and previous.target)
        weight = (source.mask - target.mask).abs() if settings.skip_seam else None
        image = source.picture * source.mask + target.picture * target.mask  # Eq. 1
        if not settings.uses_source_generator:  # s_c is a picture then, not a sum of two, and so is x_c
            image = image.clamp(-1, 1)
        return Fixed(source, target, image, weight)

    def evaluate(self, variables: Sequence[Tensor], fixed: Fixed, weights: LossWeights) -> list[Evaluation]:
        """Return the losses of each latent, and add their gradients to the latents' `grad`.

        variables: z [1, z_dim], w [1, w_dim] or w_plus [1, num_ws, w_dim] each. fixed: of all, see joined().
        """
        latents = variables[0] if len(variables) == 1 else torch.cat(tuple(variables))
        drawn = [self._draw(generator, latents) for generator in self.generators]
        losses, gradients = self.losses(drawn, fixed, weights)
        backward(drawn, gradients)
        images = drawn[-1].detach().split(1)
        if len(images) > 1:  # or each would keep all of them in memory
            images = tuple(image.clone() for image in images)
        return [Evaluation(values, image) for values, image in zip(losses, images, strict=True)]

    def losses(
        self, drawn: Sequence[Tensor], fixed: Fixed, weights: LossWeights
    ) -> tuple[list[dict[str, float]], list[Tensor]]:
        """Return the losses of each latent, Eq. 2 to 6, and the total's gradient with respect to the pictures.

        drawn: G_s(ẑ) and G_t(ẑ), or G_t(ẑ) alone, which then stands in for G_s(ẑ) as well; [N, 3, R, R] each.

        The gradients stop at the pictures and do not reach ẑ yet, so that the backbone's activations of a picture
        are freed before the next picture's are computed. At 1024 pixels they take more than a gigabyte.
        """
        images = [image.detach().requires_grad_() for image in drawn]
        pair = Drawn(images[0], images[-1])
        if pair.source is pair.target:
            l_s, l_t = self._compare(pair.target, {fixed.source: weights.alpha, fixed.target: weights.beta})
        else:
            (l_s,) = self._compare(pair.source, {fixed.source: weights.alpha})
            (l_t,) = self._compare(pair.target, {fixed.target: weights.beta})
        losses = {"alpha": l_s, "beta": l_t}
        for name, term in LOSS_TERMS.items():
            if term.loss is None:
                continue
            loss = term.loss(pair, fixed)
            (getattr(weights, name) * loss).sum().backward()
            losses[name] = loss.detach()
        terms: list[Tensor] = [getattr(weights, name) * losses[name] for name in LOSS_TERMS]
        total = sum(terms[1:], terms[0])  # Eq. 6
        values = torch.stack([total, *(losses[name] for name in LOSS_TERMS)], dim=1).tolist()
        gradients = [image.grad for image in images if image.grad is not None]
        return [dict(zip(LOSSES, row, strict=True)) for row in values], gradients

    def _compare(self, pictures: Tensor, weights: dict[Reference, float]) -> list[Tensor]:
        """Return L_s or L_t (Eq. 2 and 3) to each reference, [N], and add their weighted gradient to the pictures'."""
        settings = self.settings
        perceptual, gradient = self.perceptual.compare(
            pictures, [*weights], [settings.perceptual_weight * weight for weight in weights.values()]
        )
        pixels = [((pictures - r.picture) * r.mask).square().mean((1, 2, 3)) for r in weights]
        weighted = [settings.pixel_weight * w * p for w, p in zip(weights.values(), pixels, strict=True)]
        torch.stack(weighted).sum().backward()
        assert pictures.grad is not None
        pictures.grad += gradient
        return [
            settings.perceptual_weight * ours + settings.pixel_weight * by_pixels.detach()
            for ours, by_pixels in zip(perceptual, pixels, strict=True)
        ]

    def _draw(self, generator: Generator, latents: Tensor) -> Tensor:
        """Return G(ẑ) with constant noise, [N, 3, R, R]."""
        if self.settings.space == "z":
            w = generator.truncate(generator.mapping(latents), self.settings.truncation)
            return generator.synthesis(generator.broadcast(w))
        if self.settings.space == "w":
            return generator.synthesis(generator.broadcast(latents))
        return generator.synthesis(latents)


@dataclass(frozen=True, eq=False)
class EvaluationRequest:
    """A latent whose losses and gradient a search needs."""

    objective: Objective
    variable: Tensor
    fixed: Fixed
    weights: LossWeights

    def evaluate(self) -> Evaluation:
        """Return the losses of this latent, and add their gradient to the latent's `grad`."""
        (evaluation,) = self.objective.evaluate([self.variable], self.fixed, self.weights)
        return evaluation


def joined(fixed: Sequence[Fixed]) -> Fixed:
    """Return what several searches fixed as one, along the first dimension of every tensor."""
    weights = [part.weight for part in fixed if part.weight is not None]
    return Fixed(
        _joined_references([part.source for part in fixed]),
        _joined_references([part.target for part in fixed]),
        torch.cat([part.image for part in fixed]),
        torch.cat(weights) if weights else None,
    )


def _joined_references(references: Sequence[Reference]) -> Reference:
    return Reference(
        torch.cat([part.picture for part in references]),
        torch.cat([part.mask for part in references]),
        [torch.cat(layer) for layer in zip(*(part.features for part in references), strict=True)],
        [torch.cat(layer) for layer in zip(*(part.masks for part in references), strict=True)],
    )


def _mask(a: np.ndarray, device: torch.device) -> Tensor:
    """Return a mask, uint8 [H, W], as float32 [1, 1, H, W] in [0, 1]."""
    return torch.from_numpy(a.astype(np.float32) / 255)[None, None].to(device)
