"""The layout of NVIDIA's first programs, in TensorFlow: StyleGAN2 (configurations E and F) and StyleGAN2-ADA.

A pickle holds three networks, (G, D, Gs); Gs is the average, and the better picture. Configurations E and F differ
in the widths of the finer levels alone, which the shapes tell. Where our numbers and theirs come from:

- Matrices are [in, out] and convolutions [height, width, in, out]: transposed to ours.
- An up-sampling convolution is defined on the enlarged picture, and done as a transposed one with its weight flipped;
  we do the latter, so it is flipped once, here.
- mod_bias is stored without the one that the original adds to every style: added here.
- The learning-rate multiplier of the mapping network is applied in use, as ours is; another than 0.01 is rescaled.
- A label's embedding: StyleGAN2 has LabelConcat, a plain matrix that knows no equalised learning rate, and
  normalises z and the embedding as one vector; StyleGAN2-ADA has LabelEmbed, as its successor in PyTorch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ddsgui.checkpoints.layouts.build import (
    LR_MULTIPLIER,
    build_generator,
    check_published_architecture,
    conv_clamp_of,
    positive_setting,
    rescale_mapping,
    setting_text,
    unknown_tensor_error,
)
from ddsgui.checkpoints.layouts.unsupported import unsupported_error
from ddsgui.checkpoints.native import to_float32
from ddsgui.checkpoints.pickle_file import TflibNetwork
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.generator import Generator
from ddsgui.stylegan.ops import BLUR

CONST = "4x4/Const/const"
_PARTS = {
    "weight": "conv.weight",
    "bias": "bias",
    "mod_weight": "conv.affine.weight",
    "mod_bias": "conv.affine.bias",
    "noise_strength": "noise_strength",
}


def is_tensorflow(content: Any) -> bool:
    """Whether a StyleGAN2 generator of NVIDIA's TensorFlow programs is in there."""
    return _find(content) is not None


def generator_from_tensorflow(content: Any, name: str) -> Generator:
    """The generator in a pickle's (G, D, Gs), or in one network.

    Strict: every variable has its place, and every setting is one that we draw with. CheckpointError otherwise.
    """
    network = _find(content)
    if network is None:
        raise unsupported_error(content, name)
    mapping, synthesis = network.components["mapping"], network.components["synthesis"]
    settings = {**mapping.static_kwargs, **synthesis.static_kwargs, **network.static_kwargs}
    if "4x4/ToRGB/weight" not in synthesis.variables:  # configurations A to D do not say what they are
        settings = {"architecture": "orig"} | settings
    _check_settings(settings, name)
    variables = network.variables | {
        f"{part}/{key}": value
        for part, component in network.components.items()
        for key, value in component.variables.items()
    }
    tensors: dict[str, Tensor] = {}
    for key, value in variables.items():
        if key.rpartition("/")[2] == "lod":
            continue  # how far training had grown; the published networks are grown up
        if (own := _own_key(key)) is None:
            raise unknown_tensor_error("variable", key, name)
        tensors[own] = _own_values(key, own, _floats(value, f"{name}: {key}"))
    rescale_mapping(
        tensors, "mapping.layers.", positive_setting(settings, "mapping_lrmul", LR_MULTIPLIER, name)
    )
    together = "mapping/LabelConcat/weight" in variables
    if together:
        tensors["mapping.embed.bias"] = torch.zeros(len(tensors["mapping.embed.weight"]))
    return build_generator(
        tensors,
        name,
        label_norm="together" if together else "apart",
        conv_clamp=conv_clamp_of(settings, name),
    )


def _find(content: Any) -> TflibNetwork | None:
    """The averaged generator, else the last one there is."""
    networks = list(content) if isinstance(content, list | tuple) else [content]
    if isinstance(content, Mapping):
        networks = list(content.values())
    found = [network for network in networks[:8] if _is_generator(network)]
    return next((network for network in found if network.name == "Gs"), found[-1] if found else None)


def _is_generator(network: Any) -> bool:
    if not isinstance(network, TflibNetwork) or not {"mapping", "synthesis"} <= network.components.keys():
        return False
    variables = network.components["synthesis"].variables
    return CONST in variables and "4x4/Conv/mod_weight" in variables  # StyleGAN's layers have StyleMod


def _check_settings(settings: Mapping[str, Any], name: str) -> None:
    """CheckpointError if a setting draws what we cannot."""
    check_published_architecture(
        name,
        architectures=[setting_text(settings, "architecture", "skip")],
        activations=[setting_text(settings, k, "lrelu") for k in ("nonlinearity", "mapping_nonlinearity")],
        channels=setting_text(settings, "num_channels", 3),
    )
    if list(_sequence(settings.get("resample_kernel", BLUR))) != list(BLUR):
        raise CheckpointError(f"{name} resamples with a filter that ddsgui does not know.")
    if setting_text(settings, "normalize_latents", True) != "True":
        raise CheckpointError(f"{name} does not normalise its latents; ddsgui mixes StyleGAN2 that does.")


def _sequence(value: Any) -> list[float]:
    plain = isinstance(value, list | tuple) and all(isinstance(v, int | float) for v in value)
    return [float(v) for v in value] if plain else []


def _floats(value: Any, what: str) -> Tensor:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        raise CheckpointError(f"{what} is not a plain array of numbers; the file is damaged.")
    with np.errstate(over="ignore"):  # what does not fit into float32 is refused later, as not finite
        return to_float32(torch.from_numpy(np.array(value, np.float32)), what)


def _own_key(key: str) -> str | None:
    """Our name of a variable; None if the layout does not know it."""
    if match := re.fullmatch(r"mapping/Dense(\d{1,2})/(weight|bias)", key):
        return f"mapping.layers.{int(match[1])}.{match[2]}"
    if match := re.fullmatch(r"mapping/(?:LabelConcat|LabelEmbed)/(weight|bias)", key):
        return f"mapping.embed.{match[1]}"
    if match := re.fullmatch(r"synthesis/noise(\d{1,2})", key):
        return f"synthesis.layers.{int(match[1])}.noise_const"
    if match := re.fullmatch(r"synthesis/(\d{1,4})x\1/(Conv|Conv0_up|Conv1|ToRGB)/(\w+)", key):
        side, module, part = int(match[1]), match[2], _PARTS.get(match[3])
        level = side.bit_length() - 3
        if (
            part is None
            or side != 4 << max(level, 0)
            or (module == "Conv") != (side == 4 and module != "ToRGB")
        ):
            return None
        if module == "ToRGB":
            return f"synthesis.to_rgbs.{level}.{part}"
        return f"synthesis.layers.{2 * level - (module == 'Conv0_up')}.{part}"
    return {"dlatent_avg": "w_mean", f"synthesis/{CONST}": "synthesis.const"}.get(key)


def _own_values(key: str, own: str, value: Tensor) -> Tensor:
    if own == "w_mean":
        return value.reshape(1, -1)
    if key == "mapping/LabelConcat/weight" and value.dim() == 2:
        return value.t() * math.sqrt(len(value))  # our linear layers divide by it
    if own.endswith("affine.bias"):
        return value + 1
    if value.dim() == 4 and own.endswith("conv.weight"):
        value = value.flip(0, 1) if "/Conv0_up/" in key else value
        return value.permute(3, 2, 0, 1).contiguous()
    if value.dim() == 2 and own.endswith("weight"):
        return value.t().contiguous()
    return value
