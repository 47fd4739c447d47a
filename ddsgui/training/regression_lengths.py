"""How long a training by morphs lasts, side by side and after. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass

from ddsgui.training.adversarial.settings import check_resolution

UNITS = {"kimg": 1000, "minutes": 60}  # images, or seconds, in one
FIRST = 32  # the side that growing begins with
# How a total is shared out; every larger side counts as the last. Large pictures cost time, not many images.
_SHARES = {"kimg": {16: 1.0, 32: 1.0, 64: 0.8}, "minutes": {16: 1.0, 32: 1.0, 64: 1.5}}
_LAST_SHARE = {"kimg": 0.15, "minutes": 2.0}
# Of all stages together: the sharpening, which costs time, and the discriminator.
SHARPEN_SHARE = {"kimg": 0.08, "minutes": 0.7}
JUDGE_SHARE = 0.05
SMALLEST_SHARPENED = 32  # pixels


@dataclass(frozen=True)
class Stretch:
    """A side of the networks, and how long they are trained at it: thousands of images or minutes."""

    side: int
    length: float


@dataclass(frozen=True)
class Lengths:
    """How long all of a training lasts."""

    stages: tuple[Stretch, ...]
    sharpen: float
    judge: float

    @classmethod
    def after(cls, stages: tuple[Stretch, ...], unit: str) -> Lengths:
        """With the usual shares for what follows the stages."""
        total = sum(stage.length for stage in stages)
        sharpened = stages[-1].side >= SMALLEST_SHARPENED
        sharpen = round(SHARPEN_SHARE[unit] * total, 3) if sharpened else 0.0
        return cls(stages, sharpen, round(JUDGE_SHARE * total, 3))


def share_out(resolution: int, total: float, unit: str, first: int | None = None) -> Lengths:
    """A total of thousands of images, or of minutes, over the sides first, …, R and what follows them.

    first: 32 by default, a power of two. TrainingError on an odd resolution.
    """
    check_resolution(resolution)
    first = first or min(FIRST, resolution)
    sides = [first << i for i in range(resolution.bit_length() - first.bit_length() + 1)]
    shares = [_SHARES[unit].get(side, _LAST_SHARE[unit]) for side in sides]
    after = Lengths.after((Stretch(resolution, 1.0),), unit)
    one = total / (1 + after.sharpen + after.judge) / sum(shares)
    return Lengths.after(
        tuple(Stretch(s, round(one * share, 3)) for s, share in zip(sides, shares, strict=True)), unit
    )
