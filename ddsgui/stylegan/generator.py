"""The StyleGAN2 generator: a mapping network and a synthesis network with skip connections to RGB.

Source: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020, Fig. 2 and 7.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddsgui.errors import CheckpointError
from ddsgui.stylegan.frame import Frame, Slices, first_shift, frame_of
from ddsgui.stylegan.generator_config import GeneratorConfig, config_from_shapes
from ddsgui.stylegan.ops import (
    EqualLinear,
    ModulatedConv2d,
    clamp,
    leaky_relu,
    leaky_relu_,
    normalize_latent,
    random_weights,
    upsample,
)

__all__ = ["Generator", "GeneratorConfig", "Noise", "config_from_shapes"]

Noise = Literal["constant", "random", "none"]
BLACK = -1.0
WHOLE: Slices = (slice(None), slice(None))
MEAN_SAMPLES = 8192


class MappingNetwork(nn.Module):
    """The network from z to w: normalisation, then fully connected layers at a hundredth of the learning rate.

    A class-conditional network embeds the class and appends the embedding to z: both normalised apart (Karras et
    al., "Training Generative Adversarial Networks with Limited Data", NeurIPS 2020), or together, as the first
    program of StyleGAN2 did.
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        hidden = [config.mapping_width or config.w_dim] * (config.mapping_layers - 1)
        widths = [config.mapping_inputs, *hidden, config.w_dim]
        self.layers = nn.ModuleList(EqualLinear(i, o, lr_multiplier=0.01) for i, o in pairwise(widths))
        self.embed = EqualLinear(config.classes, config.embed_dim or config.w_dim) if config.classes else None
        self.together = config.label_norm == "together"
        self.class_index: int | None = None  # drawn unless forward() is given labels

    def forward(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Map z [N, z_dim] and, if class-conditional, classes int64 [N] to w [N, w_dim].

        Raises CheckpointError if the network needs a class and has none.
        """
        if self.embed is None:
            x = normalize_latent(z)
        else:
            y = self.embed(F.one_hot(self._label(z, label), self.embed.weight.shape[1]).to(z.dtype))
            both = [z, y] if self.together else [normalize_latent(z), normalize_latent(y)]
            x = torch.cat(both, 1)
            x = normalize_latent(x) if self.together else x
        for layer in self.layers:
            x = leaky_relu(layer(x))
        return x

    def _label(self, z: Tensor, label: Tensor | None) -> Tensor:
        if label is not None:
            return label
        if self.class_index is None:
            raise CheckpointError("This domain draws several classes; choose one of them.")
        return torch.full((len(z),), self.class_index, device=z.device)


class SynthesisLayer(nn.Module):
    """A modulated 3×3 convolution, noise, bias, leaky ReLU, clamp."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        w_dim: int,
        side: int,
        *,
        up: bool,
        clamp: float | None = None,
        frame: Frame | None = None,
        shift: tuple[int, int] | None = None,
    ) -> None:
        """frame: of an oblong generator; shift: rows and columns that its first frame is off, see frame.py."""
        super().__init__()
        self.conv = ModulatedConv2d(inputs, outputs, 3, w_dim, up=up)
        self.clamp, self.frame, self.shift = clamp, frame, shift
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise_const: Tensor
        self.register_buffer("noise_const", random_weights(1, 1, side, side))

    def forward(self, x: Tensor, w: Tensor, noise: Noise, region: Slices = WHOLE) -> Tensor:
        """Map [N, inputs, H, W] and w [N, w_dim] to [N, outputs, side, side], or to a region of it, where x is a crop.

        In place where possible: at 1024 px most of the memory is what the backward pass keeps.
        """
        x = _shifted(self.conv(x, w), self.shift).add_(self.bias[:, None, None])
        if noise == "constant":
            x = x.add_(self.noise_const[:, :, region[0], region[1]] * self.noise_strength)
        elif noise == "random":
            x = x.add_(torch.randn_like(x[:, :1]) * self.noise_strength)
        x = clamp(leaky_relu_(x), self.clamp)
        return x if self.frame is None else self.frame.cleared(x, region)


