"""The settings in NVIDIA's files, of PyTorch and TensorFlow alike: which of them change the picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ddsgui.checkpoints.messages import printable_text
from ddsgui.errors import CheckpointError


def check_architecture(
    name: str, *, architectures: Iterable[str], activations: Iterable[str], channels: str
) -> None:
    """Raise CheckpointError unless a generator is built as published: skip, leaky ReLU, three channels."""
    if channels != "3":
        raise CheckpointError(
            f"{name} draws pictures of {channels} channels; ddsgui mixes RGB pictures, of three, only."
        )
    if others := set(architectures) - {"skip"}:
        raise CheckpointError(
            f"{name} is StyleGAN2 of the architecture {others.pop()}; ddsgui mixes the published one, skip, only."
        )
    if others := set(activations) - {"lrelu"}:
        raise CheckpointError(
            f"{name} has the activation {others.pop()}; ddsgui mixes the published StyleGAN2, with lrelu, only."
        )


def setting_text(settings: Mapping[str, Any], key: str, default: Any) -> str:
    """Return a setting as short text; a file may hold anything in its place."""
    value = settings.get(key, default)
    plain = isinstance(value, str | float | None) or (isinstance(value, int) and abs(value) < 10**15)
    return printable_text(value, 20) if plain else "unreadable"


def conv_clamp(settings: Mapping[str, Any], name: str) -> float | None:
    """Return the clamp of a network's convolutions, ±. Raises CheckpointError if it is not a positive number."""
    return None if settings.get("conv_clamp") is None else positive_setting(settings, "conv_clamp", 0, name)


def positive_setting(settings: Mapping[str, Any], key: str, default: float, name: str) -> float:
    """Return a setting that is a positive number. Raises CheckpointError if it is something else."""
    value = settings.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise CheckpointError(
            f"{name} has {key} = {setting_text(settings, key, default)}, as no StyleGAN2 has."
        )
    return float(value)
