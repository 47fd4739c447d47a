"""The layout of NVIDIA's first programs, in TensorFlow: StyleGAN2 (configurations E and F) and StyleGAN2-ADA.

A pickle holds three networks, (G, D, Gs); Gs is the average, and draws the better picture. Configurations E and F
differ only in the widths of the finer levels, which the shapes tell. Where our numbers and theirs differ:

- Matrices are [in, out] and convolutions [height, width, in, out]: transposed to ours.
- An up-sampling convolution is defined on the enlarged picture, and done as a transposed one with its weight flipped;
  we do the latter, so it is flipped once, here.
- mod_bias is stored without the one that the original adds to every style: added here.
- The learning-rate multiplier of the mapping network is applied in use, as ours is; another than 0.01 is rescaled.
- A label's embedding: StyleGAN2 has LabelConcat, a plain matrix without equalised learning rate, and normalises z
  and the embedding as one vector; StyleGAN2-ADA has LabelEmbed, like its successor in PyTorch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ddsgui.checkpoints.assembly import to_float32
from ddsgui.checkpoints.layouts.layout import Contents, Layout, Match
from ddsgui.checkpoints.layouts.nvlabs_settings import (
    check_architecture,
    conv_clamp,
    positive_setting,
    setting_text,
)
from ddsgui.checkpoints.layouts.translation import (
    LR_MULTIPLIER,
    build_generator,
    filter_error,
    rescale_mapping,
    synthesis_key,
    unknown_error,
)
from ddsgui.checkpoints.messages import printable_text
from ddsgui.checkpoints.pickles.interpreter import Placeholder
from ddsgui.checkpoints.pickles.objects import PickledObject
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.generator import Generator
from ddsgui.stylegan.ops import BLUR

CONST = "4x4/Const/const"
MAX_NETWORKS = 8  # in a pickle that are looked at
_MODULES = {"Conv": "conv1", "Conv0_up": "conv0", "Conv1": "conv1", "ToRGB": "torgb"}  # as in PyTorch
_PARTS = {
    "weight": "conv.weight",
    "bias": "bias",
    "mod_weight": "conv.affine.weight",
    "mod_bias": "conv.affine.bias",
    "noise_strength": "noise_strength",
}


@dataclass
class TflibNetwork(PickledObject):
    """A network of NVIDIA's dnnlib.tflib: its settings and variables. Its source code is dropped."""

    name: str
    static_kwargs: dict[str, Any] = field(default_factory=dict)
    components: dict[str, TflibNetwork] = field(default_factory=dict)
    variables: dict[str, np.ndarray] = field(default_factory=dict)
    build_function: str = ""  # G_style in StyleGAN, G_main in StyleGAN2

    @property
    def kind(self) -> str:
        return self.build_function or self.name

    def parts(self) -> list[Any]:
        return [self.variables, list(self.components.values())]


def match(contents: Contents) -> Match | None:
    """Find the averaged generator, else the last generator, in (G, D, Gs), a dict, or alone."""
    data = contents.data
    networks = list(data.values()) if isinstance(data, Mapping) else data
    networks = networks if isinstance(networks, list | tuple) else [networks]
    generators = [network for network in networks[:MAX_NETWORKS] if _is_generator(network)]
    if not generators:
        return None
    average = next((network for network in generators if network.name == "Gs"), generators[-1])
    others = ("G, the generator without averaging", "D, its discriminator")
    return Match(contents, average, others if isinstance(data, tuple) else (), average.name)


def build(match: Match) -> Generator:
    """Return the generator. Raises CheckpointError unless every variable has a place, and ours has every setting."""
    network, name = match.network, match.contents.name
    mapping, synthesis = network.components["mapping"], network.components["synthesis"]
    settings = {**mapping.static_kwargs, **synthesis.static_kwargs, **network.static_kwargs}
    if "4x4/ToRGB/weight" not in synthesis.variables:  # configurations A to D do not name their architecture
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
            continue  # how far the network had grown in training; published networks are fully grown
        if (own := _own_key(key)) is None:
            raise unknown_error("variable", key, name)
        tensors[own] = _own_values(key, own, _floats(value, f"{name}: {printable_text(key)}"))
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
        conv_clamp=conv_clamp(settings, name),
    )


