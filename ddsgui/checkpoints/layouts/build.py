"""A generator put together from a foreign checkpoint's tensors, once they bear our names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from ddsgui.checkpoints.messages import printable_text
from ddsgui.checkpoints.native import strict_generator
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.generator import Generator
from ddsgui.stylegan.generator_config import LabelNorm, config_from_shapes

LR_MULTIPLIER = 0.01  # of our mapping networks; others are rescaled


def build_generator(
    tensors: dict[str, Tensor],
    name: str,
    *,
    label_norm: LabelNorm = "apart",
    conv_clamp: float | None = None,
) -> Generator:
    """A strict generator of float32 tensors, with what a checkpoint may lack: noise, and the mean of w.

    CheckpointError if they are not a whole generator's.
    """
    layers = _shapes(tensors, r"synthesis\.layers\.(\d+)\.conv\.weight")
    const, embed = (tensors.get(key) for key in ("synthesis.const", "mapping.embed.weight"))
    config = config_from_shapes(
        _shapes(tensors, r"mapping\.layers\.(\d+)\.weight"),
        () if const is None else tuple(const.shape),
        layers,
        None if embed is None else tuple(embed.shape),
        label_norm=label_norm,
        conv_clamp=conv_clamp,
    )
    if not any(key.endswith(("noise_const", "noise_strength")) for key in tensors):
        for i in range(len(layers)):  # trained without noise: silence
            side = 4 << ((i + 1) // 2)
            tensors[f"synthesis.layers.{i}.noise_const"] = torch.zeros(1, 1, side, side)
            tensors[f"synthesis.layers.{i}.noise_strength"] = torch.zeros(())
    has_mean = "w_mean" in tensors
    tensors.setdefault("w_mean", torch.zeros(1, config.w_dim))
    generator = strict_generator(config, tensors, name)
    if not has_mean:
        generator.estimate_w_mean()
    return generator


def unknown_tensor_error(kind: str, key: object, name: str) -> CheckpointError:
    """What is said of a tensor or a variable that no StyleGAN2 generator has."""
    return CheckpointError(
        f"{name} has the unknown {kind} {printable_text(key)}; it is not a plain StyleGAN2 generator."
    )


def rescale_mapping(tensors: Mapping[str, Tensor], mapping_layers: str, lr_multiplier: float) -> None:
    """Turn, in place, weights and biases that another multiplier applies to into ours: the picture stays.

    mapping_layers: what the names of those layers begin with.
    """
    for key, value in tensors.items():
        if key.startswith(mapping_layers):
            value *= lr_multiplier / LR_MULTIPLIER


def check_published_architecture(
    name: str, *, architectures: Iterable[str], activations: Iterable[str], channels: str
) -> None:
    """CheckpointError unless a generator is built as the published ones are: skip, leaky ReLU, three channels."""
    if channels != "3":
        raise CheckpointError(
            f"{name} draws pictures of {channels} channels; ddsgui mixes pictures of three, RGB, only."
        )
    if strange := set(architectures) - {"skip"}:
        raise CheckpointError(
            f"{name} is StyleGAN2 of the architecture {strange.pop()}; ddsgui mixes the published one, skip, only."
        )
    if strange := set(activations) - {"lrelu"}:
        raise CheckpointError(
            f"{name} has the activation {strange.pop()}; ddsgui mixes StyleGAN2's own, lrelu, only."
        )


def setting_text(settings: Mapping[str, Any], key: str, default: Any) -> str:
    """A setting in words, short; a file may hold anything in its place."""
    value = settings.get(key, default)
    plain = isinstance(value, str | float | None) or (isinstance(value, int) and abs(value) < 10**15)
    return printable_text(value, 20) if plain else "unreadable"


def conv_clamp_of(settings: Mapping[str, Any], name: str) -> float | None:
    """What a network says that its convolutions are held within, ±; CheckpointError if that is no number."""
    return None if settings.get("conv_clamp") is None else positive_setting(settings, "conv_clamp", 0, name)


def positive_setting(settings: Mapping[str, Any], key: str, default: float, name: str) -> float:
    """A positive number among the settings; CheckpointError if something else is in its place."""
    value = settings.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise CheckpointError(
            f"{name} says {key} = {setting_text(settings, key, default)}, which no StyleGAN2 has."
        )
    return float(value)


def _shapes(tensors: Mapping[str, Tensor], pattern: str) -> list[tuple[int, ...]]:
    found = {int(m[1]): tuple(v.shape) for k, v in tensors.items() if (m := re.fullmatch(pattern, k))}
    return [found[i] for i in sorted(found)]
