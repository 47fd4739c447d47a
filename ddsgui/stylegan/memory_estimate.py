"""Estimates of the memory that a task needs, from the shape of its networks. Quick to import: no torch.

An estimate adds up the activations at the peak, the weights, and the memory of Python and torch.
The factors are fitted to the peaks that benchmarks/large.py measures on a CPU, from 256 to 1024 px, for wide and narrow
networks: they include fragmentation and the copies that convolutions make.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ddsgui.errors import DeviceError
from ddsgui.text import alternatives

WARN_FROM_BYTES = 1e9  # smaller estimates are not worth a warning
PROGRAM_BYTES = 400e6  # Python, torch and the rest
FLOAT_BYTES = 4
# Multiples of the generator's weights.
COPIES_WHILE_READING = 3  # while its file is read
COPIES_WHILE_ADAPTING = (
    17  # four networks with their gradients, Adam's moments and Adam's intermediate results
)
COPIES_WHILE_LEARNING = 9  # of a drawn domain: parent, learner and average, its gradient, Adam's
# Multiples of the generator's largest activation, or of all activations, or of the discriminator's largest.
MAPS_WHILE_DRAWING = 6  # largest ones that exist at once
MAPS_FOR_BACKWARD = 4.3  # of each layer: scaled by the style, convolved, filtered, and its output
MAPS_DURING_BACKWARD = 11.5  # largest ones that exist at once while the gradient passes the generator
MAPS_WHILE_JUDGING = 18  # the discriminator's, per picture of a batch
MAPS_PER_PAINTING = 4  # all activations, of the painted picture and of its restyled copies
# Floats per pixel.
SEGMENTER_FLOATS = 80
SEGMENTER_TRAINING_FLOATS = 175
BACKBONE_FLOATS = 1800  # VGG-16's activations, those of both fixed pictures, and their differences
PAIR_FLOATS = 1.5  # the parent's picture and the painter's, stored as bytes
FACE_BYTES = 140_000  # of a pair, for its landmarks and the mask of its person
EXAMPLES_FLOATS = 15  # ten example pictures and their mirror images, stored as bytes


@dataclass(frozen=True)
class MemoryEstimate:
    """The memory of a task at its peak."""

    task: str  # the start of a sentence: "Mixing"
    side: int  # pixels
    bytes: int  # of the whole program during the task

    def sentence(self, free: int | None) -> str:
        """Return a sentence about the memory that is needed and the `free` bytes."""
        needs = f"{self.task} at {self.side} px needs about {format_gigabytes(self.bytes)}"
        if free is None:
            return f"{needs} of memory."
        if not self.fits(free):
            return f"{needs} of memory, but only {format_gigabytes(free)} is free."
        return f"{needs} of memory; {format_gigabytes(free)} is free."

    def fits(self, free: int | None) -> bool:
        """Return whether `free` bytes are enough; True if their number is unknown."""
        return free is None or self.bytes <= free

    def check(
        self, free: int | None, force: bool = False, advice: Iterable[str | None] = ()
    ) -> tuple[str | None, dict[str, int | None]]:
        """Return a warning, None if the task needs little, and both numbers of bytes as JSON data.

        Raises DeviceError if `free` bytes are not enough, unless `force`; `advice` says what else would help.
        """
        if not self.fits(free) and not force:
            choices = alternatives(["close other programs", *filter(None, advice)])
            raise DeviceError(f"{self.sentence(free)} {choices[0].upper()}{choices[1:]}.")
        warning = self.sentence(free) if self.bytes >= WARN_FROM_BYTES else None
        return warning, {"needed": self.bytes, "free": free}


def estimate_drawing(config: Mapping[str, Any]) -> MemoryEstimate:
    """Estimate drawing a picture and finding a part in it. config: GeneratorConfig.as_dict()."""
    net = _Net(config)
    return net.estimate(
        "Drawing", 0, net.maps + MAPS_WHILE_DRAWING * net.largest_map + net.pixels(SEGMENTER_FLOATS)
    )


def estimate_mixing(config: Mapping[str, Any], *, generators: int, backbone_side: int) -> MemoryEstimate:
    """Estimate drawing a pair and searching ẑ, with one or both generators in the loss.

    backbone_side: pixels of the images that the backbone sees.
    """
    net = _Net(config)
    # The backbone has released a picture before the gradient passes the generator.
    search = generators * MAPS_FOR_BACKWARD * net.maps + max(
        BACKBONE_FLOATS * FLOAT_BYTES * backbone_side**2, MAPS_DURING_BACKWARD * net.largest_map
    )
    pair = net.maps + MAPS_WHILE_DRAWING * net.largest_map + net.pixels(SEGMENTER_FLOATS)
    return net.estimate("Mixing", net.weights, max(pair, search))


def estimate_blending(config: Mapping[str, Any]) -> MemoryEstimate:
    """Estimate drawing a pair and blending it live. config: GeneratorConfig.as_dict() of the target."""
    net = _Net(config)
    # The blend itself keeps two levels, less than the activations from which the parts are found.
    pair = net.maps + MAPS_WHILE_DRAWING * net.largest_map + net.pixels(SEGMENTER_FLOATS)
    return net.estimate("Mixing", net.weights, pair)


def estimate_part_training(config: Mapping[str, Any], paintings: int = 1) -> MemoryEstimate:
    """Estimate training a segmenter on `paintings` painted pictures."""
    net = _Net(config)
    # These activations are kept to the end, also while unpainted pictures are drawn to measure how activations vary.
    step = max(net.maps + MAPS_WHILE_DRAWING * net.largest_map, net.pixels(SEGMENTER_TRAINING_FLOATS))
    return net.estimate("Training a part", 0, MAPS_PER_PAINTING * paintings * net.maps + step)


def estimate_adaptation(config: Mapping[str, Any], batch: int) -> MemoryEstimate:
    """Estimate few-shot adaptation with batches of `batch` pictures."""
    net = _Net(config)
    work = batch * (MAPS_FOR_BACKWARD * net.maps + MAPS_WHILE_JUDGING * net.discriminator_map) + net.pixels(
        EXAMPLES_FLOATS
    )
    return net.estimate("Adapting", (COPIES_WHILE_ADAPTING - 1) * net.weights, work)


def estimate_drawn(config: Mapping[str, Any], batch: int, pairs: int) -> MemoryEstimate:
    """Estimate the training of a drawn domain with batches of `batch` pictures, from so many pairs."""
    net = _Net(config)
    work = batch * MAPS_FOR_BACKWARD * net.maps + pairs * (net.pixels(1) * PAIR_FLOATS + FACE_BYTES)
    return net.estimate("Drawing and learning pairs", (COPIES_WHILE_LEARNING - 1) * net.weights, work)


def format_gigabytes(count: float) -> str:
    """Return bytes as text: "3.1 GB", "20 GB", "0.4 GB"."""
    return f"{count / 1e9:.0f} GB" if count >= 9.95e9 else f"{count / 1e9:.1f} GB"


class _Net:
    """The sizes of a generator in bytes."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        channels, w_dim = list(config["channels"]), config["w_dim"]
        self.side: int = config["resolution"]
        levels = [
            FLOAT_BYTES * c * (self.side >> len(channels) - 1 - level) ** 2
            for level, c in enumerate(channels)
        ]
        self.maps = levels[0] + 2 * sum(levels[1:])  # the output of every 3×3 convolution
        self.largest_map = max(levels)
        # A new discriminator is half as wide at its largest level, and at least 16 wide.
        self.discriminator_map = self.pixels(max(16, channels[-1] // 2))
        inputs = channels[0] + sum(i + o for i, o in pairwise(channels)) + sum(channels)  # toRGB's as well
        convolutions = 9 * (channels[0] ** 2 + sum(i * o + o * o for i, o in pairwise(channels)))
        self.weights = FLOAT_BYTES * (convolutions + inputs * w_dim + config["mapping_layers"] * w_dim**2)

    def pixels(self, floats: int) -> float:
        """Return the bytes of `floats` numbers per pixel of the picture."""
        return FLOAT_BYTES * floats * self.side**2

    def estimate(self, task: str, others: float, work: float) -> MemoryEstimate:
        """Return the estimate. others: bytes of other networks' weights; work: bytes of activations."""
        reading = COPIES_WHILE_READING * self.weights
        return MemoryEstimate(
            task, self.side, int(PROGRAM_BYTES + self.weights + others + max(reading, work))
        )
