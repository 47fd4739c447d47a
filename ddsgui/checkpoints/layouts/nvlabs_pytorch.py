"""The layout of NVIDIA's PyTorch programs: stylegan2-ada-pytorch, and StyleGAN2 of the stylegan3 repository.

Their pickles hold modules whole; the reader gives them back as plain data. This module takes the tensors, and the
settings that change the picture, by their names. Where our numbers and theirs come from:

- Weights are stored unscaled, as ours are; the gain of the equalised learning rate is applied in use. A mapping
  network whose multiplier is not 0.01 is rescaled, which changes no picture.
- Up-sampling convolutions need no flip: the original hands the weight to a transposed convolution as it is.
- Half precision (num_fp16_res) is about speed on a GPU: the tensors are float32, and we draw in float32, as the
  original does when told force_fp32. Without that its pictures differ from these by rounding.
- conv_clamp comes along with half precision, but cuts in float32 too, and is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

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
from ddsgui.checkpoints.layouts.rosinality import check_kernel
from ddsgui.checkpoints.layouts.unsupported import unsupported_error
from ddsgui.checkpoints.messages import printable_text
from ddsgui.checkpoints.native import to_float32
from ddsgui.checkpoints.pickle_file import PersistentModule
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.generator import Generator

GENERATORS = ("G_ema", "g_ema", "G")  # in this order: the average is the better picture
CONST = "synthesis.b4.const"
# A real generator has some hundred, four deep, of short names.
MAX_MODULES, MAX_DEPTH, MAX_KEY = 5_000, 12, 60
_PARTS = {
    "weight": "conv.weight",
    "affine.weight": "conv.affine.weight",
    "affine.bias": "conv.affine.bias",
    "bias": "bias",
    "noise_strength": "noise_strength",
    "noise_const": "noise_const",
}

Modules = dict[str, dict[str, Any]]  # the state of each module, by its dotted path; the generator's own is ""


def is_nvlabs(content: Any) -> bool:
    """Whether a StyleGAN2 generator of NVIDIA's PyTorch programs is in there."""
    return _find(content) is not None


def generator_from_nvlabs(content: Any, name: str) -> Generator:
    """The generator in a training snapshot {G, D, G_ema, …}, in a module, or in a state dict with NVIDIA's names.

    Strict: every tensor has its place, and every setting is one that we draw with. CheckpointError otherwise.
    """
    found = _find(content)
    if found is None:
        raise unsupported_error(content, name)
    modules = _all_modules(found, name) if isinstance(found, PersistentModule) else {}
    held = _tensors(modules) if isinstance(found, PersistentModule) else found
    conv_clamp = _check_settings(modules, name)
    tensors: dict[str, Tensor] = {}
    for key, value in held.items():
        value = to_float32(value.detach(), f"{name}: {printable_text(key, MAX_KEY)}")
        if key.endswith(".resample_filter"):
            check_kernel(value, name)
        elif (own := _own_key(key)) is None:
            raise unknown_tensor_error("tensor", key, name)
        else:
            tensors[own] = _own_shape(own, value)
    for path, state in modules.items():
        if match := re.fullmatch(r"mapping\.fc(\d{1,2})", path):
            applied = positive_setting(state, "bias_gain", LR_MULTIPLIER, name)
            rescale_mapping(tensors, f"mapping.layers.{int(match[1])}.", applied)
    return build_generator(tensors, name, conv_clamp=conv_clamp)


def _find(content: Any) -> PersistentModule | dict[str, Tensor] | None:
    """The generator's module or state dict, in `content` or one step within."""
    if not isinstance(content, Mapping):
        return _generator(content)
    inside = (_generator(content.get(key)) for key in GENERATORS)
    return _generator(content) or next((found for found in inside if found is not None), None)


