"""The layout of rosinality/stylegan2-pytorch: the key map to ours.

Variants seen: a training state {g, d, g_ema, …, args}, g_ema alone, a bare state dict of the generator, Lightning's
state_dict, the decoder of pSp and e4e; each with or without the `module.` prefixes of DataParallel
(few-shot-gan-adaptation saves so), and with averages by many names. See state_dict for how they are found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from ddsgui.checkpoints.layouts.build import build_generator, unknown_tensor_error
from ddsgui.checkpoints.native import to_float32
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.generator import Generator
from ddsgui.stylegan.ops import BLUR

ANCHOR = "input.input"  # the learned constant: no other network has a tensor of this name
MEAN = "latent_avg"  # beside the generator, in files converted from TensorFlow
_LAYER = {
    "conv.weight": "conv.weight",
    "conv.modulation.weight": "conv.affine.weight",
    "conv.modulation.bias": "conv.affine.bias",
    "noise.weight": "noise_strength",
    "activate.bias": "bias",
}
_RGB = {k: v for k, v in _LAYER.items() if k.startswith("conv.")} | {"bias": "bias"}


def generator_from_rosinality(state: Mapping[str, Tensor], name: str) -> Generator:
    """The generator of a rosinality state dict; strict: every tensor has its place or is a known constant."""
    tensors: dict[str, Tensor] = {}
    for key, value in state.items():
        if key.endswith(".kernel"):
            check_kernel(to_float32(value, f"{name}: {key}"), name)
        elif (own := _own_key(key)) is None:
            raise unknown_tensor_error("tensor", key, name)
        else:
            tensors[own] = _own_shape(own, to_float32(value, f"{name}: {key}"))
    if "w_mean" in tensors:
        tensors["w_mean"] = tensors["w_mean"].flatten(0, -2)[:1]
    if not any(key.endswith("noise_const") for key in tensors):
        _add_noise(tensors)
    return build_generator(tensors, name)


def _own_key(key: str) -> str | None:
    """Our name of a tensor; None if the layout does not know it."""
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
    if own == "w_mean":  # of pSp: a row for each layer, all the same
        return value.reshape(1, -1) if value.dim() < 2 else value
    return value


def check_kernel(kernel: Tensor, name: str) -> None:
    """The resampling filter is a constant of ours; a checkpoint with another one would draw other pictures."""
    tap = torch.tensor(BLUR)
    outer = torch.outer(tap, tap)
    if kernel.shape != outer.shape or not torch.allclose(
        kernel / kernel.sum(), outer / outer.sum(), atol=1e-5
    ):
        raise CheckpointError(f"{name} resamples with a filter that ddsgui does not know.")


def _add_noise(tensors: dict[str, Tensor]) -> None:
    """Old files hold no noise pictures: draw them once, the same on every machine."""
    generator = torch.Generator().manual_seed(0)
    layers = sum(re.fullmatch(r"synthesis\.layers\.\d+\.conv\.weight", key) is not None for key in tensors)
    for i in range(min(layers, 19)):
        side = 4 << ((i + 1) // 2)
        tensors[f"synthesis.layers.{i}.noise_const"] = torch.randn(1, 1, side, side, generator=generator)
