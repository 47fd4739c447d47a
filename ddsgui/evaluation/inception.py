"""InceptionV3, whose pooled features the Fréchet Inception Distance is defined in, from a file of the user.

Two kinds of weights go by this name. Published distances mean those of 2015-12-05, of the TensorFlow program of Heusel
et al., which have 1,008 classes and pool otherwise; torchvision's have 1,000 classes. The file says which it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddsgui.errors import LibraryError
from ddsgui.synthesis.torchvision_compat import torchvision_models

SIDE_PX = 299
CLASSES_2015, CLASSES_TORCHVISION = 1008, 1000
# Blocks whose pooling leaves the border out of its mean, and the one that pools by the maximum.
_MEAN_BLOCKS = (
    "Mixed_5b",
    "Mixed_5c",
    "Mixed_5d",
    "Mixed_6b",
    "Mixed_6c",
    "Mixed_6d",
    "Mixed_6e",
    "Mixed_7b",
)
_MAX_BLOCK = "Mixed_7c"
_UNTESTED = "This reader was tested with random weights, not with the published ones."


class Inception(nn.Module):
    """InceptionV3 up to its pooled features."""

    def __init__(self, network: nn.Module, is_of_2015: bool) -> None:
        super().__init__()
        self._network, self.is_of_2015 = network, is_of_2015

    @property
    def title(self) -> str:
        """The network's name and weights, as in "measured in …"."""
        weights = "of 2015-12-05" if self.is_of_2015 else "of torchvision"
        return f"InceptionV3 with the weights {weights}"

    @property
    def note(self) -> str:
        """A sentence on whether the figures compare with published ones."""
        if self.is_of_2015:
            return f"Published FIDs are defined in these features. {_UNTESTED}"
        return f"Published FIDs are defined in other weights, those of 2015-12-05. {_UNTESTED}"

    @torch.no_grad()
    def rows(self, images: Tensor) -> Tensor:
        """Return features [N, 2048] of images uint8 [N, 3, H, W]."""
        device = next(self._network.parameters()).device
        pixels = images.to(device).float()
        if self.is_of_2015:
            x = (_resized_as_in_2015(pixels) - 128) / 128
        else:
            size = (SIDE_PX, SIDE_PX)
            x = F.interpolate(pixels, size, mode="bilinear", align_corners=False) / 127.5 - 1
        for name, layer in self._network.named_children():
            if name == "dropout":
                break
            if name != "AuxLogits":
                x = layer(x)
        return x.flatten(1).cpu()


def load_inception(path: Path) -> Inception:
    """Return InceptionV3 with the weights in a file of torch.save(). Raises LibraryError if it holds others."""
    if not path.is_file():
        raise LibraryError(f"There is no file {path}.")
    foreign = (
        f"{path} does not hold the weights of InceptionV3, neither those of 2015-12-05 nor torchvision's."
    )
    try:
        state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
        classes = len(state["fc.bias"])
    except Exception as error:  # torch raises many kinds for a foreign or damaged file
        raise LibraryError(foreign) from error
    if classes not in (CLASSES_2015, CLASSES_TORCHVISION):
        raise LibraryError(foreign)
    is_of_2015 = classes == CLASSES_2015
    state = {name: value for name, value in state.items() if not name.startswith("AuxLogits.")}
    network = build_inception(is_of_2015)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise LibraryError(foreign) from error
    return Inception(network, is_of_2015)


def build_inception(is_of_2015: bool) -> nn.Module:
    """Return torchvision's InceptionV3 in eval mode, with the pooling that its weights were trained for."""
    network: nn.Module = torchvision_models().inception_v3(
        weights=None,
        num_classes=CLASSES_2015 if is_of_2015 else CLASSES_TORCHVISION,
        aux_logits=False,
        init_weights=False,
        transform_input=False,
    )
    if is_of_2015:
        for name in _MEAN_BLOCKS:
            _pool_by(network.get_submodule(name), _mean_of_the_inside)
        _pool_by(network.get_submodule(_MAX_BLOCK), _maximum)
    return network.eval().requires_grad_(False)


def _pool_by(block: nn.Module, pool: Callable[[Tensor], Tensor]) -> None:
    """Replace the pooling before the last branch of a block, whose outputs come last."""

    def replaced(block: Any, inputs: tuple[Tensor], output: Tensor) -> Tensor:
        last = block.branch_pool(pool(inputs[0]))
        return torch.cat([output[:, : -last.shape[1]], last], 1)

    block.register_forward_hook(replaced)


def _mean_of_the_inside(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


def _maximum(x: Tensor) -> Tensor:
    return F.max_pool2d(x, 3, stride=1, padding=1)


def _resized_as_in_2015(images: Tensor) -> Tensor:
    """Return images at SIDE_PX as TensorFlow's old bilinear resizing has them: pixel i lies at i times the scale."""
    rows, columns = (
        torch.arange(SIDE_PX, device=images.device) * (length / SIDE_PX) / max(length - 1, 1) * 2 - 1
        for length in images.shape[2:]
    )
    grid = torch.stack(torch.meshgrid(rows, columns, indexing="ij")[::-1], -1)
    grid = grid.expand(len(images), -1, -1, -1)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=True)
