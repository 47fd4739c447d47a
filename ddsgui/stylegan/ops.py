"""The operations of StyleGAN2 in pure torch: no compiled extension, the same on CPU, CUDA and MPS.

Source: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020.
"""

from __future__ import annotations

import math
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BLUR = (1.0, 3.0, 3.0, 1.0)  # the only resampling filter that StyleGAN2 uses
LRELU_GAIN = math.sqrt(2.0)


def leaky_relu(x: Tensor) -> Tensor:
    """Return the leaky ReLU of slope 0.2, scaled by √2 to keep the variance."""
    return F.leaky_relu(x, 0.2).mul_(LRELU_GAIN)


def leaky_relu_(x: Tensor) -> Tensor:
    """Apply leaky_relu in place. The gain comes first, so that the backward pass needs only the result."""
    return F.leaky_relu_(x.mul_(LRELU_GAIN), 0.2)


def clamp(x: Tensor, limit: float | None) -> Tensor:
    """Return x clamped to ±limit; None leaves it.

    Networks trained in half precision are clamped so as not to overflow (Karras et al., "Training Generative
    Adversarial Networks with Limited Data", NeurIPS 2020). They hardly ever reach the limit, so that is
    checked first: a clamp would keep one more activation per layer for the backward pass.
    """
    if limit is None or max(-float(x.detach().min()), float(x.detach().max())) <= limit:
        return x
    return F.hardtanh(x, -limit, limit)


def normalize_latent(z: Tensor) -> Tensor:
    """Return latents scaled to unit mean square: [N, C] -> [N, C]."""
    return z * torch.rsqrt(z.square().mean(1, keepdim=True) + 1e-8)


def blur(x: Tensor, gain: float = 1.0, padding: int = 1) -> Tensor:
    """Filter each channel with the 4×4 binomial kernel of sum `gain`: [N, C, H, W] -> [N, C, H+2p-3, W+2p-3]."""
    channels = x.shape[1]
    kernel = _kernel(gain, x.device, x.dtype)
    return F.conv2d(x, kernel.expand(channels, 1, 4, 4), padding=padding, groups=channels)


def upsample(x: Tensor) -> Tensor:
    """Double the side with the binomial filter: [N, C, H, W] -> [N, C, 2H, 2W]."""
    channels = x.shape[1]
    kernel = _kernel(4.0, x.device, x.dtype)
    return F.conv_transpose2d(x, kernel.expand(channels, 1, 4, 4), stride=2, padding=1, groups=channels)


@cache  # else it would be copied to a GPU some twenty times per image
def _kernel(gain: float, device: torch.device, dtype: torch.dtype) -> Tensor:
    with torch.inference_mode(False):
        tap = torch.tensor(BLUR, device=device, dtype=dtype)
        return torch.outer(tap, tap) * (gain / tap.sum().square())


def random_weights(*shape: int, deviation: float = 1.0) -> Tensor:
    """Return normal random numbers; none on the device meta, where they would only cost an import of sympy."""
    if torch.get_default_device().type == "meta":
        return torch.empty(shape)
    return torch.randn(shape) * deviation


class EqualLinear(nn.Module):
    """A linear layer with equalised learning rate: the stored weight has unit variance and is scaled in use."""

    def __init__(self, inputs: int, outputs: int, bias: float = 0.0, lr_multiplier: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(random_weights(outputs, inputs, deviation=1 / lr_multiplier))
        self.bias = nn.Parameter(torch.full((outputs,), bias / lr_multiplier))
        self.gain = lr_multiplier / math.sqrt(inputs)
        self.lr_multiplier = lr_multiplier

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, inputs] to [N, outputs]."""
        return F.linear(x, self.weight * self.gain, self.bias * self.lr_multiplier)


class EqualConv2d(nn.Module):
    """A convolution with equalised learning rate, for discriminators."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, bias: bool = True, padding: int = 0, stride: int = 1
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(random_weights(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.gain = 1 / math.sqrt(inputs * kernel * kernel)
        self.padding, self.stride = padding, stride

    def forward(self, x: Tensor) -> Tensor:
        """Map [N, inputs, H, W] to [N, outputs, …]."""
        return F.conv2d(x, self.weight * self.gain, self.bias, padding=self.padding, stride=self.stride)


class ModulatedConv2d(nn.Module):
    """A convolution whose input channels are scaled by a style (Sec. 2.2 of the paper above).

    The style scales the activations, and the demodulation the output: equal to modulated weights, but one
    convolution serves the whole batch, and a search for a latent needs no gradient of the weights, which would
    cost as much as the convolution itself.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, w_dim: int, *, demodulate: bool = True, up: bool = False
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(random_weights(outputs, inputs, kernel, kernel))
        self.affine = EqualLinear(w_dim, inputs, bias=1.0)
        self.gain = 1 / math.sqrt(inputs * kernel * kernel)
        self.demodulate, self.up = demodulate, up

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Map [N, inputs, H, W] and w [N, w_dim] to [N, outputs, H, W], or twice the side with `up`."""
        style = self.affine(w) * self.gain  # [N, inputs]
        x = x * style[:, :, None, None]
        if self.up:
            x = blur(F.conv_transpose2d(x, self.weight.transpose(0, 1), stride=2), gain=4.0)
        else:
            x = F.conv2d(x, self.weight, padding=self.weight.shape[-1] // 2)
        if self.demodulate:
            norm = style.square() @ self.weight.square().sum((2, 3)).t()  # [N, outputs]
            x = x * torch.rsqrt(norm + 1e-8)[:, :, None, None]
        return x
