"""From latents to pictures: z* -> x_s, x_t and, through a part's segmenter, y_s, y_t (paper, Sec. 3.3)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ddsgui.errors import OptimizerError, SegmenterError
from ddsgui.images import to_uint8
from ddsgui.stylegan.generator import Generator
from ddsgui.stylegan.generator_config import GeneratorConfig
from ddsgui.stylegan.padding import common_picture_size
from ddsgui.synthesis.latents import LatentSource, Seed, Space, StoredLatent, as_source
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.segmenter import Segmenter


def z_of_seed(seed: Seed | int, z_dim: int) -> Tensor:
    """Return the z of a seed, [1, z_dim]: drawn on the CPU, so that it is the same on every device.

    Raises OptimizerError unless the seed fits into 64 bits.
    """
    value = (seed if isinstance(seed, Seed) else Seed(seed)).value
    return torch.randn(1, z_dim, generator=torch.Generator().manual_seed(value))


def ws_of(generator: Generator, latent: LatentSource | int, truncation: float) -> Tensor:
    """Return the w of every layer, [1, num_ws, w_dim]. A plain number is a seed; only z is truncated.

    Raises OptimizerError if the generator draws from latents of another size.
    """
    latent = as_source(latent)
    if isinstance(latent, Seed):
        z = z_of_seed(latent, generator.config.z_dim).to(generator.device)
        return generator.broadcast(generator.truncate(generator.mapping(z), truncation))
    check_latent(generator.config, latent)
    array = torch.from_numpy(latent.array).to(generator.device)
    if latent.space == "w+":
        return array
    if latent.space == "z":
        array = generator.truncate(generator.mapping(array), truncation)
    return generator.broadcast(array)


def latent_shape(config: GeneratorConfig, space: Space) -> tuple[int, ...]:
    """Return the shape of a latent: [1, z_dim], [1, w_dim] or [1, num_ws, w_dim]."""
    return {"z": (1, config.z_dim), "w": (1, config.w_dim), "w+": (1, config.num_ws, config.w_dim)}[space]


def check_latent(config: GeneratorConfig, latent: StoredLatent) -> None:
    """Raise OptimizerError unless a generator of `config` draws from latents of this size."""
    needed = latent_shape(config, latent.space)
    if latent.array.shape != needed:
        has, needs = (" × ".join(map(str, shape[1:])) for shape in (latent.array.shape, needed))
        raise OptimizerError(
            f"{latent.name or 'The latent'} has {has} numbers in {latent.space}, but this domain draws from {needs}."
        )


@torch.no_grad()
def picture(generator: Generator, latent: LatentSource | int, truncation: float) -> Tensor:
    """Return the image [1, 3, R, R] of a latent."""
    return generator.synthesis(ws_of(generator, latent, truncation))


@torch.no_grad()
def draw(generator: Generator, latent: LatentSource | int, truncation: float) -> tuple[Tensor, list[Tensor]]:
    """Return the image [1, 3, R, R] of a latent and the activations [1, C_i, H_i, W_i] that a segmenter reads."""
    return generator.synthesis.with_features(ws_of(generator, latent, truncation))


def sample_pair(
    source: Generator,
    target: Generator,
    segmenter: Segmenter | None,
    latent: LatentSource | int,
    target_latent: LatentSource | int | None = None,
    truncation: float = 0.8,
    part_class: int = 1,
) -> Sample:
    """Return x_s, x_t of one latent (or of two: unpaired, Sec. 5.3) and the masks of one class of a part.

    Without a segmenter the masks are empty. Raises OptimizerError if the two domains do not fit together.
    """
    check_pair(source, target)
    latent = as_source(latent)
    target_latent = None if target_latent is None else as_source(target_latent)
    if segmenter is not None and not 1 <= part_class <= len(segmenter.classes):
        raise SegmenterError(
            f"This part has the classes {', '.join(segmenter.classes)}; there is no {part_class}."
        )

    def sampled(generator: Generator, own: LatentSource) -> tuple[np.ndarray, np.ndarray]:
        # A function, so that the first picture's activations, half a gigabyte at 1024 px, go before the second's come.
        if segmenter is None:
            image = picture(generator, own, truncation)
            return to_uint8(image[0]), np.zeros(image.shape[2:], np.uint8)
        image, features = draw(generator, own, truncation)
        return to_uint8(image[0]), segmenter.masks(features)[0, part_class - 1]

    x_s, y_s = sampled(source, latent)
    x_t, y_t = sampled(target, latent if target_latent is None else target_latent)
    crop = common_picture_size(source.config, target.config)
    return Sample(x_s, x_t, y_s, y_t, latent, target_latent, truncation, crop)


def check_pair(source: Generator, target: Generator) -> None:
    """Raise OptimizerError if the domains differ in resolution or in their latent spaces' sizes."""
    s, t = source.config, target.config
    if s.resolution != t.resolution:
        raise OptimizerError(
            f"The source draws {s.resolution} pixels and the target {t.resolution}; choose two of one size."
        )
    if (s.z_dim, s.w_dim) != (t.z_dim, t.w_dim):
        raise OptimizerError("These two domains have latent spaces of different sizes and cannot be mixed.")
