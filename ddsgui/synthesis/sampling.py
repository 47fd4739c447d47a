"""From latents to pictures: z* -> x_s, x_t and, through a part's segmenter, y_s, y_t (paper, Sec. 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from ddsgui.errors import OptimizerError, SegmenterError
from ddsgui.images import to_uint8
from ddsgui.stylegan.generator import Generator
from ddsgui.stylegan.generator_config import GeneratorConfig
from ddsgui.synthesis.latents import LatentSource, Seed, Space, StoredLatent, as_source
from ddsgui.synthesis.sample import Sample, nearest_part, resized
from ddsgui.synthesis.segmenter import Segmenter
from ddsgui.synthesis.settings import OptimizerSettings

PartClass: TypeAlias = tuple[Segmenter, int]  # a part and the number of one of its classes, from 1


@dataclass(frozen=True, eq=False)
class DrawnSide:
    """One picture of a pair, and the masks of its parts."""

    image: np.ndarray  # uint8 [R, R, 3]
    masks: tuple[np.ndarray, ...]  # uint8 [R, R], of each part; an empty one without parts
    latent: LatentSource


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
        actual_text, needed_text = (" × ".join(map(str, shape[1:])) for shape in (latent.array.shape, needed))
        raise OptimizerError(
            f"{latent.name or 'The latent'} has {actual_text} numbers in {latent.space}, "
            f"but this domain draws from {needed_text}."
        )


@torch.no_grad()
def latent_in(generator: Generator, latent: StoredLatent, settings: OptimizerSettings) -> np.ndarray:
    """Return a latent in the space of `settings`, to start a search from: z is mapped to w, and w serves all layers.

    Raises OptimizerError if it has another size, or if there is no way back from w to z or from w+ to w.
    """
    check_latent(generator.config, latent)
    if latent.space == settings.space:
        return latent.array
    if settings.space == "w+":
        return ws_of(generator, latent, settings.truncation).cpu().numpy().copy()
    if settings.space == "w" and latent.space == "z":
        z = torch.from_numpy(latent.array).to(generator.device)
        return generator.truncate(generator.mapping(z), settings.truncation).cpu().numpy()
    raise OptimizerError(
        f"{latent.name or 'The latent'} lies in {latent.space} and cannot start a search in {settings.space}; "
        "search in the space w+."
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
    target_segmenter: Segmenter | None = None,
) -> Sample:
    """Return x_s, x_t of one latent (or of two: unpaired, Sec. 5.3) and the masks of one class of a part.

    Without a segmenter the masks are empty; with `target_segmenter` the target may be an unrelated generator (Fig. 12).
    """
    source_parts = [] if segmenter is None else [(segmenter, part_class)]
    target_parts = source_parts if target_segmenter is None else [(target_segmenter, part_class)]
    return sample_parts(source, target, source_parts, target_parts, latent, target_latent, truncation)


def sample_parts(
    source: Generator,
    target: Generator,
    source_parts: Sequence[PartClass],
    target_parts: Sequence[PartClass],
    latent: LatentSource | int,
    target_latent: LatentSource | int | None = None,
    truncation: float = 0.8,
) -> Sample:
    """Return x_s, x_t and the masks of all these parts together, at the target's resolution.

    Raises SegmenterError if a part was not learnt on its generator or has no such class, and OptimizerError if a
    latent does not fit.
    """
    latent = as_source(latent)
    paired = target_latent is None
    source_side = draw_side(source, source_parts, latent, truncation)
    target_side = draw_side(
        target, target_parts, latent if target_latent is None else as_source(target_latent), truncation
    )
    return join_sides(source, target, source_side, target_side, truncation, paired=paired)


def join_sides(
    source: Generator,
    target: Generator,
    source_side: DrawnSide,
    target_side: DrawnSide,
    truncation: float,
    *,
    paired: bool,
) -> Sample:
    """Return the pair of two sides, at the target's resolution. paired: both come from one latent."""
    side = target.config.resolution
    x_s, *masks_s = (resized(array, side) for array in (source_side.image, *source_side.masks))
    masks_t = target_side.masks
    y_s, y_t = np.maximum.reduce(masks_s), np.maximum.reduce(masks_t)
    owners = None
    if len(masks_s) == len(masks_t) > 1:
        owners = nearest_part([np.maximum(*pair) for pair in zip(masks_s, masks_t, strict=True)])
    return Sample(
        x_s,
        target_side.image,
        y_s,
        y_t,
        source_side.latent,
        None if paired else target_side.latent,
        truncation,
        shown_size(source, target),
        mismatch(source, target),
        owners=owners,
    )


def shown_size(source: Generator, target: Generator) -> tuple[int, int]:
    """Return width and height of the picture that both draw, in pixels of the target."""
    s, t = source.config, target.config
    scaled = (max(1, round(n * t.resolution / s.resolution)) for n in s.picture_size)
    width, height = map(min, zip(scaled, t.picture_size, strict=True))
    return width, height


def draw_side(
    generator: Generator, parts: Sequence[PartClass], latent: LatentSource, truncation: float
) -> DrawnSide:
    """Return the picture of a latent and the masks of these parts.

    Raises SegmenterError if a part was not learnt on this generator or has no such class, and OptimizerError if the
    latent does not fit.
    """
    # Activations, half a gigabyte at 1024 px, are freed on return, before the second picture's are drawn.
    for segmenter, number in parts:
        if not 1 <= number <= len(segmenter.classes):
            raise SegmenterError(
                f"This part has the classes {', '.join(segmenter.classes)}; there is no {number}."
            )
    if not parts:
        image = picture(generator, latent, truncation)
        return DrawnSide(to_uint8(image[0]), (np.zeros(image.shape[2:], np.uint8),), latent)
    image, features = draw(generator, latent, truncation)
    masks = tuple(segmenter.masks(features)[0, number - 1] for segmenter, number in parts)
    return DrawnSide(to_uint8(image[0]), masks, latent)


def mismatch(source: Generator, target: Generator) -> str | None:
    """Return the sentence that says why two generators cannot draw one ẑ together; None if they can."""
    s, t = source.config, target.config
    advice = "choose two that agree, or a preset that needs only the source's picture, such as fast"
    if s.resolution != t.resolution:
        return f"These domains have different sizes ({s.resolution} and {t.resolution} px); {advice}."
    if (s.z_dim, s.w_dim) != (t.z_dim, t.w_dim):
        return f"These domains have latent spaces of different sizes; {advice}."
    return None


def check_pair(source: Generator, target: Generator) -> None:
    """Raise OptimizerError if two generators that draw one ẑ differ in resolution or in their latents' sizes."""
    if (sentence := mismatch(source, target)) is not None:
        raise OptimizerError(sentence)
