"""Networks that enlarge pictures and add plausible detail."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddsgui import paths
from ddsgui.checkpoints.file_format import FORMAT_VERSION
from ddsgui.checkpoints.layouts.registry import describe, read_contents
from ddsgui.checkpoints.native import read_tensors, save_tensors
from ddsgui.errors import CheckpointError, LibraryError
from ddsgui.images import to_tensor, to_uint8
from ddsgui.steps import result_of

SCALE = 4  # of the bundled upscaler
KIND = "upscaler"
UPSCALERS = ("is an upscaler (ESRGAN)",)  # what describe() says of those that spandrel may read
TILE_PX = 256  # larger pictures go through the network in squares of this side, which bounds the memory


@dataclass(frozen=True)
class CompactConfig:
    """The shape of a CompactNetwork. Raises CheckpointError if a number is out of range."""

    channels: int = 64
    convolutions: int = 16  # between the first and the last
    scale: int = SCALE

    def __post_init__(self) -> None:
        limits = {"channels": (1, 512), "convolutions": (0, 128), "scale": (2, 8)}
        for name, (least, most) in limits.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise CheckpointError(f"An upscaler cannot have {name} {value!r}.")

    @property
    def reach(self) -> int:
        """The distance, in pixels of the input, that the network looks around each pixel."""
        return self.convolutions + 2


class CompactNetwork(nn.Module):
    """A network from images [N, 3, H, W] in [0, 1] to [N, 3, s·H, s·W], about [0, 1].

    3×3 convolutions at the input's resolution, each but the last followed by a PReLU; the channels of
    the last become the pixels of a block (Shi et al., CVPR 2016), which are added to the pixel that it replaces.
    The compact network of Real-ESRGAN (Wang et al., ICCV Workshops 2021).
    """

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.scale = config.scale
        layers: list[nn.Module] = []
        for inputs in (3, *[config.channels] * config.convolutions):
            layers += [nn.Conv2d(inputs, config.channels, 3, padding=1), nn.PReLU(config.channels)]
        layers.append(nn.Conv2d(config.channels, 3 * config.scale**2, 3, padding=1))
        self.body = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> Tensor:
        detail = F.pixel_shuffle(self.body(image), self.scale)
        return detail + F.interpolate(image, scale_factor=self.scale, mode="nearest")


@dataclass(frozen=True)
class _Tile:
    """A square of a picture, with the margin around it that the network looks at, up to the edges."""

    top: int
    left: int
    bottom: int
    right: int
    reach: int

    def cut(self, image: Tensor) -> Tensor:
        """Return the square with its margin, the input of the network, of an image [N, 3, H, W]."""
        top, left = self._corner
        return image[..., top : self.bottom + self.reach, left : self.right + self.reach]

    def core(self, image: Tensor, scale: int) -> Tensor:
        """Return the output of the network without the margin."""
        top, left = self._corner
        rows = slice((self.top - top) * scale, (self.bottom - top) * scale)
        return image[..., rows, (self.left - left) * scale : (self.right - left) * scale]

    def place(self, scale: int) -> tuple[slice, slice]:
        """Return the rows and columns of the square in the larger picture."""
        return slice(self.top * scale, self.bottom * scale), slice(self.left * scale, self.right * scale)

    @property
    def _corner(self) -> tuple[int, int]:
        return max(0, self.top - self.reach), max(0, self.left - self.reach)


class Upscaler(nn.Module):
    """A frozen network that makes pictures `scale` times as large."""

    def __init__(self, network: nn.Module, scale: int, reach: int | None, name: str = "bundled") -> None:
        """Freeze `network`, which maps [N, 3, H, W] in [0, 1] to [N, 3, s·H, s·W].

        reach: the distance that it looks, in pixels of the input; None if it must see whole pictures.
        """
        super().__init__()
        self.network = network.eval().requires_grad_(False)
        self.scale = scale
        self.name = name
        self._reach = reach

    @torch.inference_mode()
    def forward(self, image: Tensor) -> Tensor:
        """Return images [N, 3, H, W] in [-1, 1] enlarged to [N, 3, s·H, s·W], about [-1, 1]; no gradients."""
        count, channels, height, width = image.shape
        larger = image.new_empty(count, channels, height * self.scale, width * self.scale)
        for tile in self._tiles(height, width):
            rows, columns = tile.place(self.scale)
            larger[..., rows, columns] = self._enlarge(image, tile)
        return larger

    def upscale(self, picture: np.ndarray) -> np.ndarray:
        """Return a picture, uint8 [H, W, 3], enlarged to uint8 [s·H, s·W, 3]."""
        return result_of(self.upscale_steps(picture))

    def upscale_steps(self, picture: np.ndarray) -> Generator[None, None, np.ndarray]:
        """Enlarge a picture as upscale() does, yielding between tiles, so that it can be interleaved or cancelled."""
        height, width = picture.shape[:2]
        image = to_tensor(picture).to(next(self.network.parameters()).device)
        larger = np.empty((height * self.scale, width * self.scale, 3), np.uint8)
        for i, tile in enumerate(self._tiles(height, width)):
            if i:
                yield
            larger[tile.place(self.scale)] = to_uint8(self._enlarge(image, tile)[0])
        return larger

    @torch.inference_mode()
    def _enlarge(self, image: Tensor, tile: _Tile) -> Tensor:
        """Return one tile of images [N, 3, H, W] in [-1, 1], enlarged: [N, 3, s·height, s·width], about [-1, 1]."""
        larger = self.network(tile.cut(image).add(1).div(2))
        return tile.core(larger, self.scale).mul(2).sub(1)

    def _tiles(self, height: int, width: int) -> Iterator[_Tile]:
        """Yield the squares that make up a picture, or a single one if the network must see all of it."""
        if self._reach is None or max(height, width) <= TILE_PX:
            yield _Tile(0, 0, height, width, 0)
            return
        for top in range(0, height, TILE_PX):
            for left in range(0, width, TILE_PX):
                yield _Tile(top, left, min(top + TILE_PX, height), min(left + TILE_PX, width), self._reach)


def save_upscaler(
    network: CompactNetwork, config: CompactConfig, path: Path, card: dict[str, Any], *, half: bool = False
) -> None:
    """Write a native upscaler; `half` stores float16."""
    document = {
        "kind": KIND,
        "format": FORMAT_VERSION,
        "name": path.stem,
        "config": asdict(config),
        "card": card,
    }
    dtype = torch.float16 if half else torch.float32
    save_tensors(path, {k: v.to(dtype) for k, v in network.state_dict().items()}, document)


def load_upscaler(path: Path | None = None) -> Upscaler:
    """Return the upscaler in a file, or the bundled upscaler; float32, on the CPU.

    A file that ddsgui did not write is read with the optional package spandrel. Raises CheckpointError or
    LibraryError if the file or the package is missing, or if it is not an upscaler of colour pictures.
    """
    if path is None:
        bundled = paths.assets() / "upscalers" / "faces-and-drawings.safetensors"
        try:
            return _from_native(*read_tensors(bundled), bundled.name)
        except CheckpointError as error:
            raise LibraryError(
                f"The bundled upscaler {bundled} is missing or damaged; install ddsgui again."
            ) from error
    if not path.is_file():
        raise LibraryError(f"There is no file {path}.")
    contents = read_contents(path)
    if contents.document:
        return _from_native(contents.floats(), contents.document, path.name)
    what = describe(contents)
    if what is not None and what not in UPSCALERS:
        raise CheckpointError(f"{path.name} {what}, not an upscaler; choose a model for super-resolution.")
    from ddsgui.synthesis.spandrel_upscaler import foreign_network

    return Upscaler(*foreign_network(contents), name=path.name)


def _from_native(tensors: dict[str, Tensor], document: dict[str, Any], name: str) -> Upscaler:
    """Return the upscaler of a native file. Raises CheckpointError unless exactly the expected tensors are there."""
    if document.get("kind") != KIND:
        raise CheckpointError(f"{name} is a {document.get('kind')} of ddsgui, not an upscaler.")
    if document.get("format") != FORMAT_VERSION:
        raise CheckpointError(f"{name} was written by a newer version of ddsgui; update ddsgui to open it.")
    try:
        config = CompactConfig(**document["config"])
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{name} does not describe the upscaler that it holds.") from error
    with torch.device("meta"):
        network = CompactNetwork(config)
    if {k: v.shape for k, v in network.state_dict().items()} != {k: v.shape for k, v in tensors.items()}:
        raise CheckpointError(f"{name} does not hold the upscaler that it describes; download it again.")
    network.load_state_dict(tensors, assign=True)
    # With the channels last oneDNN's convolutions take three quarters of the time.
    network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    return Upscaler(network, config.scale, config.reach, name)
