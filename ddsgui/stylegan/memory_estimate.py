"""Estimates of the memory that a task needs, from the shape of its networks. Quick to import: no torch.

An estimate counts the activations at the peak, the weights, and what Python and torch take.
The factors were fitted to peaks that benchmarks/large.py measures on a CPU, 256 to 1024 px, wide and narrow: they
include fragmentation and the copies that convolutions make.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

WARN_FROM_BYTES = 1e9  # smaller estimates are not worth a warning
PROGRAM = 400e6  # Python, torch and the rest
FLOAT = 4
READING = 3  # times the weights, while a file is read
PASSING = 6  # largest activations that exist at once while a picture is drawn
FINDING = 80  # floats a pixel of a segmenter that finds a part
KEPT = 4.3  # of each layer, until the gradient comes back: scaled by the style, convolved, filtered, and its output
RETURNING = 11.5  # largest activations that exist at once while the gradient goes back through the generator
BACKBONE = 1800  # floats a pixel of VGG-16: activations, those of both fixed pictures, their differences
PART = 175  # floats a pixel of a segmenter while it learns
VIEWS = 4  # of a painted picture in the training of a part
TRAINED = 17  # times the weights: of four networks, their gradients and moments, and what Adam makes of these
EXAMPLES = 15  # floats a pixel that ten example pictures and their mirror images take, in bytes
JUDGING = 18  # of the discriminator's first, largest activation, for each picture of a batch


@dataclass(frozen=True)
class MemoryEstimate:
    """The memory of a task at its peak."""

    task: str  # "Mixing", to begin a sentence
    side: int  # pixels
    bytes: int  # of the whole program while it does this

    def sentence(self, free: int | None) -> str:
        """Return a sentence about the need and the `free` bytes."""
        needs = f"{self.task} at {self.side} px needs about {format_gigabytes(self.bytes)}"
        if free is None:
            return f"{needs} of memory."
        if not self.fits(free):
            return f"{needs} of memory, and only {format_gigabytes(free)} are free."
        return f"{needs} of memory; {format_gigabytes(free)} are free."

    def fits(self, free: int | None) -> bool:
        """Return whether `free` bytes are enough; True if their number is unknown."""
        return free is None or self.bytes <= free


def estimate_drawing(config: Mapping[str, Any]) -> MemoryEstimate:
    """Estimate drawing a picture and finding a part in it. config: GeneratorConfig.as_dict()."""
    net = _Net(config)
    return net.estimate("Drawing", 0, net.maps + PASSING * net.top + net.pixels(FINDING))


def estimate_mixing(config: Mapping[str, Any], *, generators: int, backbone_side: int) -> MemoryEstimate:
    """Estimate drawing a pair and searching ẑ, with one or both generators in the loss.

    backbone_side: pixels of the images that the backbone sees.
    """
    net = _Net(config)
    # The backbone is done with a picture before the gradient goes on through the generator.
    search = generators * KEPT * net.maps + max(BACKBONE * FLOAT * backbone_side**2, RETURNING * net.top)
    pair = net.maps + PASSING * net.top + net.pixels(FINDING)
    return net.estimate("Mixing", net.weights, max(pair, search))


def estimate_part_training(config: Mapping[str, Any], paintings: int = 1) -> MemoryEstimate:
    """Estimate training a segmenter on `paintings` painted pictures."""
    net = _Net(config)
    # The views are kept while unpainted pictures are drawn to tell how activations vary, and then to the end.
    step = max(net.maps + PASSING * net.top, net.pixels(PART))
    return net.estimate("Training a part", 0, VIEWS * paintings * net.maps + step)


def estimate_adaptation(config: Mapping[str, Any], batch: int) -> MemoryEstimate:
    """Estimate few-shot adaptation with batches of `batch` pictures."""
    net = _Net(config)
    work = batch * (KEPT * net.maps + JUDGING * net.judged) + net.pixels(EXAMPLES)
    return net.estimate("Adapting", (TRAINED - 1) * net.weights, work)


def format_gigabytes(count: float) -> str:
    """Return bytes as text: "3.1 GB", "20 GB", "0.4 GB"."""
    return f"{count / 1e9:.0f} GB" if count >= 9.95e9 else f"{count / 1e9:.1f} GB"


class _Net:
    """The sizes of a generator in bytes."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        channels, w_dim = list(config["channels"]), config["w_dim"]
        self.side: int = config["resolution"]
        levels = [FLOAT * c * (4 << level) ** 2 for level, c in enumerate(channels)]
        self.maps = levels[0] + 2 * sum(levels[1:])  # the output of every 3×3 convolution
        self.top = max(levels)
        # A fresh discriminator is half as wide where it is large, and no narrower than 16.
        self.judged = self.pixels(max(16, channels[-1] // 2))
        inputs = channels[0] + sum(i + o for i, o in pairwise(channels)) + sum(channels)  # toRGB's as well
        convolutions = 9 * (channels[0] ** 2 + sum(i * o + o * o for i, o in pairwise(channels)))
        self.weights = FLOAT * (convolutions + inputs * w_dim + config["mapping_layers"] * w_dim**2)

    def pixels(self, floats: int) -> float:
        """Return the bytes of `floats` numbers per pixel of the picture."""
        return FLOAT * floats * self.side**2

    def estimate(self, task: str, others: float, work: float) -> MemoryEstimate:
        """Return the estimate. others: bytes of other weights than this network's; work: of activations."""
        reading = READING * self.weights
        return MemoryEstimate(task, self.side, int(PROGRAM + self.weights + others + max(reading, work)))