def _is_generator(network: Any) -> bool:
    if not isinstance(network, TflibNetwork) or not {"mapping", "synthesis"} <= network.components.keys():
        return False
    variables = network.components["synthesis"].variables
    return CONST in variables and "4x4/Conv/mod_weight" in variables  # StyleGAN's layers have StyleMod


def _check_settings(settings: Mapping[str, Any], name: str) -> None:
    """Raise CheckpointError if a setting draws what ours cannot."""
    check_architecture(
        name,
        architectures=[setting_text(settings, "architecture", "skip")],
        activations=[setting_text(settings, k, "lrelu") for k in ("nonlinearity", "mapping_nonlinearity")],
        channels=setting_text(settings, "num_channels", 3),
    )
    if _numbers(settings.get("resample_kernel", BLUR)) != list(BLUR):
        raise filter_error(name)
    if setting_text(settings, "normalize_latents", True) != "True":
        raise CheckpointError(f"{name} does not normalise its latents; ddsgui mixes StyleGAN2 that does.")


def _numbers(value: Any) -> list[float]:
    plain = isinstance(value, list | tuple) and all(isinstance(v, int | float) for v in value)
    return [float(v) for v in value] if plain else []


def _floats(value: Any, what: str) -> Tensor:
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        raise CheckpointError(f"{what} is not a plain array of numbers; the file is damaged.")
    with np.errstate(over="ignore"):  # a number too large for float32 is refused later, as not finite
        return to_float32(torch.from_numpy(np.array(value, np.float32)), what)


def _own_key(key: str) -> str | None:
    """Return our name of a variable; None if the layout does not have it."""
    if match := re.fullmatch(r"mapping/Dense(\d{1,2})/(weight|bias)", key):
        return f"mapping.layers.{int(match[1])}.{match[2]}"
    if match := re.fullmatch(r"mapping/(?:LabelConcat|LabelEmbed)/(weight|bias)", key):
        return f"mapping.embed.{match[1]}"
    if match := re.fullmatch(r"synthesis/noise(\d{1,2})", key):
        return f"synthesis.layers.{int(match[1])}.noise_const"
    if match := re.fullmatch(r"synthesis/(\d{1,4})x\1/(Conv|Conv0_up|Conv1|ToRGB)/(\w+)", key):
        side, module = int(match[1]), match[2]
        if module != "ToRGB" and (module == "Conv") != (side == 4):
            return None
        return synthesis_key(side, _MODULES[module], _PARTS.get(match[3]))
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


class _PickledNetwork(Placeholder):
    """A network, which comes with its state."""

    def build(self, state: Any) -> TflibNetwork:
        variables = {}
        for name, value in state["variables"]:
            if not isinstance(name, str) or not isinstance(value, np.ndarray | int | float):
                raise TypeError("not a variable")
            variables[name] = np.asarray(value)
        components, build_function = state.get("components", {}), state.get("build_func_name", "")
        if not isinstance(state["name"], str) or not isinstance(build_function, str):
            raise TypeError("a name that is not text")
        if not all(isinstance(k, str) and isinstance(v, TflibNetwork) for k, v in components.items()):
            raise TypeError("not a component")
        return TflibNetwork(
            state["name"], dict(state["static_kwargs"]), components, variables, build_function
        )


LAYOUT = Layout(
    "NVLabs TensorFlow",
    match,
    build,
    owner="NVLabs'",
    globals={
        "dnnlib.tflib.network.Network": _PickledNetwork,
        "tfutil.Network": _PickledNetwork,  # of progressive GANs, which unsupported.py names
    },
)
