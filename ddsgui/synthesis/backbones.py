"""The networks whose activations the perceptual loss compares."""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ddsgui import paths
from ddsgui.download.http import AddressError
from ddsgui.download.request import Request
from ddsgui.download.resumable import Download
from ddsgui.errors import LibraryError
from ddsgui.synthesis.torchvision_compat import torchvision_models

Progress = Callable[[int, int], None]  # bytes so far, bytes in all

_MEAN = (0.485, 0.456, 0.406)  # ImageNet's, for pictures in 0..1
_STD = (0.229, 0.224, 0.225)
_HALF = (0.5, 0.5, 0.5)  # which turns 0..1 into -1..1

# Positions of the ReLU after each convolution in torchvision's vgg16().features.
_VGG_LAYERS = {
    "relu1_1": 1,
    "relu1_2": 3,
    "relu2_1": 6,
    "relu2_2": 8,
    "relu3_1": 11,
    "relu3_2": 13,
    "relu3_3": 15,
    "relu4_1": 18,
    "relu4_2": 20,
    "relu4_3": 22,
}


@dataclass(frozen=True)
class _Download:
    """A network of torchvision, trained on ImageNet, and the outputs of its stages that are compared."""

    builder: str
    layers: dict[str, int]
    default: tuple[str, ...]
    normalised: bool = True  # whether its pictures have ImageNet's mean and spread

    @property
    def url(self) -> str:
        """The address of torchvision's weights; the file name ends in the first digits of their SHA-256."""
        return torchvision_models().get_model_weights(self.builder).IMAGENET1K_V1.url

    @property
    def file_name(self) -> str:
        return self.url.rpartition("/")[2]


_DOWNLOADS = {
    "alexnet": _Download(
        "alexnet",
        {"relu1": 1, "relu2": 4, "relu3": 7, "relu4": 9, "relu5": 11},
        ("relu1", "relu2", "relu3", "relu4", "relu5"),
    ),
    "squeezenet1_1": _Download(
        "squeezenet1_1",
        {"relu1": 1, "fire2": 4, "fire4": 7, "fire5": 9, "fire6": 10, "fire7": 11, "fire8": 12},
        ("relu1", "fire2", "fire4", "fire6"),
    ),
    "resnet18": _Download(
        "resnet18",
        {"relu1": 2, "layer1": 4, "layer2": 5, "layer3": 6, "layer4": 7},
        ("relu1", "layer1", "layer2", "layer3"),
    ),
    "vgg16-torchvision": _Download("vgg16", _VGG_LAYERS, tuple(_VGG_LAYERS)),
    # As the authors' program uses it.
    "vgg16-unnormalised": _Download("vgg16", _VGG_LAYERS, tuple(_VGG_LAYERS), normalised=False),
}
BACKBONES = ("vgg16", *_DOWNLOADS)


