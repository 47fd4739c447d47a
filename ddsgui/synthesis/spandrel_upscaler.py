"""Upscalers of other projects, read with the optional package spandrel."""

from __future__ import annotations

import importlib
from typing import Any

from torch import Tensor, nn

from ddsgui.checkpoints.layouts.layout import Contents
from ddsgui.errors import CheckpointError, LibraryError
from ddsgui.synthesis.torchvision_compat import torchvision_models

REACH_PX = 32  # around a tile; networks that look farther show faint seams, in large pictures only


class ForeignNetwork(nn.Module):
    """A model of spandrel as a module, so that it moves to a device with its owner."""

    def __init__(self, descriptor: Any) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.model: nn.Module = descriptor.model

    def forward(self, image: Tensor) -> Tensor:
        """Return [N, 3, s·H, s·W] of images [N, 3, H, W] of any size, both in [0, 1]; spandrel pads them if needed."""
        return self._descriptor(image)


def foreign_network(contents: Contents) -> tuple[ForeignNetwork, int, int | None]:
    """Return the network in a file, its scale and its reach; spandrel recognises the network by its tensors.

    Raises CheckpointError if it does not enlarge a colour picture, and LibraryError if spandrel is not installed.
    """
    spandrel = _spandrel(contents.name)
    try:
        # Not load_from_file(): it also opens TorchScript, which is a program.
        state = spandrel.canonicalize_state_dict(contents.data)
        descriptor = spandrel.ModelLoader().load_from_state_dict(state)
        descriptor.float()
    except Exception as error:  # spandrel raises nearly anything on unknown networks
        raise CheckpointError(f"{contents.name} is not an upscaler that spandrel supports.") from error
    _check(descriptor, contents.name)
    tiles = descriptor.tiling == spandrel.ModelTiling.SUPPORTED
    return ForeignNetwork(descriptor), descriptor.scale, REACH_PX if tiles else None


def _spandrel(name: str) -> Any:
    try:
        torchvision_models()  # spandrel imports torchvision as well, and cannot if it is incomplete
        return importlib.import_module("spandrel")
    except ImportError as error:
        raise LibraryError(
            f'To use {name}, install spandrel: python -m pip install "ddsgui[upscalers]".'
        ) from error


def _check(descriptor: Any, name: str) -> None:
    """Raise CheckpointError for spandrel's other models, which restore faces, fill holes or keep the size."""
    if descriptor.purpose != "SR" or descriptor.scale < 2:
        raise CheckpointError(f"{name} does not make pictures larger; choose a model for super-resolution.")
    if (descriptor.input_channels, descriptor.output_channels) != (3, 3):
        raise CheckpointError(f"{name} does not support colour pictures; choose another upscaler.")
