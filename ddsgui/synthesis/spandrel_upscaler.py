"""Upscalers that others have trained, read with the optional package spandrel."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ddsgui.checkpoints.native import read_tensors
from ddsgui.checkpoints.torch_save import read_torch_file
from ddsgui.errors import CheckpointError, LibraryError
from ddsgui.synthesis.torchvision_compat import torchvision_models

REACH = 32  # pixels around a tile; networks that look farther show faint seams in large pictures only


class ForeignNetwork(nn.Module):
    """A model of spandrel as a network, so that it moves to a device with its owner."""

    def __init__(self, descriptor: Any) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.model: nn.Module = descriptor.model

    def forward(self, image: Tensor) -> Tensor:
        """[N, 3, H, W] -> [N, 3, s·H, s·W], both in [0, 1]; of any size, as spandrel pads what needs it."""
        return self._descriptor(image)


def foreign_network(path: Path) -> tuple[ForeignNetwork, int, int | None]:
    """The network in a file, its scale and its reach.

    Reads numbers only, as safetensors or as plain tensors of torch.save; spandrel finds out which network they
    belong to. CheckpointError if it is none that makes one colour picture larger; LibraryError if spandrel is
    not installed.
    """
    spandrel = _spandrel(path)
    content = read_tensors(path)[0] if path.suffix.lower() == ".safetensors" else read_torch_file(path)
    try:
        # Not load_from_file(): it also opens TorchScript, which is a program.
        state = spandrel.canonicalize_state_dict(content)
        descriptor = spandrel.ModelLoader().load_from_state_dict(state)
        descriptor.float()
    except Exception as error:  # on what it does not know it raises nearly anything
        raise CheckpointError(f"{path.name} is no upscaler that spandrel knows.") from error
    _check(descriptor, path.name)
    tiles = descriptor.tiling == spandrel.ModelTiling.SUPPORTED
    return ForeignNetwork(descriptor), descriptor.scale, REACH if tiles else None


def _spandrel(path: Path) -> Any:
    try:
        torchvision_models()  # spandrel imports torchvision as well, and does not know how to when it is incomplete
        return importlib.import_module("spandrel")
    except ImportError as error:
        raise LibraryError(
            f'To use {path.name}, install what reads it: python -m pip install "ddsgui[upscalers]".'
        ) from error


def _check(descriptor: Any, name: str) -> None:
    """Other models of spandrel mend faces, fill holes, or leave the size as it is."""
    if descriptor.purpose != "SR" or descriptor.scale < 2:
        raise CheckpointError(f"{name} does not make pictures larger; choose a model for super-resolution.")
    if (descriptor.input_channels, descriptor.output_channels) != (3, 3):
        raise CheckpointError(f"{name} is not made for colour pictures; choose another upscaler.")