class Backbone(nn.Module):
    """A frozen network, cut into stages, that returns the activations of named layers."""

    def __init__(
        self,
        name: str,
        stages: nn.Sequential,
        layers: dict[str, int],
        default: tuple[str, ...],
        normalised: bool = True,
    ) -> None:
        """normalised: False to feed pictures in [-1, 1] as they are, without ImageNet's mean and spread."""
        super().__init__()
        self.name, self.layers, self.default = name, layers, default
        self.reduced = False  # whether it computes in bfloat16
        self.stages = stages.eval().requires_grad_(False)
        self.mean: Tensor
        self.std: Tensor
        for buffer, values in (("mean", _MEAN), ("std", _STD)):
            self.register_buffer(buffer, torch.tensor(values if normalised else _HALF).view(3, 1, 1))

    @cached_property
    def _bfloat16(self) -> Backbone:
        stages = copy.deepcopy(self.stages).bfloat16()
        stages.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        backbone = Backbone(self.name, stages, self.layers, self.default)
        backbone.mean, backbone.std, backbone.reduced = self.mean, self.std, True
        return backbone

    def in_bfloat16(self) -> Backbone:
        """Return a copy of this network, on the same device, that computes in bfloat16 and channels last."""
        return self if self.reduced else self._bfloat16

    def choose(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Return `wanted` if this network has these layers (the presets name VGG's), or else its default."""
        return wanted if all(name in self.layers for name in wanted) and wanted else self.default

    def forward(
        self, image: Tensor, names: tuple[str, ...], detach: Callable[[Tensor], Tensor] | None = None
    ) -> list[Tensor]:
        """Return the activations [N, C_j, H_j, W_j] of the layers `names`, in the network's order.

        image: [N, 3, H, W] in [-1, 1]. Layers that it is too small for are left out.
        detach: returns the tensor from which the network continues in place of each of these activations.
        """
        wanted = {self.layers[name] for name in names}
        last, activations = max(wanted), []
        x = ((image + 1) / 2 - self.mean) / self.std
        if self.reduced:
            x = x.to(torch.bfloat16, memory_format=torch.channels_last)
        for i, stage in enumerate(self.stages):
            if _shrinks(stage) and min(x.shape[2:]) < 3:
                break
            x = stage(x)
            if i in wanted:
                activations.append(x)
                x = x if detach is None else detach(x)
            if i == last:
                break
        return activations


def check_backbone(name: str) -> None:
    """Raise LibraryError unless there is such a backbone, and the file of NAME=FILE."""
    kind, _, local = name.partition("=")
    if kind not in BACKBONES:
        raise LibraryError(f"There is no backbone {kind}; choose one of {', '.join(BACKBONES)}.")
    if local and not paths.expanded(local).is_file():
        raise LibraryError(f"There is no file {paths.expanded(local)}.")


def load_backbone(name: str, progress: Progress | None = None) -> Backbone:
    """Return the backbone `name`, one of BACKBONES; NAME=FILE reads torchvision's weights from a local file.

    All but vgg16 are downloaded on first use, with `progress`. Raises LibraryError if that fails.
    """
    check_backbone(name)
    name, _, local = name.partition("=")
    if name == "vgg16":
        if not local:
            return _bundled_vgg()
        name = "vgg16-torchvision"
    spec = _DOWNLOADS[name]
    if not local:
        for done, total in download_backbone(name):
            if progress:
                progress(done, total)
    path = paths.expanded(local) if local else _on_disk(spec)
    if path is None or not path.is_file():
        raise LibraryError(f"There is no file {path}.")
    with torch.device("meta"):  # the classifier of VGG-16 alone would take half a gigabyte of random numbers
        network = getattr(torchvision_models(), spec.builder)(weights=None)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(state, assign=True)
        network.float()
    except Exception as error:  # torch raises many kinds for a foreign or damaged file
        raise LibraryError(f"{path} does not hold torchvision's weights of {spec.builder}.") from error
    children = list(network.children())
    stages = nn.Sequential(*children[:-2]) if name == "resnet18" else children[0]
    return _cut(name, stages, spec.layers, spec.default, spec.normalised)


def _bundled_vgg() -> Backbone:
    path = paths.assets() / "backbones" / "vgg16.safetensors"
    widths = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512)  # 0: pooling
    stages, inputs = nn.Sequential(), 3
    with torch.device("meta"):  # random numbers would take most of the time
        for width in widths:
            if width:
                stages.extend((nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU()))
                inputs = width
            else:
                stages.append(nn.MaxPool2d(2))
    try:
        state = {key.removeprefix("features."): value.float() for key, value in load_file(path).items()}
        stages.load_state_dict(state, assign=True)
    except (OSError, RuntimeError, SafetensorError) as error:
        raise LibraryError(
            f"The bundled backbone {path} is missing or damaged; install ddsgui again."
        ) from error
    return _cut("vgg16", stages, _VGG_LAYERS, tuple(_VGG_LAYERS))


def _cut(
    name: str, stages: nn.Module, layers: dict[str, int], default: tuple[str, ...], normalised: bool = True
) -> Backbone:
    used = list(stages.children())[: max(layers.values()) + 1]
    for stage in used:  # in place, a ReLU would overwrite an activation that is returned
        for module in stage.modules():
            if isinstance(module, nn.ReLU):
                module.inplace = False
    return Backbone(name, nn.Sequential(*used), layers, default, normalised)


def _shrinks(stage: nn.Module) -> bool:
    return isinstance(stage, nn.MaxPool2d)


def download_backbone(name: str) -> Generator[tuple[int, int], None, None]:
    """Download the weights of `name` unless they are on this disk; yields the bytes so far and in all.

    An unfinished download resumes the next time. Raises LibraryError if it fails.
    """
    name, _, local = name.partition("=")
    if name not in _DOWNLOADS or local or _on_disk(spec := _DOWNLOADS[name]) is not None:
        return
    digits = spec.file_name.rpartition("-")[2].partition(".")[0]  # the first digits of the SHA-256
    download = Download(Request((spec.url,), spec.file_name, digits), _folder())
    try:
        for progress in download.steps():
            yield progress.received, progress.total or 0
    except AddressError as error:
        raise LibraryError(
            f"{str(error).rstrip('.')}. Try again, download {spec.url} elsewhere and put it into {_folder()}, or use "
            "the backbone vgg16."
        ) from error


def _folder() -> Path:
    return paths.user_data() / "backbones"


def _on_disk(spec: _Download) -> Path | None:
    """Return the path of the weights in the library's folder or in torch's cache; None if they are in neither."""
    folders = (_folder(), Path(torch.hub.get_dir()) / "checkpoints")
    return next((p / spec.file_name for p in folders if (p / spec.file_name).is_file()), None)