def _generator(content: Any) -> PersistentModule | dict[str, Tensor] | None:
    if isinstance(content, PersistentModule):
        synthesis = _parts(content.state).get("synthesis")
        return (
            content if isinstance(synthesis, PersistentModule) and "b4" in _parts(synthesis.state) else None
        )
    if isinstance(content, Mapping) and CONST in content:
        plain = all(isinstance(k, str) and isinstance(v, Tensor) for k, v in content.items())
        return dict(content) if plain else None
    return None


def _parts(state: Mapping[str, Any], kind: str = "_modules") -> Mapping[str, Any]:
    """What a module's state holds of a kind, by name: modules within it, parameters or buffers."""
    parts = state.get(kind)
    return parts if isinstance(parts, Mapping) else {}


def _all_modules(generator: PersistentModule, name: str) -> Modules:
    modules = dict(islice(_modules(generator), MAX_MODULES + 1))
    if len(modules) > MAX_MODULES or any(path.count(".") >= MAX_DEPTH for path in modules):
        raise CheckpointError(f"{name} holds modules within modules without an end; the file is damaged.")
    return modules


def _modules(
    module: PersistentModule, path: str = "", depth: int = 0
) -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, module.state
    for key, part in _parts(module.state).items() if depth <= MAX_DEPTH else ():
        if isinstance(part, PersistentModule) and isinstance(key, str):
            yield from _modules(part, f"{path}.{key[:MAX_KEY]}" if path else key[:MAX_KEY], depth + 1)


def _tensors(modules: Modules) -> dict[str, Tensor]:
    return {
        f"{path}.{key[:MAX_KEY]}" if path else key[:MAX_KEY]: value
        for path, state in modules.items()
        for kind in ("_parameters", "_buffers")
        for key, value in _parts(state, kind).items()
        if isinstance(value, Tensor) and isinstance(key, str)
    }


def _check_settings(modules: Modules, name: str) -> float | None:
    """The clamp; CheckpointError if another setting draws what we cannot. A bare state dict has no settings."""

    def of(pattern: str) -> list[dict[str, Any]]:
        return [state for path, state in modules.items() if re.fullmatch(pattern, path)]

    layers, to_rgbs = of(r"synthesis\.b\d+\.conv\d"), of(r"synthesis\.b\d+\.torgb")
    check_published_architecture(
        name,
        architectures=[setting_text(state, "architecture", "skip") for state in of(r"synthesis\.b\d+")],
        activations=[setting_text(s, "activation", "lrelu") for s in (*layers, *of(r"mapping\.fc\d+"))],
        channels=setting_text(modules.get("", {}), "img_channels", 3),
    )
    clamps = {setting_text(state, "conv_clamp", None) for state in (*layers, *to_rgbs)} or {"None"}
    if len(clamps) > 1:
        raise CheckpointError(
            f"{name} clamps some of its layers only, which no StyleGAN2 does; ddsgui cannot draw with it."
        )
    return conv_clamp_of(layers[0], name) if layers else None


def _own_key(key: str) -> str | None:
    """Our name of a tensor; None if the layout does not know it."""
    if match := re.fullmatch(r"mapping\.fc(\d{1,2})\.(weight|bias)", key):
        return f"mapping.layers.{int(match[1])}.{match[2]}"
    if key in ("mapping.embed.weight", "mapping.embed.bias"):
        return key
    if match := re.fullmatch(r"synthesis\.b(\d{1,4})\.(conv0|conv1|torgb)\.([\w.]+)", key):
        side, module, part = int(match[1]), match[2], _PARTS.get(match[3])
        level = side.bit_length() - 3
        if part is None or side != 4 << max(level, 0):
            return None
        if module == "torgb":
            return f"synthesis.to_rgbs.{level}.{part}"
        return f"synthesis.layers.{2 * level - (module == 'conv0')}.{part}"
    return {"mapping.w_avg": "w_mean", CONST: "synthesis.const"}.get(key)


def _own_shape(own: str, value: Tensor) -> Tensor:
    if own == "synthesis.const":
        return value[None]
    if own.endswith("noise_const"):
        return value[None, None]
    return value.reshape(1, -1) if own == "w_mean" else value
