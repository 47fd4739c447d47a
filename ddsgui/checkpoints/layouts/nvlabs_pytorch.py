"""The layout of NVIDIA's PyTorch programs: stylegan2-ada-pytorch, and StyleGAN2 of the stylegan3 repository.

Their pickles hold whole modules, which the reader returns as plain data. This layout takes the tensors by their
names, and the settings that change the picture. Where our numbers and theirs differ:

- Weights are stored unscaled, as ours are; the gain of the equalised learning rate is applied in use. A mapping
  network whose multiplier is not 0.01 is rescaled, which changes no picture.
- Up-sampling convolutions need no flip: the original hands the weight to a transposed convolution as it is.
- Half precision (num_fp16_res) is about speed on a GPU: the tensors are float32, and we draw in float32, as the
  original does when told force_fp32. Without that its pictures differ from these by rounding.
- conv_clamp comes along with half precision, but also cuts in float32, and is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from torch import Tensor

from ddsgui.checkpoints.layouts.layout import Contents, Layout, Match
from ddsgui.checkpoints.layouts.nvlabs_settings import (
    check_architecture,
    conv_clamp,
    positive_setting,
    setting_text,
)
from ddsgui.checkpoints.layouts.state_dict import MAX_ALSO_INSIDE, choose_network, find_state_dict
from ddsgui.checkpoints.layouts.translation import (
    LR_MULTIPLIER,
    MAX_KEY_LENGTH,
    build_generator,
    rescale_mapping,
    synthesis_key,
    translate,
)
from ddsgui.checkpoints.messages import printable_text
from ddsgui.checkpoints.pickles.objects import PickledObject
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.generator import Generator

CONST = "synthesis.b4.const"
# A real generator has about a hundred modules, four levels deep.
MAX_MODULES, MAX_DEPTH = 5_000, 12
MAX_ENTRIES = 64  # of a snapshot
_PARTS = {
    "weight": "conv.weight",
    "affine.weight": "conv.affine.weight",
    "affine.bias": "conv.affine.bias",
    "bias": "bias",
    "noise_strength": "noise_strength",
    "noise_const": "noise_const",
}


@dataclass
class PersistentModule(PickledObject):
    """An object of NVIDIA's torch_utils.persistence: its class and state. Its source code is dropped."""

    class_name: str
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.class_name

    def parts(self) -> list[Any]:
        return [self.state.get(key) for key in ("_modules", "_parameters", "_buffers")]


Modules = dict[
    str, dict[str, Any]
]  # the state of every module, by its dotted path; the generator's own is ""


def match(contents: Contents) -> Match | None:
    """Find the generator as a module, alone or in a snapshot {G, D, G_ema, …}, or as a state dict."""
    data = contents.data
    if _is_generator(data):
        return Match(contents, data)
    if isinstance(data, Mapping):
        keys = [key for key in list(data)[:MAX_ENTRIES] if isinstance(key, str) and _is_generator(data[key])]
        if keys:
            index, networks = choose_network(keys, contents.network)
            key = keys[index]
            others = [printable_text(entry) for entry in list(data)[:MAX_ALSO_INSIDE] if entry != key]
            return Match(contents, data[key], tuple(others), printable_text(key), networks)
    state = find_state_dict(data, CONST, wanted=contents.network)
    if state is None:
        return None
    return Match(contents, state.tensors, state.also_inside, state.name, state.networks)


def build(match: Match) -> Generator:
    """Return the generator. Raises CheckpointError unless every tensor has a place, and ours has every setting."""
    network, name = match.network, match.contents.name
    modules = _all_modules(network, name) if isinstance(network, PersistentModule) else {}
    clamp = _check_settings(modules, name)
    theirs = _tensors(modules) if modules else match.network
    tensors = translate(theirs, _own_key, name, filter_suffix=".resample_filter")
    tensors = {own: _own_shape(own, value) for own, value in tensors.items()}
    for path, state in modules.items():
        if layer := re.fullmatch(r"mapping\.fc(\d{1,2})", path):
            multiplier = positive_setting(state, "bias_gain", LR_MULTIPLIER, name)
            rescale_mapping(tensors, f"mapping.layers.{int(layer[1])}.", multiplier)
    return build_generator(tensors, name, conv_clamp=clamp)


