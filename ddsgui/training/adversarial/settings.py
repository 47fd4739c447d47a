"""What the training of a base domain is asked to do. Free of torch: the command line reads this before it loads."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from ddsgui.errors import TrainingError
from ddsgui.training.settings_checks import (
    MAX_SIDE_PX,
    SHARED_RANGES,
    Range,
    check_kinds,
    check_ranges,
    check_sides,
    check_widths,
    is_number,
    is_whole,
)

# Widths by side, found to draw faces at 128 px while a search on a CPU stays interactive.
GENERATOR_WIDTHS = {4: 128, 8: 128, 16: 96, 32: 64, 64: 48, 128: 32, 256: 24, 512: 16, 1024: 8}
DISCRIMINATOR_WIDTHS = {4: 128, 8: 128, 16: 96, 32: 64, 64: 32, 128: 16, 256: 12, 512: 8, 1024: 8}
FIRST = 16  # the side that growing begins with
# How a total number of images is shared out; every larger side counts as the last.
_SHARES = {16: 1.0, 32: 1.0, 64: 1.7}
_LAST_SHARE = 3.0


@dataclass(frozen=True)
class Stage:
    """A side of the networks, and for how many thousands of images they are trained at it."""

    side: int
    kimg: float

    @property
    def images(self) -> int:
        """The same as a number of images."""
        return round(self.kimg * 1000)


@dataclass(frozen=True)
class AdversarialSettings:
    """Everything that decides, with the pictures, what a training gives."""

    stages: tuple[Stage, ...]  # each twice as large as the one before; the last is the domain's resolution
    channels: tuple[int, ...]  # generator's widths at the levels 4, 8, …, R
    discriminator_channels: tuple[int, ...]  # likewise
    latent: int = 256  # numbers in z, and in w
    mapping_layers: int = 4
    batch: int = 16
    learning_rate: float = 2e-3
    # The mapping network's: its layers run at a hundredth of it. Fast where people are found, slow once they are
    # refined.
    mapping_rate: float = 1e-2
    late_mapping_rate: float = 1e-3
    late_side: int = 64  # pixels, from which on the late rate holds
    warm_up: int = 50  # steps at the start of a stage in which the generator's rates rise to these
    r1: float = 0.3  # γ of the gradient penalty
    r1_every: int = 16  # steps
    mixing: float = 0.5  # share of the latents whose finer layers take another's style
    fade_images: int = 6000  # until a new level is faded in
    ema_images: int = 2000  # half-life of the averaged generator
    symmetry: float = 0.02  # weight of the lopsidedness of the mean picture, which mirrored data cannot have
    mirror: bool = True  # each picture counts as its mirror image as well
    augment: float = 0.4  # strength of the augmentation at the start, a probability
    augment_target: float = 0.6  # of ADA: the mean sign of the logits of real pictures
    augment_kimg: float = 100.0  # thousands of images in which ADA may go from 0 to 1
    encoder: bool = False  # reconstruct real pictures as well
    encoder_share: float = 0.5  # of a batch that is reconstructed
    encoder_weight: float = 1.0  # of the reconstruction's loss
    encoder_nats: float = 60.0  # that a latent may tell of its picture
    seed: int = 0

    def __post_init__(self) -> None:
        check_kinds(self)
        sides = [stage.side for stage in self.stages]
        if not all(map(is_whole, sides)):
            raise TrainingError("A setting of the training is of the wrong kind.")
        check_sides(sides)
        if not all(is_number(s.kimg) and 0 <= s.kimg <= 1e6 for s in self.stages) or not self.images:
            raise TrainingError("The thousands of images must lie between 0 and 1,000,000, and not all be 0.")
        check_widths(sides[-1], self.channels, self.discriminator_channels)
        check_ranges(self, (*SHARED_RANGES, *_RANGES))

    @property
    def resolution(self) -> int:
        """Side of the finished domain, in pixels."""
        return self.stages[-1].side

    @property
    def images(self) -> int:
        """Of all stages."""
        return sum(stage.images for stage in self.stages)

    @property
    def words(self) -> list[str]:
        """The options of `ddsgui train` that give its stages, batch and encoder."""
        kimg = ",".join(f"{stage.side}:{stage.kimg:g}" for stage in self.stages)
        return ["--kimg", kimg, "--batch", str(self.batch), *(["--encoder"] if self.encoder else [])]

    @classmethod
    def for_resolution(cls, resolution: int, kimg: float, **changes: Any) -> AdversarialSettings:
        """The defaults for a domain of `resolution` pixels and a total of `kimg` thousand images.

        TrainingError on an odd resolution or an absurd value.
        """
        stages = share_out(resolution, kimg)
        widths = {
            "channels": standard_widths(GENERATOR_WIDTHS, resolution),
            "discriminator_channels": standard_widths(DISCRIMINATOR_WIDTHS, resolution),
        }
        return cls(**{"stages": stages, **widths, **changes})

    def with_stages(self, stages: tuple[Stage, ...]) -> AdversarialSettings:
        """The same with other numbers of images; TrainingError if the resolution would be another."""
        if not stages or stages[-1].side != self.resolution:
            raise TrainingError(f"This training is for {self.resolution} pixels; its stages must end there.")
        return replace(self, stages=stages)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            **asdict(self),
            "stages": [[stage.side, stage.kimg] for stage in self.stages],
            "channels": list(self.channels),
            "discriminator_channels": list(self.discriminator_channels),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AdversarialSettings:
        """The inverse of as_dict(); TrainingError on anything else."""
        try:
            plain = dict(data)
            stages = tuple(Stage(side, float(kimg)) for side, kimg in plain.pop("stages"))
            widths = {key: tuple(plain.pop(key)) for key in ("channels", "discriminator_channels")}
            return cls(stages=stages, **widths, **plain)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise TrainingError("These are not settings of a training that this version knows.") from error


def check_resolution(resolution: int) -> None:
    """TrainingError unless a domain can be trained at this side."""
    sides = [2**k for k in range(4, 11)]
    if resolution not in sides:
        near = min(sides, key=lambda side: abs(math.log2(side / max(1, resolution))))
        raise TrainingError(
            f"A domain has 16, 32, 64, … or {MAX_SIDE_PX} pixels, not {resolution}; the nearest is {near}."
        )


def share_out(resolution: int, kimg: float, first: int | None = None) -> tuple[Stage, ...]:
    """A total of thousands of images over the sides first, 2·first, …, R: the larger the side, the more.

    first: 16 by default, a power of two. TrainingError on an odd resolution.
    """
    check_resolution(resolution)
    first = first or FIRST
    sides = [first << i for i in range(resolution.bit_length() - first.bit_length() + 1)]
    shares = [_SHARES.get(side, _LAST_SHARE) for side in sides]
    return tuple(
        Stage(s, round(kimg * share / sum(shares), 3)) for s, share in zip(sides, shares, strict=True)
    )


def standard_widths(table: dict[int, int], resolution: int) -> tuple[int, ...]:
    """Of a table of widths by side, those of the levels 4, 8, …, R."""
    return tuple(width for side, width in sorted(table.items()) if side <= resolution)


_RANGES: tuple[Range, ...] = (
    ("late_mapping_rate", 0, 1),
    ("r1", 0, 1e4),
    ("r1_every", 1, 1e6),
    ("mixing", 0, 1),
    ("fade_images", 0, 1e8),
    ("symmetry", 0, 1e3),
    ("augment", 0, 0.8),
    ("augment_target", 0, 1),
    ("augment_kimg", 0.01, 1e6),
    ("encoder_share", 0, 1),
    ("encoder_weight", 0, 1e4),
    ("encoder_nats", 0.1, 1e4),
)
