"""The discriminator in a training state of rosinality/stylegan2-pytorch."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from ddsgui.checkpoints.assembly import assemble_discriminator
from ddsgui.checkpoints.layouts.layout import Contents, Layout, Match
from ddsgui.checkpoints.layouts.translation import translate
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


def match(contents: Contents) -> Match | None:
    """Find the state dict, without DataParallel's prefixes.

    Other programs keep discriminators of other kinds under the same key; those do not match.
    """
    state = contents.data.get("d") if isinstance(contents.data, Mapping) else None
    if not isinstance(state, Mapping):
        return None
    plain = {str(key).removeprefix("module."): value for key, value in state.items()}
    known = "convs.0.0.weight" in plain and all(isinstance(value, Tensor) for value in plain.values())
    return Match(contents, plain) if known else None


def build(match: Match) -> Discriminator:
    """Return the discriminator. Raises CheckpointError unless every tensor has a place or is a known constant."""
    name = match.contents.name
    tensors = translate(match.network, _own_key, name, filter_suffix=".kernel", network="discriminator")
    return assemble_discriminator(_config(tensors, name), tensors, name)


def _own_key(key: str) -> str | None:
    """Return our name of a tensor; None if the layout does not have it."""
    if match := re.fullmatch(r"convs\.([1-9]\d?)\.(.+)", key):
        return f"blocks.{int(match[1]) - 1}.{_BLOCK[match[2]]}" if match[2] in _BLOCK else None
    return _ENDS.get(key)


def _config(tensors: Mapping[str, Tensor], name: str) -> DiscriminatorConfig:
    """Return the configuration that the shapes imply: the blocks run from the picture's side down to 4."""
    matches = (re.fullmatch(r"blocks\.(\d+)\.conv2\.weight", key) for key in tensors)
    numbers = sorted(int(match[1]) for match in matches if match)
    if not numbers or numbers != list(range(len(numbers))):
        raise CheckpointError(f"{name} holds only a part of a discriminator.")
    outputs = ["from_rgb.weight", *(f"blocks.{i}.conv2.weight" for i in numbers)]
    for key in outputs:
        if tensors[key].dim() != 4:
            raise CheckpointError(
                f"{name}: {key} is not a convolution's; its discriminator is not a StyleGAN2 one."
            )
    widths = [len(tensors[key]) for key in outputs]
    return DiscriminatorConfig(4 << len(numbers), tuple(reversed(widths)), "binomial")


LAYOUT = Layout("rosinality", match, build)
