"""Networks in a training: their memory layout, their random weights, and their average."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor, nn

from ddsgui.stylegan.generator import Generator

M = TypeVar("M", bound=nn.Module)

ADVERSARIAL_BETAS = (0.0, 0.99)  # of Adam in adversarial trainings (Karras et al., CVPR 2020)


@contextmanager
def drawing_from(rng: torch.Generator) -> Iterator[None]:
    """Use `rng` for the weights of networks created in this context; torch's own generator does not change."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(torch.randint(2**62, (), generator=rng)))
        yield


def placed(module: M, device: torch.device) -> M:
    """Return the module itself, on the device, in its fastest memory layout, ready to be trained."""
    module.to(device).train()
    if device.type == "cpu":  # a third faster there
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return module


@torch.no_grad()
def without_noise(generator: Generator) -> Generator:
    """Return the generator itself, with per-pixel noise off for good.

    Below 256 px it costs time, adds little detail, and hides detail from a search.
    """
    for name, parameter in generator.named_parameters():
        if name.endswith("noise_strength"):
            parameter.zero_().requires_grad_(False)
    return generator


@torch.no_grad()
def update_average(average: Iterable[Tensor], now: Iterable[Tensor], half_lives: float) -> None:
    """Move averaged weights towards the current ones, half of the way in each half-life."""
    weight = 1 - 0.5**half_lives
    for mean, value in zip(average, now, strict=True):
        mean.lerp_(value, weight)
