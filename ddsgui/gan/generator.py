"""The StyleGAN2 generator: a mapping network and a synthesis network with skip connections to RGB.

Source: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020, Fig. 2 and 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ddsgui.errors import CheckpointError
from ddsgui.gan.ops import EqualLinear, ModulatedConv2d, leaky_relu, normalize_latent, upsample

Noise = Literal["constant", "random", "none"]
MEAN_SAMPLES = 8192


@dataclass(frozen=True)
class GeneratorConfig:
    """What the shapes of a checkpoint say. Sides in pixels."""

    resolution: int  # 8 to 2048, a power of two
    z_dim: int
    w_dim: int
    mapping_layers: int
    channels: tuple[int, ...]  # of the levels 4, 8, …, resolution

    def __post_init__(self) -> None:
        levels = self.resolution.bit_length() - 2
        sane = self.resolution in {2**k for k in range(3, 12)} and len(self.channels) == levels
        widths = (self.z_dim, self.w_dim, *self.channels)
        if not sane or not all(1 <= c <= 8192 for c in widths) or not 1 <= self.mapping_layers <= 64:
            raise CheckpointError(f"No StyleGAN2 generator has this shape: {self}.")

    @property
    def num_layers(self) -> int:
        """3×3 convolutions of the synthesis network."""
        return 2 * len(self.channels) - 1

    @property
    def num_ws(self) -> int:
        """Inputs that take a w of their own: the convolutions and the last toRGB."""
        return 2 * len(self.channels)

    def layer_channels(self) -> list[int]:
        """Output channels of each 3×3 convolution, low to high: what a segmenter reads."""
        return [self.channels[(i + 1) // 2] for i in range(self.num_layers)]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "resolution": self.resolution,
            "z_dim": self.z_dim,
            "w_dim": self.w_dim,
            "mapping_layers": self.mapping_layers,
            "channels": list(self.channels),
        }


class MappingNetwork(nn.Module):
    """z -> w: normalised, then fully connected layers at a hundredth of the learning rate."""

    def __init__(self, z_dim: int, w_dim: int, layers: int) -> None:
        super().__init__()
        widths = [z_dim, *[w_dim] * layers]
        self.layers = nn.ModuleList(EqualLinear(i, o, lr_multiplier=0.01) for i, o in pairwise(widths))

    def forward(self, z: Tensor) -> Tensor:
        """[N, z_dim] -> [N, w_dim]."""
        x = normalize_latent(z)
        for layer in self.layers:
            x = leaky_relu(layer(x))
        return x


class SynthesisLayer(nn.Module):
    """A modulated 3×3 convolution, noise, bias, leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, w_dim: int, side: int, *, up: bool) -> None:
        super().__init__()
        self.conv = ModulatedConv2d(inputs, outputs, 3, w_dim, up=up)
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise_const: Tensor
        self.register_buffer("noise_const", torch.randn(1, 1, side, side))

    def forward(self, x: Tensor, w: Tensor, noise: Noise) -> Tensor:
        """[N, inputs, H, W], [N, w_dim] -> [N, outputs, side, side]."""
        x = self.conv(x, w) + self.bias[:, None, None]
        if noise == "constant":
            x = x + self.noise_const * self.noise_strength
        elif noise == "random":
            x = x + torch.randn_like(x[:, :1]) * self.noise_strength
        return leaky_relu(x)


class ToRGB(nn.Module):
    """A modulated 1×1 convolution to three channels, without demodulation."""

    def __init__(self, inputs: int, w_dim: int) -> None:
        super().__init__()
        self.conv = ModulatedConv2d(inputs, 3, 1, w_dim, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(3))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """[N, inputs, H, W], [N, w_dim] -> [N, 3, H, W]."""
        return self.conv(x, w) + self.bias[:, None, None]


