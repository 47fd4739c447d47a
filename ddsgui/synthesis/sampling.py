"""From seeds to pictures: z* -> x_s, x_t and, through a part's segmenter, y_s, y_t (paper, Sec. 3.3)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ddsgui.errors import OptimizerError, SegmenterError
from ddsgui.images import to_uint8
from ddsgui.stylegan.generator import Generator
from ddsgui.stylegan.padding import common_picture_size
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.segmenter import Segmenter


def latent(seed: int, z_dim: int) -> Tensor:
    """z of a seed, [1, z_dim]: drawn on the CPU, so that it is the same on every device."""
    if not -(2**63) <= seed < 2**63:
        raise OptimizerError(f"A seed must fit into 64 bits; {seed} does not.")
    return torch.randn(1, z_dim, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def picture(generator: Generator, seed: int, truncation: float) -> Tensor:
    """The picture [1, 3, R, R] of a seed."""
    return generator.synthesis(_ws(generator, seed, truncation))


@torch.no_grad()
def draw(generator: Generator, seed: int, truncation: float) -> tuple[Tensor, list[Tensor]]:
    """The picture [1, 3, R, R] of a seed and the activations [1, C_i, H_i, W_i] that a segmenter reads."""
    return generator.synthesis.with_features(_ws(generator, seed, truncation))


def _ws(generator: Generator, seed: int, truncation: float) -> Tensor:
    """The truncated w of a seed for every layer, [1, num_ws, w_dim]."""
    z = latent(seed, generator.config.z_dim).to(generator.device)
    return generator.broadcast(generator.truncate(generator.mapping(z), truncation))


def sample_pair(
    source: Generator,
    target: Generator,
    segmenter: Segmenter | None,
    seed: int,
    target_seed: int | None = None,
    truncation: float = 0.8,
    part_class: int = 1,
) -> Sample:
    """x_s, x_t of one latent (or of two: unpaired, Sec. 5.3) and the masks of one class of a part.

    Without a segmenter the masks are empty. OptimizerError if the two domains do not fit together.
    """
    check_pair(source, target)
    if segmenter is not None and not 1 <= part_class <= len(segmenter.classes):
        raise SegmenterError(
            f"This part has the classes {', '.join(segmenter.classes)}; there is no {part_class}."
        )

    def sampled(generator: Generator, its_seed: int) -> tuple[np.ndarray, np.ndarray]:
        # A function, so that the first picture's activations, half a gigabyte at 1024 px, go before the second's come.
        if segmenter is None:
            image = picture(generator, its_seed, truncation)
            return to_uint8(image[0]), np.zeros(image.shape[2:], np.uint8)
        image, features = draw(generator, its_seed, truncation)
        return to_uint8(image[0]), segmenter.masks(features)[0, part_class - 1]

    x_s, y_s = sampled(source, seed)
    x_t, y_t = sampled(target, seed if target_seed is None else target_seed)
    crop = common_picture_size(source.config, target.config)
    return Sample(x_s, x_t, y_s, y_t, seed, target_seed, truncation, crop)


def check_pair(source: Generator, target: Generator) -> None:
    """OptimizerError if the domains differ in resolution or in their latent spaces' sizes."""
    s, t = source.config, target.config
    if s.resolution != t.resolution:
        raise OptimizerError(
            f"The source draws {s.resolution} pixels and the target {t.resolution}; choose two of one size."
        )
    if (s.z_dim, s.w_dim) != (t.z_dim, t.w_dim):
        raise OptimizerError("These two domains have latent spaces of different sizes and cannot be mixed.")
