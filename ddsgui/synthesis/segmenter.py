"""The one-shot segmenter: predicts a part from the generator's activations.

After RepurposeGAN (Tritrong et al., "Repurposing GANs for One-shot Semantic Part Segmentation", CVPR 2021), whose
small, medium and large networks of dilated 3×3 convolutions it keeps. There every activation is lifted to the
picture's resolution and stacked; here each is first projected to a few channels at its own resolution, then lifted
and added: a linear layer on the stack, at a small part of its memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ddsgui.checkpoints.file_format import FORMAT_VERSION
from ddsgui.checkpoints.layouts.registry import describe, read_contents
from ddsgui.checkpoints.native import save_tensors
from ddsgui.errors import CheckpointError, SegmenterError

# Dilations of the 3×3 convolutions, and their width.
SIZES: dict[str, tuple[tuple[int, ...], int]] = {
    "S": ((1, 2), 16),
    "M": ((1, 2, 4), 24),
    "L": ((1, 2, 4, 8, 1), 32),
}
CONTEXT_SIDE_PX = 128  # dilated convolutions run at this side at most, finer activations refine the edge
MIN_ISLAND_SHARE = 0.1  # smaller islands, as a share of the area of a part's largest island, are dropped


@dataclass(frozen=True)
class PartMetadata:
    """The description in a part file."""

    name: str
    title: str = ""
    card: dict[str, Any] = field(default_factory=dict)  # origin, licence, which domain and seed were painted
    paintings: list[dict[str, Any]] = field(default_factory=list)  # that it was trained on, to edit it later


class Segmenter(nn.Module):
    """A network that predicts the class of every pixel from a generator's activations; class 0 is everything else."""

    def __init__(
        self, channels: list[int], resolution: int, classes: tuple[str, ...], size: str = "M"
    ) -> None:
        """Create a network with random weights.

        channels: of each activation, low resolution to high. classes: names of the parts, 1 to 64.
        """
        super().__init__()
        if size not in SIZES:
            raise SegmenterError(f"The size of a segmenter is one of {', '.join(SIZES)}, not {size}.")
        if not 1 <= len(classes) <= 64:
            raise SegmenterError(f"A segmenter has 1 to 64 parts, not {len(classes)}.")
        self.channels, self.resolution, self.classes, self.size = channels, resolution, classes, size
        dilations, width = SIZES[size]
        self.projections = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels)
        self.convs = nn.ModuleList(nn.Conv2d(width, width, 3, padding=d, dilation=d) for d in dilations)
        self.head = nn.Conv2d(width, len(classes) + 1, 1)
        self.centres, self.scales = (nn.ParameterList(_constant(c) for c in channels) for _ in range(2))

    @torch.no_grad()
    def normalize_to(self, pictures: Iterable[list[Tensor]]) -> None:
        """Set the scaling of each channel to zero mean and unit variance over these pictures' activations.

        They are read one at a time, so that they may be drawn on demand.
        """
        count = 0
        # Of the values and of their squares.
        sums = [torch.zeros(2, c, dtype=torch.float64) for c in self.channels]
        for features in pictures:
            count += 1
            for f, total in zip(features, sums, strict=True):
                variance, mean = (v.double().cpu() for v in torch.var_mean(f, (0, 2, 3), correction=0))
                total += torch.stack([mean, variance + mean.square()])
        for total, centre, scale in zip(sums, self.centres, self.scales, strict=True):
            mean, square = total / count
            deviation = (square - mean.square()).clamp(min=0).sqrt()
            centre.copy_(mean[:, None, None])
            scale.copy_(1 / (deviation[:, None, None] + 1e-4))

    def check_fits(
        self, channels: list[int], resolution: int, part: str = "This part", domain: str = "this domain"
    ) -> None:
        """Raise SegmenterError unless activations of these widths (GeneratorConfig.layer_channels()) can be read.

        part, domain: their names in the error.
        """
        if resolution != self.resolution:
            raise SegmenterError(
                f"{part} was painted on a domain of {self.resolution} px, but {domain} draws {resolution} px; "
                f"choose another part for {domain}, or paint this one again on it."
            )
        if channels != self.channels:
            raise SegmenterError(
                f"{part} was painted on a domain of {self.resolution} px with other layer widths than {domain}; "
                f"choose another part for {domain}, or paint this one again on it."
            )

    def normalize(self, features: list[Tensor]) -> Iterator[Tensor]:
        """Yield the activations [N, C_i, H_i, W_i], scaled.

        Raises SegmenterError if they are another generator's.
        """
        self.check_fits([f.shape[1] for f in features], features[-1].shape[-1])
        for f, centre, scale in zip(features, self.centres, self.scales, strict=True):
            yield (f - centre).mul_(scale).clamp_(-6, 6)

    def forward(self, normalized: Iterable[Tensor], factors: Sequence[Tensor] | None = None) -> Tensor:
        """Return logits [N, K+1, R, R] of everything else and the K classes, from scaled activations.

        factors: a factor for each channel of each activation, [1, C_i, 1, 1]: 0 hides it.
        """
        context = min(self.resolution, CONTEXT_SIDE_PX)
        x: Tensor | None = None
        for i, (f, projection) in enumerate(zip(normalized, self.projections, strict=True)):
            assert isinstance(projection, nn.Conv2d)
            # The factors go to the weights: the activations of a large picture would take half a gigabyte more.
            weight = projection.weight if factors is None else projection.weight * factors[i]
            projected = F.conv2d(f, weight, projection.bias)
            if x is None:
                x = projected
                continue
            if x.shape[-1] != projected.shape[-1]:
                x = F.interpolate(x, projected.shape[2:], mode="bilinear", align_corners=False)
            x = x + projected
            last_of_level = i % 2 == 0
            if last_of_level and x.shape[-1] == context:
                x = F.relu(x)
                for conv in self.convs:
                    x = x + F.relu(conv(x))
        assert x is not None
        return self.head(F.relu(x))

    @torch.no_grad()
    def predict(self, features: list[Tensor]) -> Tensor:
        """Return probabilities [N, K+1, R, R] from activations."""
        return self(self.normalize(features)).softmax(1)

    def masks(self, features: list[Tensor]) -> np.ndarray:
        """Return masks from activations, uint8 [N, K, R, R]: 255 where the class is likeliest; no small islands."""
        winners = self.predict(features).argmax(1).cpu().numpy()
        kinds = range(1, len(self.classes) + 1)
        return np.stack([[_without_small_islands(labels == kind) for kind in kinds] for labels in winners])