class SynthesisNetwork(nn.Module):
    """w -> picture. Layer i takes ws[:, i]; the toRGB of level k takes ws[:, 2k+1]."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        outputs = config.layer_channels()
        self.const = nn.Parameter(torch.randn(1, config.channels[0], 4, 4))
        self.layers = nn.ModuleList(
            SynthesisLayer(inputs, out, config.w_dim, 4 << ((i + 1) // 2), up=i % 2 == 1)
            for i, (inputs, out) in enumerate(pairwise([outputs[0], *outputs]))
        )
        self.to_rgbs = nn.ModuleList(ToRGB(c, config.w_dim) for c in config.channels)

    def forward(self, ws: Tensor, noise: Noise = "constant") -> Tensor:
        """[N, num_ws, w_dim] -> [N, 3, R, R], about [-1, 1]."""
        return self._run(ws, noise, None)

    def with_features(self, ws: Tensor, noise: Noise = "constant") -> tuple[Tensor, list[Tensor]]:
        """As forward, and the activations [N, C_i, H_i, W_i] of each 3×3 convolution, low to high."""
        features: list[Tensor] = []
        return self._run(ws, noise, features), features

    def features(self, ws: Tensor, layers: int, noise: Noise = "constant") -> list[Tensor]:
        """The activations of the first `layers` 3×3 convolutions, and nothing beyond them: no picture."""
        x = self.const.expand(len(ws), -1, -1, -1)
        features: list[Tensor] = []
        for i in range(layers):
            x = self.layers[i](x, ws[:, i], noise)
            features.append(x)
        return features

    def _run(self, ws: Tensor, noise: Noise, features: list[Tensor] | None) -> Tensor:
        if noise not in ("constant", "random", "none"):
            raise ValueError(f"noise is constant, random or none, not {noise}")
        x = self.const.expand(len(ws), -1, -1, -1)
        rgb: Tensor | None = None
        for i, layer in enumerate(self.layers):
            x = layer(x, ws[:, i], noise)
            if features is not None:
                features.append(x)
            if i % 2 == 0:
                skip = self.to_rgbs[i // 2](x, ws[:, i + 1])
                rgb = skip if rgb is None else upsample(rgb) + skip
        assert rgb is not None
        return rgb


class Generator(nn.Module):
    """A StyleGAN2 generator of any resolution and width."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.mapping = MappingNetwork(config.z_dim, config.w_dim, config.mapping_layers)
        self.synthesis = SynthesisNetwork(config)
        self.w_mean: Tensor  # [1, w_dim]
        self.register_buffer("w_mean", torch.zeros(1, config.w_dim))

    @property
    def num_ws(self) -> int:
        """Rows of a w_plus."""
        return self.config.num_ws

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.w_mean.device

    @torch.no_grad()
    def estimate_w_mean(self) -> None:
        """Set w_mean to the mean of w over fixed latents: the same on every machine."""
        z = torch.randn(MEAN_SAMPLES, self.config.z_dim, generator=torch.Generator().manual_seed(0))
        self.w_mean.copy_(self.mapping(z.to(self.device)).mean(0, keepdim=True))

    def truncate(self, w: Tensor, psi: float) -> Tensor:
        """w pulled towards the mean: ψ = 1 leaves it, ψ = 0 is the mean. [..., w_dim] -> the same."""
        return w if psi == 1 else self.w_mean + psi * (w - self.w_mean)

    def broadcast(self, w: Tensor) -> Tensor:
        """One w for every layer: [N, w_dim] -> [N, num_ws, w_dim]."""
        return w[:, None].expand(-1, self.num_ws, -1)

    def freeze(self) -> Generator:
        """In eval mode and without gradients by the weights: only latents move. Returns itself.

        On a CPU the weights are laid out channels-last, which spares a third of the time of a picture.
        """
        if self.device.type == "cpu":
            self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return self.eval().requires_grad_(False)


def config_from_shapes(
    mapping: Sequence[tuple[int, ...]], const: tuple[int, ...], layers: Sequence[tuple[int, ...]]
) -> GeneratorConfig:
    """The configuration that weight shapes imply.

    mapping: [out, in] of each mapping layer; const: [1, C, 4, 4]; layers: [out, in, 3, 3] of each convolution.
    CheckpointError if no generator has these shapes.
    """
    flat = not all(len(shape) == 2 for shape in mapping) or not all(len(shape) == 4 for shape in layers)
    if flat or not mapping or len(layers) % 2 == 0 or len(const) != 4:
        raise CheckpointError("The tensors in this file do not make a StyleGAN2 generator.")
    levels = len(layers) // 2 + 1
    return GeneratorConfig(
        resolution=2 ** (levels + 1),
        z_dim=mapping[0][1],
        w_dim=mapping[-1][0],
        mapping_layers=len(mapping),
        channels=tuple(shape[0] for shape in layers[::2]),
    )
