"""Foreign tensors under our names, and a generator made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from ddsgui.checkpoints.assembly import assemble_generator, to_float32
from ddsgui.checkpoints.messages import printable_text
from ddsgui.errors import CheckpointError
from ddsgui.stylegan.frame import frame_of
from ddsgui.stylegan.generator import Generator
from ddsgui.stylegan.generator_config import GeneratorConfig, LabelNorm, config_from_shapes
from ddsgui.stylegan.ops import BLUR

LR_MULTIPLIER = 0.01  # of our mapping networks; others are rescaled to it
MAX_KEY_LENGTH = 60  # of a tensor's name in a sentence


def translate(
    tensors: Mapping[str, Tensor],
    own_key: Callable[[str], str | None],
    name: str,
    *,
    filter_suffix: str,
    network: str = "generator",
) -> dict[str, Tensor]:
    """Return float32 copies under our names, without the resampling filters, which must be StyleGAN2's.

    own_key: returns our name of a tensor, or None if the layout does not have it. filter_suffix: of the filters'
    names. Raises CheckpointError, which names the tensor, if one is unknown or is not an array of floats.
    """
    ours: dict[str, Tensor] = {}
    for key, value in tensors.items():
        what = f"{name}: {printable_text(key, MAX_KEY_LENGTH)}"
        if key.endswith(filter_suffix):
            check_filter(to_float32(value.detach(), what), name)
        elif (own := own_key(key)) is None:
            raise unknown_error("tensor", key, name, network)
        else:
            ours[own] = to_float32(value.detach(), what)
    return ours


def build_generator(
    tensors: dict[str, Tensor],
    name: str,
    *,
    label_norm: LabelNorm = "apart",
    conv_clamp: float | None = None,
) -> Generator:
    """Return a generator of exactly these tensors; noise and the mean of w are added if they are missing.

    Raises CheckpointError if another tensor is missing, or does not fit.
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
    _pad(tensors, config)
    if not any(key.endswith(("noise_const", "noise_strength")) for key in tensors):
        for i in range(len(layers)):  # trained without noise
            side = config.side_of((i + 1) // 2)
            tensors[f"synthesis.layers.{i}.noise_const"] = torch.zeros(1, 1, side, side)
            tensors[f"synthesis.layers.{i}.noise_strength"] = torch.zeros(())
    has_mean = "w_mean" in tensors
    tensors.setdefault("w_mean", torch.zeros(1, config.w_dim))
    generator = assemble_generator(config, tensors, name)
    if not has_mean:
        generator.estimate_w_mean()
    return generator


def _pad(tensors: dict[str, Tensor], config: GeneratorConfig) -> None:
    """Pad the constant and the noise of an oblong generator to squares, in place, where they have its shape."""
    keys = {"synthesis.const": 0} | {
        f"synthesis.layers.{i}.noise_const": (i + 1) // 2 for i in range(config.num_layers)
    }
    for key, level in keys.items():
        frame, value = frame_of(config, level), tensors.get(key)
        if frame is not None and value is not None and value.shape[2:] == (frame.height, frame.width):
            tensors[key] = frame.padded(value)


def synthesis_key(side: int, module: str, part: str | None) -> str | None:
    """Return our name of a part of the block of `side` pixels; None if there is no such block or part.

    module: conv0 (the up-sampling convolution), conv1 or torgb.
    """
    level = side.bit_length() - 3
    if part is None or side != 4 << max(level, 0):
        return None
    if module == "torgb":
        return f"synthesis.to_rgbs.{level}.{part}"
    return f"synthesis.layers.{2 * level - (module == 'conv0')}.{part}"


def rescale_mapping(tensors: Mapping[str, Tensor], prefix: str, lr_multiplier: float) -> None:
    """Convert mapping layers of another learning-rate multiplier to ours, in place; pictures stay the same.

    prefix: of the names of these layers.
    """
    for key, value in tensors.items():
        if key.startswith(prefix):
            value *= lr_multiplier / LR_MULTIPLIER


def check_filter(kernel: Tensor, name: str) -> None:
    """Raise CheckpointError if a checkpoint resamples with another filter than ours: its pictures would differ."""
    tap = torch.tensor(BLUR)
    outer = torch.outer(tap, tap)
    if kernel.shape != outer.shape or not torch.allclose(
        kernel / kernel.sum(), outer / outer.sum(), atol=1e-5
    ):
        raise filter_error(name)


def filter_error(name: str) -> CheckpointError:
    """Return the error for another resampling filter."""
    return CheckpointError(f"{name} resamples with a filter that ddsgui does not know.")


def unknown_error(what: str, key: object, name: str, network: str = "generator") -> CheckpointError:
    """Return the error for a tensor or variable that no StyleGAN2 network has."""
    return CheckpointError(
        f"{name} has the unknown {what} {printable_text(key)}; it does not hold a plain StyleGAN2 {network}."
    )


def _shapes(tensors: Mapping[str, Tensor], pattern: str) -> list[tuple[int, ...]]:
    shapes = {int(m[1]): tuple(v.shape) for k, v in tensors.items() if (m := re.fullmatch(pattern, k))}
    return [shapes[i] for i in sorted(shapes)]