class ToRGB(nn.Module):
    """A modulated 1×1 convolution to three channels, without demodulation."""

    def __init__(self, inputs: int, w_dim: int, clamp: float | None = None) -> None:
        super().__init__()
        self.conv = ModulatedConv2d(inputs, 3, 1, w_dim, demodulate=False)
        self.clamp = clamp
        self.bias = nn.Parameter(torch.zeros(3))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Map [N, inputs, H, W] and w [N, w_dim] to [N, 3, H, W]."""
        return clamp(self.conv(x, w) + self.bias[:, None, None], self.clamp)


class LevelState(NamedTuple):
    """The state between two levels of a synthesis network: all that the next level is drawn from."""

    activations: Tensor  # [N, C, H, W] of the level's last 3×3 convolution
    rgb: Tensor  # [N, 3, H, W], the sum of the toRGB layers so far


class SynthesisNetwork(nn.Module):
    """The network from w to the image. Layer i takes ws[:, i]; the toRGB of level k takes ws[:, 2k+1]."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        outputs = config.layer_channels()
        self.frames = [frame_of(config, level) for level in range(len(config.channels))]
        self.shift = first_shift(config)
        self.const = nn.Parameter(
            random_weights(1, config.channels[0], config.first_side, config.first_side)
        )  # with zeros outside the frame
        self.layers = nn.ModuleList(
            SynthesisLayer(
                inputs,
                out,
                config.w_dim,
                config.side_of((i + 1) // 2),
                up=i % 2 == 1,
                clamp=config.conv_clamp,
                frame=self.frames[(i + 1) // 2],
                shift=self.shift if i == 1 else None,
            )
            for i, (inputs, out) in enumerate(pairwise([outputs[0], *outputs]))
        )
        self.to_rgbs = nn.ModuleList(ToRGB(c, config.w_dim, config.conv_clamp) for c in config.channels)

    def forward(self, ws: Tensor, noise: Noise = "constant") -> Tensor:
        """Map w_plus [N, num_ws, w_dim] to images [N, 3, R, R], about [-1, 1]."""
        return self._run(ws, noise, None)

    def with_features(self, ws: Tensor, noise: Noise = "constant") -> tuple[Tensor, list[Tensor]]:
        """Return the images and the activations [N, C_i, H_i, W_i] of every 3×3 convolution, low to high."""
        features: list[Tensor] = []
        return self._run(ws, noise, features), features

    def _start(self, count: int) -> Tensor:
        """Return the constant for a number of pictures, [N, C, H, W]. A training cannot change it outside the frame."""
        frame = self.frames[0]
        const = self.const if frame is None else frame.cleared(self.const, WHOLE)
        return const.expand(count, -1, -1, -1)

    def features(self, ws: Tensor, layers: int, noise: Noise = "constant") -> list[Tensor]:
        """Return the activations of the first `layers` 3×3 convolutions; nothing beyond them is computed."""
        x = self._start(len(ws))
        features: list[Tensor] = []
        for i in range(layers):
            x = self.layers[i](x, ws[:, i], noise)
            features.append(x)
        return features

    def draw_level(
        self,
        level: int,
        below: LevelState | None,
        ws: Tensor,
        noise: Noise = "constant",
        region: Slices = WHOLE,
        features: list[Tensor] | None = None,
    ) -> LevelState:
        """Return the state after the level of 4 · 2^level pixels, from the state `below`; level 0 needs none.

        region: of a level above 1, where `below` is a crop that covers only this region. features: receives the
        activations of every 3×3 convolution.
        """
        x = self._start(len(ws)) if below is None else below.activations
        for i in range(max(0, 2 * level - 1), 2 * level + 1):
            x = self.layers[i](x, ws[:, i], noise, region)
            if features is not None:
                features.append(x)
        rgb = self.to_rgbs[level](x, ws[:, 2 * level + 1])
        if below is not None:
            rgb = _shifted(upsample(below.rgb), self.shift if level == 1 else None) + rgb
        if (frame := self.frames[level]) is not None:
            is_last = level == len(self.frames) - 1
            rgb = frame.cleared(rgb, region, BLACK if is_last else 0.0)
        return LevelState(x, rgb)

    def _run(self, ws: Tensor, noise: Noise, features: list[Tensor] | None) -> Tensor:
        if noise not in ("constant", "random", "none"):
            raise ValueError(f"noise is constant, random or none, not {noise}")
        state: LevelState | None = None
        for level in range(len(self.to_rgbs)):
            state = self.draw_level(level, state, ws, noise, features=features)
        assert state is not None
        return state.rgb


class Generator(nn.Module):
    """A StyleGAN2 generator of any resolution and width, class-conditional or not."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.mapping = MappingNetwork(config)
        self.synthesis = SynthesisNetwork(config)
        self.w_mean: Tensor  # [1, w_dim]
        self.register_buffer("w_mean", torch.zeros(1, config.w_dim))

    @property
    def num_ws(self) -> int:
        """The number of rows of a w_plus."""
        return self.config.num_ws

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return self.w_mean.device

    @property
    def class_index(self) -> int | None:
        """The class that is drawn; None of an unconditional generator. Not saved."""
        return self.mapping.class_index

    def choose_class(self, index: int | None, name: str) -> None:
        """Draw class `index` from now on. A conditional generator needs a class, an unconditional one takes only None.

        name: of the domain, for messages. Raises CheckpointError if it has no such class.
        """
        classes = self.config.classes
        if not classes and index is not None:
            raise CheckpointError(f"{name} draws no classes; leave out the class {index}.")
        if classes and index is None:
            raise CheckpointError(
                f"{name} draws {classes} classes; choose one by its number, as in {name}#0 (0 to {classes - 1})."
            )
        if index is not None and not 0 <= index < classes:
            raise CheckpointError(
                f"{name} has no class {index}; it draws {classes} classes, numbered 0 to {classes - 1}."
            )
        self.mapping.class_index = index

    @torch.no_grad()
    def estimate_w_mean(self) -> None:
        """Set w_mean to the mean of w over fixed latents and all classes, the same on every machine."""
        z = torch.randn(MEAN_SAMPLES, self.config.z_dim, generator=torch.Generator().manual_seed(0))
        classes = self.config.classes
        label = torch.arange(MEAN_SAMPLES, device=self.device) % classes if classes else None
        self.w_mean.copy_(self.mapping(z.to(self.device), label).mean(0, keepdim=True))

    def truncate(self, w: Tensor, psi: float) -> Tensor:
        """Return w pulled towards the mean: ψ = 1 leaves it, ψ = 0 is the mean. [..., w_dim] -> the same."""
        return w if psi == 1 else self.w_mean + psi * (w - self.w_mean)

    def broadcast(self, w: Tensor) -> Tensor:
        """Return one w for every layer: [N, w_dim] -> [N, num_ws, w_dim]."""
        return w[:, None].expand(-1, self.num_ws, -1)

    def freeze(self) -> Generator:
        """Switch to eval mode without gradients of the weights, and return the generator itself.

        On a CPU the weights are laid out channels-last, which saves a third of the time per image.
        """
        if self.device.type == "cpu":
            self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return self.eval().requires_grad_(False)


def _shifted(x: Tensor, shift: tuple[int, int] | None) -> Tensor:
    return x if shift is None else x.roll(shift, (2, 3))
