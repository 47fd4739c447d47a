"""Training of a segmenter on one or a few painted pictures (RepurposeGAN, Sec. 3)."""

from __future__ import annotations

import math
from collections import abc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ddsgui.errors import SegmenterError
from ddsgui.stylegan.generator import Generator
from ddsgui.synthesis.latents import LatentSource, Seed
from ddsgui.synthesis.sampling import draw, ws_of
from ddsgui.synthesis.segmenter import Segmenter

ITERATIONS = 120
LEARNING_RATE = 0.01
# Channels are hidden at random, so that the few that fit this picture by chance do not decide alone.
CHANNEL_DROPOUT = 0.3  # share of the channels
DROPOUT_ITERATIONS_SHARE = 0.7  # the first iterations hide channels, the others do not
RESTYLED_COPIES = 3  # of each painted picture, in other colours
UNPAINTED_SEEDS = (1000, 1001, 1002)  # of pictures that show how activations vary


@dataclass(frozen=True, eq=False)
class PaintedExample:
    """A picture of the generator and its painted labels."""

    latent: LatentSource
    truncation: float
    labels: np.ndarray  # uint8 [R, R]: 0 is everything else, k the k-th class
    generator: Generator | None = None  # that drew it, if it is another one with layers of the same widths


@dataclass(frozen=True, eq=False)
class TrainingStep:
    """The report of one iteration."""

    iteration: int  # 1-based
    iterations: int
    loss: float
    segmenter: Segmenter | None  # trained, with the last step; None before


def train_segmenter(
    generator: Generator,
    examples: Sequence[PaintedExample],
    classes: tuple[str, ...],
    size: str = "M",
    iterations: int = ITERATIONS,
) -> abc.Generator[TrainingStep, None, None]:
    """Yield every iteration as a step; the last carries the segmenter.

    Raises SegmenterError if a painting has the wrong size, unknown classes or none.

    The activations are computed once. Every painted picture gets copies whose finer layers take the style of
    other latents: the same shapes in other colours, so that the same painting applies.
    """
    if iterations < 1:
        raise SegmenterError(f"Training takes 1 iteration or more, not {iterations}.")
    labels = _check(generator, examples, classes)
    # One at a time: four pictures at once would need four times the memory.
    drawn = [list(_features(example.generator or generator, example)) for example in examples]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        segmenter = Segmenter(generator.config.layer_channels(), generator.config.resolution, classes, size)
    segmenter.to(generator.device)
    unpainted = (draw(generator, seed, 0.8)[1] for seed in UNPAINTED_SEEDS)
    segmenter.normalize_to(chain(*drawn, unpainted))
    # All pictures as they were painted, then their first copies, …; activations are freed once they are scaled.
    features = [
        list(segmenter.normalize(views.pop(0))) for _ in range(RESTYLED_COPIES + 1) for views in drawn
    ]
    rng = torch.Generator().manual_seed(0)
    weights = _class_weights(labels, len(classes) + 1)
    adam = torch.optim.Adam([p for p in segmenter.parameters() if p.requires_grad], lr=LEARNING_RATE)
    for iteration in range(1, iterations + 1):
        adam.param_groups[0]["lr"] = (
            LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * iteration / (iterations + 1)))
        )
        inputs = features[(iteration - 1) % len(features)]
        factors = None
        if iteration <= DROPOUT_ITERATIONS_SHARE * iterations:
            factors = [_dropout_factors(f.shape[1], rng).to(f.device) for f in inputs]
        loss = _loss(segmenter(inputs, factors), labels[(iteration - 1) % len(labels)], weights)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        is_last = iteration == iterations
        result = segmenter.eval().requires_grad_(False) if is_last else None
        yield TrainingStep(iteration, iterations, float(loss.detach()), result)


@torch.no_grad()
def _features(generator: Generator, example: PaintedExample) -> Iterator[list[Tensor]]:
    """Yield the activations [1, C_i, H_i, W_i] of the painted picture and then of its restyled copies."""
    first = example.latent.value if isinstance(example.latent, Seed) else 0
    latents = (example.latent, *(Seed((first + k * 7919) % 2**63) for k in range(1, RESTYLED_COPIES + 1)))
    ws = torch.cat([ws_of(generator, latent, example.truncation) for latent in latents])
    fine = _fine_layer(generator.config.resolution)
    ws[1:, :fine] = ws[:1, :fine]
    for row in ws.split(1):
        yield generator.synthesis.with_features(row)[1]


def _fine_layer(resolution: int) -> int:
    """Return the first layer that sets colours rather than shapes: half the picture's resolution."""
    return max(1, 2 * (resolution.bit_length() - 1) - 7)


def _check(
    generator: Generator, examples: Sequence[PaintedExample], classes: tuple[str, ...]
) -> list[Tensor]:
    """Return the labels as tensors, int64 [1, R, R].

    Raises SegmenterError if they do not fit or a class is not painted anywhere.
    """
    side = generator.config.resolution
    if not examples:
        raise SegmenterError("Paint at least one picture first.")
    for example in examples:
        if example.labels.shape != (side, side):
            height, width = example.labels.shape[:2]
            raise SegmenterError(
                f"The painting is {width} × {height} pixels; the domain draws {side} × {side}."
            )
        config = None if example.generator is None else example.generator.config
        if config is not None and config.layer_channels() != generator.config.layer_channels():
            raise SegmenterError("The paintings are of domains with layers of different widths.")
        if example.labels.max() > len(classes):
            raise SegmenterError("The painting uses a class that was not named.")
    stacked = np.stack([e.labels for e in examples])
    for kind, name in enumerate(classes, 1):
        if not (stacked == kind).any():
            raise SegmenterError(f"Nothing is painted as {name}; paint it on at least one picture.")
    if not (stacked == 0).any():
        raise SegmenterError("Everything is painted; leave out what does not belong to the part.")
    return [torch.from_numpy(e.labels.astype(np.int64))[None].to(generator.device) for e in examples]


def _dropout_factors(channels: int, rng: torch.Generator) -> Tensor:
    """Return a factor per channel, [1, C, 1, 1]: 0 hides it; above 1 makes up for the hidden channels."""
    return (torch.rand(1, channels, 1, 1, generator=rng) >= CHANNEL_DROPOUT) / (1 - CHANNEL_DROPOUT)


def _class_weights(labels: list[Tensor], classes: int) -> Tensor:
    """Return one over the root of each class's frequency, [classes]: 2 % of the pixels count seven times as much.

    labels: int64 [1, R, R] of each painted picture.
    """
    counts = torch.bincount(torch.cat([painting.flatten() for painting in labels]), minlength=classes).float()
    weights = (counts.sum() / counts.clamp(min=1)).sqrt()
    return weights / weights.mean()


def _loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted cross-entropy plus one minus the soft Dice overlap, which no imbalance hides; a scalar.

    logits: [1, K+1, R, R]. labels: int64 [1, R, R]. weights: [K+1].
    """
    entropy = F.cross_entropy(logits, labels, weights)
    probabilities = logits.softmax(1)
    truth = F.one_hot(labels, logits.shape[1]).movedim(-1, 1).float()
    overlap = (probabilities * truth).sum((0, 2, 3))
    size = (probabilities + truth).sum((0, 2, 3))
    return entropy + 1 - ((2 * overlap + 1) / (size + 1))[1:].mean()
