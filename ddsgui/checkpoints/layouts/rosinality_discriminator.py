"""The discriminator in a training state of rosinality/stylegan2-pytorch: the key map to ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ddsgui.checkpoints.layouts.rosinality import check_kernel
from ddsgui.checkpoints.native import strict_discriminator, to_float32
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.discriminator import Discriminator, DiscriminatorConfig

_BLOCK = {
    "conv1.0.weight": "conv1.weight",
    "conv1.1.bias": "conv1.bias",
    "conv2.1.weight": "conv2.weight",  # conv2.0 and skip.0 are the filters
    "conv2.2.bias": "conv2.bias",
    "skip.1.weight": "skip.weight",
}
_ENDS = {
    "convs.0.0.weight": "from_rgb.weight",
    "convs.0.1.bias": "from_rgb.bias",
    "final_conv.0.weight": "final_conv.weight",
    "final_conv.1.bias": "final_conv.bias",
    "final_linear.0.weight": "final_linear.weight",
    "final_linear.0.bias": "final_linear.bias",
    "final_linear.1.weight": "logit.weight",
    "final_linear.1.bias": "logit.bias",
}


def find_discriminator(content: Any) -> dict[str, Tensor] | None:
    """The discriminator's state dict within a checkpoint, without DataParallel prefixes; None if it has none.

    Under the same key other programs keep discriminators of other kinds; those are none that can be used.
    """
    state = content.get("d") if isinstance(content, Mapping) else None
    if not isinstance(state, Mapping):
        return None
    plain = {str(key).removeprefix("module."): value for key, value in state.items()}
    known = "convs.0.0.weight" in plain and all(isinstance(value, Tensor) for value in plain.values())
    return plain if known else None


def discriminator_from_rosinality(state: Mapping[str, Tensor], name: str) -> Discriminator:
    """The discriminator of a rosinality state dict; strict: every tensor has its place or is a known constant."""
    tensors: dict[str, Tensor] = {}
    for key, value in state.items():
        if key.endswith(".kernel"):
            check_kernel(to_float32(value, f"{name}: {key}"), name)
        elif (own := _own_key(key)) is None:
            raise CheckpointError(
                f"{name} has the unknown tensor {key}; its discriminator is not a plain StyleGAN2 one."
            )
        else:
            tensors[own] = to_float32(value, f"{name}: {key}")
    return strict_discriminator(_config(tensors, name), tensors, name)


def _own_key(key: str) -> str | None:
    if match := re.fullmatch(r"convs\.([1-9]\d?)\.(.+)", key):
        return f"blocks.{int(match[1]) - 1}.{_BLOCK[match[2]]}" if match[2] in _BLOCK else None
    return _ENDS.get(key)


def _config(tensors: Mapping[str, Tensor], name: str) -> DiscriminatorConfig:
    """The configuration that the shapes imply: the blocks run from the picture's side down to 4."""
    found = (re.fullmatch(r"blocks\.(\d+)\.conv2\.weight", key) for key in tensors)
    numbers = sorted(int(match[1]) for match in found if match)
    if not numbers or numbers != list(range(len(numbers))):
        raise CheckpointError(f"{name} holds only a part of a discriminator.")
    outputs = ["from_rgb.weight", *(f"blocks.{i}.conv2.weight" for i in numbers)]
    for key in outputs:
        if tensors[key].dim() != 4:
            raise CheckpointError(
                f"{name}: {key} is no convolution's; its discriminator is not a StyleGAN2 one."
            )
    widths = [len(tensors[key]) for key in outputs]
    return DiscriminatorConfig(4 << len(numbers), tuple(reversed(widths)), "binomial")