def save_segmenter(segmenter: Segmenter, path: Path, metadata: PartMetadata) -> None:
    """Write a part. Raises DdsError if the disk is full or read-only."""
    document = {
        "kind": "part",
        "format": FORMAT_VERSION,
        "classes": list(segmenter.classes),
        "size": segmenter.size,
        "channels": segmenter.channels,
        "resolution": segmenter.resolution,
        **asdict(metadata),
    }
    save_tensors(path, {k: v.half() for k, v in segmenter.state_dict().items()}, document)


def load_segmenter(path: Path) -> Segmenter:
    """Return the segmenter of a part file, frozen. Raises SegmenterError if it is damaged or not a part."""
    try:
        contents = read_contents(path)
        if contents.kind != "part":
            what = describe(contents)
            raise SegmenterError(
                f"{path.name} {what}, not a part of ddsgui; paint the part once to make one."
                if what
                else f"{path.name} is not a part of ddsgui."
            )
        tensors, document = contents.floats(), contents.document
    except CheckpointError as error:
        raise SegmenterError(str(error)) from error
    if document.get("format") != FORMAT_VERSION:
        raise SegmenterError(
            f"{path.name} was written by a newer version of ddsgui; update ddsgui to open it."
        )
    try:
        channels = [int(c) for c in document["channels"]]
        if len(channels) > 64 or max(channels) > 8192:
            raise ValueError("widths out of range")
        classes = tuple(document["classes"])
        # Class names become names of files.
        if len(set(classes)) < len(classes) or not all(
            re.fullmatch(r"\w[\w .()-]{0,79}", c) for c in classes
        ):
            raise ValueError("invalid class names")
        if not all(torch.isfinite(t).all() for t in tensors.values()):
            raise ValueError("numbers not finite")
        segmenter = Segmenter(channels, int(document["resolution"]), classes, str(document["size"]))
        segmenter.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise SegmenterError(f"{path.name} is damaged; train this part again.") from error
    return segmenter.eval().requires_grad_(False)


def _constant(channels: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(channels, 1, 1), requires_grad=False)


def _without_small_islands(mask: np.ndarray) -> np.ndarray:
    """Return a boolean mask [H, W] as uint8, 0 or 255, without islands far smaller than the largest."""
    plain = mask.astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(plain, connectivity=8)
    if count > 2:
        areas = stats[:, cv2.CC_STAT_AREA]
        small = areas < MIN_ISLAND_SHARE * areas[1:].max()
        plain[small[labels]] = 0
    return plain * np.uint8(255)
