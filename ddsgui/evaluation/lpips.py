"""LPIPS, the perceptual distance of two pictures, on the bundled VGG-16.

Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018, Eq. 1, version 0.1.
The bundled layers are the original ones up to a scale, which the normalisation of each position cancels.
"""

from __future__ import annotations

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ddsgui import paths
from ddsgui.errors import LibraryError
from ddsgui.synthesis.backbones import Backbone, load_backbone

LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
CONV5 = (24, 26, 28)  # torchvision's numbers of the last three convolutions
EPSILON = 1e-10


class Lpips:
    """The distance in the features of VGG-16, whose last convolutions lie in a file of their own."""

    def __init__(self, backbone: Backbone, conv5: nn.Module, heads: dict[str, Tensor]) -> None:
        """heads: the weight of each channel by layer, [C_j]."""
        self._backbone, self._conv5 = backbone, conv5
        self._heads = [heads[name].view(1, -1, 1, 1) for name in LAYERS]

    @torch.no_grad()
    def features(self, images: Tensor) -> list[Tensor]:
        """Return the activations of LAYERS, each of length 1 at every position, of images [N, 3, H, W] in [-1, 1].

        Images have 16 pixels or more on each side.
        """
        activations = self._backbone(images.contiguous(), LAYERS[:-1])
        activations.append(self._conv5(activations[-1]))
        return [x / (x.square().sum(1, keepdim=True).sqrt() + EPSILON) for x in activations]

    @torch.no_grad()
    def compare(self, first: list[Tensor], second: list[Tensor]) -> list[float]:
        """Return the distance of each pair of images, from their features: 0 if they are equal."""
        layers = zip(first, second, self._heads, strict=True)
        distances = [((a - b).square() * head).sum(1).mean((1, 2)) for a, b, head in layers]
        return torch.stack(distances).sum(0).tolist()

    def distances(self, first: Tensor, second: Tensor) -> list[float]:
        """Return the distance of each pair of images [N, 3, H, W] in [-1, 1]."""
        return self.compare(self.features(first), self.features(second))


def load_lpips(device: torch.device | str = "cpu") -> Lpips:
    """Return LPIPS with the bundled weights. Raises LibraryError if they are missing."""
    heads_path = paths.assets() / "lpips" / "vgg.safetensors"
    conv5_path = paths.assets() / "backbones" / "vgg16-conv5.safetensors"
    try:
        heads, weights = load_file(heads_path), load_file(conv5_path)
        conv5 = _conv5(weights)
    except (OSError, KeyError, RuntimeError, SafetensorError) as error:
        raise LibraryError(
            f"LPIPS needs {heads_path} and {conv5_path}, of which one is missing or damaged; install ddsgui again."
        ) from error
    backbone = load_backbone("vgg16").to(device)
    return Lpips(backbone, conv5.to(device), {name: head.to(device) for name, head in heads.items()})


def _conv5(weights: dict[str, Tensor]) -> nn.Module:
    stages = nn.Sequential(nn.MaxPool2d(2))
    for number in CONV5:
        weight, bias = (weights[f"features.{number}.{kind}"].float() for kind in ("weight", "bias"))
        convolution = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1, device="meta")
        convolution.load_state_dict({"weight": weight, "bias": bias}, assign=True)
        stages.extend((convolution, nn.ReLU()))
    return stages.eval().requires_grad_(False)
