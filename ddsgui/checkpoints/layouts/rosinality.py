"""The layout of rosinality/stylegan2-pytorch.

Variants seen: a training state {g, d, g_ema, …, args}, g_ema alone, a bare state dict of the generator, Lightning's
state_dict, the decoder of pSp and e4e; each with or without the `module.` prefixes of DataParallel
(few-shot-gan-adaptation saves so), and with averages by many names. See state_dict.py for how they are found.
"""

from __future__ import annotations

import re

import torch
from torch import Tensor

from ddsgui.checkpoints.layouts.layout import Contents, Layout, Match
from ddsgui.checkpoints.layouts.state_dict import find_state_dict
from ddsgui.checkpoints.layouts.translation import build_generator, translate
from ddsgui.stylegan.generator import Generator

ANCHOR = "input.input"  # the learned constant: no other network has a tensor of this name
MEAN = "latent_avg"  # next to the generator, in files converted from TensorFlow
_LAYER = {
    "conv.weight": "conv.weight",
    "conv.modulation.weight": "conv.affine.weight",
    "conv.modulation.bias": "conv.affine.bias",
    "noise.weight": "noise_strength",
    "activate.bias": "bias",
}
_RGB = {k: v for k, v in _LAYER.items() if k.startswith("conv.")} | {"bias": "bias"}


def match(contents: Contents) -> Match | None:
    """Find the generator's state dict, however it is wrapped."""
    state = find_state_dict(contents.data, ANCHOR, MEAN, contents.network)
    if state is None:
        return None
    return Match(contents, state.tensors, state.also_inside, state.name, state.networks)


def build(match: Match) -> Generator:
    """Return the generator. Raises CheckpointError unless every tensor has a place or is a known constant."""
    tensors = translate(match.network, _own_key, match.contents.name, filter_suffix=".kernel")
    tensors = {own: _own_shape(own, value) for own, value in tensors.items()}
    if "w_mean" in tensors:
        tensors["w_mean"] = tensors["w_mean"].flatten(0, -2)[:1]
    if not any(key.endswith("noise_const") for key in tensors):
        _add_noise(tensors)
    return build_generator(tensors, match.contents.name)


def _own_key(key: str) -> str | None:
    """Return our name of a tensor; None if the layout does not have it."""
    if match := re.fullmatch(r"style\.([1-9]\d?)\.(weight|bias)", key):
        return f"mapping.layers.{int(match[1]) - 1}.{match[2]}"  # style.0 is the normalisation
    if match := re.fullmatch(r"noises\.noise_(\d{1,2})", key):
        return f"synthesis.layers.{int(match[1])}.noise_const"
    if match := re.fullmatch(r"(?:conv1|convs\.(\d{1,2}))\.(.+)", key):
        index = 0 if match[1] is None else int(match[1]) + 1
        return f"synthesis.layers.{index}.{_LAYER[match[2]]}" if match[2] in _LAYER else None
    if match := re.fullmatch(r"(?:to_rgb1|to_rgbs\.(\d{1,2}))\.(.+)", key):
        index = 0 if match[1] is None else int(match[1]) + 1
        return f"synthesis.to_rgbs.{index}.{_RGB[match[2]]}" if match[2] in _RGB else None
    return {ANCHOR: "synthesis.const", MEAN: "w_mean"}.get(key)


def _own_shape(own: str, value: Tensor) -> Tensor:
    if own.endswith("conv.weight") and value.dim() == 5 and len(value) == 1:
        return value[0]
    if own.endswith("noise_strength") and value.numel() == 1:
        return value.reshape(())
    if own.startswith("synthesis.to_rgbs.") and own.endswith(".bias") and value.dim() == 4:
        return value.flatten()
    if own == "w_mean":  # pSp has one row per layer, all alike
        return value.reshape(1, -1) if value.dim() < 2 else value
    return value


def _add_noise(tensors: dict[str, Tensor]) -> None:
    """Add the noise images that old files lack: random, but the same on every machine."""
    generator = torch.Generator().manual_seed(0)
    const = tensors.get("synthesis.const")
    if const is None or const.dim() != 4:
        return  # build_generator() says so
    layers = sum(re.fullmatch(r"synthesis\.layers\.\d+\.conv\.weight", key) is not None for key in tensors)
    for i in range(min(layers, 19)):
        height, width = (min(length, 64) << ((i + 1) // 2) for length in const.shape[2:])
        if height * width > 2**24:
            return
        tensors[f"synthesis.layers.{i}.noise_const"] = torch.randn(1, 1, height, width, generator=generator)


LAYOUT = Layout("rosinality", match, build, owner="rosinality's")