def _is_generator(value: Any) -> bool:
    if not isinstance(value, PersistentModule):
        return False
    synthesis = _named(value.state).get("synthesis")
    return isinstance(synthesis, PersistentModule) and "b4" in _named(synthesis.state)


def _named(state: Mapping[str, Any], kind: str = "_modules") -> Mapping[str, Any]:
    """Return the modules, parameters or buffers in a module's state, by name."""
    named = state.get(kind)
    return named if isinstance(named, Mapping) else {}


def _all_modules(generator: PersistentModule, name: str) -> Modules:
    modules = dict(islice(_modules(generator), MAX_MODULES + 1))
    if len(modules) > MAX_MODULES or any(path.count(".") >= MAX_DEPTH for path in modules):
        raise CheckpointError(f"{name} has modules nested without end; the file is damaged.")
    return modules


def _modules(
    module: PersistentModule, path: str = "", depth: int = 0
) -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, module.state
    for key, part in _named(module.state).items() if depth <= MAX_DEPTH else ():
        if isinstance(part, PersistentModule) and isinstance(key, str):
            yield from _modules(part, _join(path, key), depth + 1)


def _tensors(modules: Modules) -> dict[str, Tensor]:
    return {
        _join(path, key): value
        for path, state in modules.items()
        for kind in ("_parameters", "_buffers")
        for key, value in _named(state, kind).items()
        if isinstance(value, Tensor) and isinstance(key, str)
    }


def _join(path: str, key: str) -> str:
    return f"{path}.{key[:MAX_KEY_LENGTH]}" if path else key[:MAX_KEY_LENGTH]


def _check_settings(modules: Modules, name: str) -> float | None:
    """Return the clamp. Raises CheckpointError if a setting draws what ours cannot. A state dict has no settings."""

    def states(pattern: str) -> list[dict[str, Any]]:
        return [state for path, state in modules.items() if re.fullmatch(pattern, path)]

    layers, to_rgbs = states(r"synthesis\.b\d+\.conv\d"), states(r"synthesis\.b\d+\.torgb")
    check_architecture(
        name,
        architectures=[setting_text(state, "architecture", "skip") for state in states(r"synthesis\.b\d+")],
        activations=[setting_text(s, "activation", "lrelu") for s in (*layers, *states(r"mapping\.fc\d+"))],
        channels=setting_text(modules.get("", {}), "img_channels", 3),
    )
    clamps = {setting_text(state, "conv_clamp", None) for state in (*layers, *to_rgbs)} or {"None"}
    if len(clamps) > 1:
        raise CheckpointError(
            f"{name} clamps only some of its layers, as no StyleGAN2 does; ddsgui cannot draw with it."
        )
    return conv_clamp(layers[0], name) if layers else None


def _own_key(key: str) -> str | None:
    """Return our name of a tensor; None if the layout does not have it."""
    if match := re.fullmatch(r"mapping\.fc(\d{1,2})\.(weight|bias)", key):
        return f"mapping.layers.{int(match[1])}.{match[2]}"
    if key in ("mapping.embed.weight", "mapping.embed.bias"):
        return key
    if match := re.fullmatch(r"synthesis\.b(\d{1,4})\.(conv0|conv1|torgb)\.([\w.]+)", key):
        return synthesis_key(int(match[1]), match[2], _PARTS.get(match[3]))
    return {"mapping.w_avg": "w_mean", CONST: "synthesis.const"}.get(key)


def _own_shape(own: str, value: Tensor) -> Tensor:
    if own == "synthesis.const":
        return value[None]
    if own.endswith("noise_const"):
        return value[None, None]
    return value.reshape(1, -1) if own == "w_mean" else value


def _persistent_module(meta: Any) -> PersistentModule:
    if not isinstance(meta.get("class_name"), str) or not isinstance(meta.get("state"), dict):
        raise TypeError("not a persistent object")
    return PersistentModule(meta["class_name"], meta["state"])


LAYOUT = Layout(
    "NVLabs PyTorch",
    match,
    build,
    owner="NVLabs'",
    globals={"torch_utils.persistence._reconstruct_persistent_obj": _persistent_module},
)
