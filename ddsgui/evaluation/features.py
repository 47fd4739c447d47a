"""The networks whose features the Fréchet and kernel distances compare: bundled, or from a file of the user."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ddsgui.checkpoints.hashing import file_sha256
from ddsgui.evaluation.frechet import vgg_features
from ddsgui.synthesis.backbones import load_backbone

LAYER = "relu4_3"  # the deepest of the bundled VGG-16; no loss of a training looks at it


@dataclass(frozen=True)
class FeatureNetwork:
    """A network that turns each image into a row of features."""

    key: str  # of all that the features depend on, for figures that are kept
    title: str  # as in "measured in …"
    note: str  # a sentence on whether the figures compare with published ones
    rows: Callable[[Iterable[Tensor]], Iterator[Tensor]]  # batches [B, 3, H, W], uint8 -> [B, D]


def bundled_features(device: torch.device | str = "cpu") -> FeatureNetwork:
    """Return the bundled VGG-16, averaged over the picture."""
    vgg = load_backbone("vgg16").to(device)
    return FeatureNetwork(
        f"vgg16 {LAYER}",
        f"the bundled VGG-16 ({LAYER}, averaged over the picture)",
        "They compare with each other only, never with published ones, which need Inception (--inception FILE).",
        lambda images: vgg_features(images, vgg, LAYER),
    )


def inception_features(path: Path, device: torch.device | str = "cpu") -> FeatureNetwork:
    """Return InceptionV3 with the weights in a file. Raises LibraryError if it holds others."""
    from ddsgui.evaluation.inception import load_inception

    network = load_inception(path)
    module = network.to(device)
    return FeatureNetwork(
        f"inception {file_sha256(path)}", network.title, network.note, lambda images: map(module.rows, images)
    )
