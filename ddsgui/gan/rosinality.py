"""The layout of rosinality/stylegan2-pytorch: the key map to ours, and a reader that executes nothing.

Variants seen: a training state {g, d, g_ema, …, args}, g_ema alone, a bare state dict of the generator, each with
or without the `module.` prefixes of DataParallel (few-shot-gan-adaptation saves so).
"""

from __future__ import annotations

import argparse
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ddsgui.errors import CheckpointError
from ddsgui.gan.generator import Generator, config_from_shapes
from ddsgui.gan.native import plain_float, strict_generator
from ddsgui.gan.ops import BLUR

GENERATORS = ("g_ema", "g", "generator", "state_dict")  # in this order: the average is the better picture
_LAYER = {
    "conv.weight": "conv.weight",
    "conv.modulation.weight": "conv.affine.weight",
    "conv.modulation.bias": "conv.affine.bias",
    "noise.weight": "noise_strength",
    "activate.bias": "bias",
}
_RGB = {k: v for k, v in _LAYER.items() if k.startswith("conv.")} | {"bias": "bias"}


def read_torch(path: Path) -> Any:
    """The content of a torch.save file as plain data. CheckpointError if it asks for anything else."""
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        found = re.search(r"(?:GLOBAL|Unsupported global:|class) ([\w.]+)", str(error))
        reached = f" (it reaches for {found[1]})" if found else ""
        raise CheckpointError(
            f"{path.name} would run code when opened{reached}, so it was left closed; "
            "ask its author for a file that holds tensors only."
        ) from error
    except Exception as error:  # torch raises many kinds for a damaged archive
        raise CheckpointError(
            f"{path.name} is damaged or was not downloaded completely; get it again."
        ) from error


def find_state(content: Any, name: str) -> dict[str, Tensor]:
    """The generator's state dict within a checkpoint, without DataParallel prefixes."""
    average = None
    if isinstance(content, Mapping):
        average = content.get(
            "latent_avg"
        )  # files converted from TensorFlow hold the mean w beside the generator
        for key in GENERATORS:
            if isinstance(content.get(key), Mapping):
                content = content[key]
                break
    if not isinstance(content, Mapping) or not content:
        raise CheckpointError(f"{name} has no generator in it.")
    if not all(isinstance(k, str) and isinstance(v, Tensor) for k, v in content.items()):
        raise CheckpointError(f"{name} has no generator in it; it holds {_some(content)}.")
    state = {str(k).removeprefix("module."): v for k, v in content.items()}
    if "input.input" not in state:
        raise CheckpointError(
            f"{name} holds tensors, but not a StyleGAN2 generator's; it has {_some(state)}."
        )
    if isinstance(average, Tensor):
        state.setdefault("latent_avg", average)
    return state


def generator_from_rosinality(state: Mapping[str, Tensor], name: str) -> Generator:
    """The generator of a rosinality state dict; strict: every tensor has its place or is a known constant."""
    tensors: dict[str, Tensor] = {}
    for key, value in state.items():
        if key.endswith(".kernel"):
            check_kernel(plain_float(value, f"{name}: {key}"), name)
        elif (own := _own_key(key)) is None:
            raise CheckpointError(
                f"{name} has the unknown tensor {key}; it is not a plain StyleGAN2 generator."
            )
        else:
            tensors[own] = _own_shape(own, plain_float(value, f"{name}: {key}"))
    mapping = _shapes(tensors, r"mapping\.layers\.(\d+)\.weight")
    layers = _shapes(tensors, r"synthesis\.layers\.(\d+)\.conv\.weight")
    const = tuple(tensors["synthesis.const"].shape)
    config = config_from_shapes(mapping, const, layers)
    if not any(key.endswith("noise_const") for key in tensors):
        _add_noise(tensors, len(layers))
    w_mean = state.get("latent_avg")
    tensors["w_mean"] = torch.zeros(1, config.w_dim) if w_mean is None else tensors["w_mean"].reshape(1, -1)
    generator = strict_generator(config, tensors, name)
    if w_mean is None:
        generator.estimate_w_mean()
    return generator


def _own_key(key: str) -> str | None:
    """Our name of a tensor; None if the layout does not know it, '' never."""
    if key == "input.input":
        return "synthesis.const"
    if key == "latent_avg":
        return "w_mean"
    if match := re.fullmatch(r"style\.(\d{1,3})\.(weight|bias)", key):
        return f"mapping.layers.{int(match[1]) - 1}.{match[2]}"  # style.0 is the normalisation
    if match := re.fullmatch(r"noises\.noise_(\d{1,3})", key):
        return f"synthesis.layers.{match[1]}.noise_const"
    if match := re.fullmatch(r"(?:conv1|convs\.(\d{1,3}))\.(.+)", key):
        index = 0 if match[1] is None else int(match[1]) + 1
        return f"synthesis.layers.{index}.{_LAYER[match[2]]}" if match[2] in _LAYER else None
    if match := re.fullmatch(r"(?:to_rgb1|to_rgbs\.(\d{1,3}))\.(.+)", key):
        index = 0 if match[1] is None else int(match[1]) + 1
        return f"synthesis.to_rgbs.{index}.{_RGB[match[2]]}" if match[2] in _RGB else None
    return None


def _own_shape(own: str, value: Tensor) -> Tensor:
    if own.endswith("conv.weight") and value.dim() == 5 and len(value) == 1:
        return value[0]
    if own.endswith("noise_strength") and value.numel() == 1:
        return value.reshape(())
    if own.startswith("synthesis.to_rgbs.") and own.endswith(".bias") and value.dim() == 4:
        return value.flatten()
    return value


def check_kernel(kernel: Tensor, name: str) -> None:
    """The resampling filter is a constant of ours; a checkpoint with another one would draw other pictures."""
    tap = torch.tensor(BLUR)
    outer = torch.outer(tap, tap)
    if kernel.shape != outer.shape or not torch.allclose(
        kernel / kernel.sum(), outer / outer.sum(), atol=1e-5
    ):
        raise CheckpointError(f"{name} resamples with a filter that ddsgui does not know.")


def _shapes(tensors: Mapping[str, Tensor], pattern: str) -> list[tuple[int, ...]]:
    found = {int(m[1]): tuple(v.shape) for k, v in tensors.items() if (m := re.fullmatch(pattern, k))}
    return [found[i] for i in sorted(found)]


def _add_noise(tensors: dict[str, Tensor], layers: int) -> None:
    """Old files hold no noise pictures: draw them once, the same on every machine."""
    generator = torch.Generator().manual_seed(0)
    for i in range(layers):
        side = 4 << ((i + 1) // 2)
        tensors[f"synthesis.layers.{i}.noise_const"] = torch.randn(1, 1, side, side, generator=generator)


def _some(content: Mapping[Any, Any]) -> str:
    shown = [str(key)[:40] for key in list(content)[:4]]
    return ", ".join(shown) + (", …" if len(content) > 4 else "")
