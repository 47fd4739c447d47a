"""What a training by morphs is asked to do. Free of torch: the command line reads this before it loads."""

from __future__ import annotations

import json
import math
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import Any

from ddsgui.errors import TrainingError
from ddsgui.training.adversarial.settings import DISCRIMINATOR_WIDTHS, GENERATOR_WIDTHS, standard_widths
from ddsgui.training.regression_lengths import SMALLEST_SHARPENED, UNITS, Lengths, Stretch, share_out
from ddsgui.training.settings_checks import (
    MAX_SIDE_PX,
    MIN_SIDE_PX,
    SHARED_RANGES,
    Range,
    check_kinds,
    check_ranges,
    check_sides,
    check_widths,
    is_number,
    is_whole,
)

BY_SIDE = ("batch", "learning_rate", "mapping_rate", "ema_images")  # settings of three values
_UP_TO = (32, 64)  # sides in pixels, at which the first two hold
MEMBERS = 4  # kinds of mixtures: of 1, 2, 3 and 8 pictures


@dataclass(frozen=True)
class SideSettings:
    """What is so at one side."""

    batch: int  # pictures a step
    learning_rate: float
    mapping_rate: float
    ema_images: int


@dataclass(frozen=True)
class MorphSettings:
    """Everything that decides, with pictures and landmarks, what a training by morphs gives."""

    stages: tuple[Stretch, ...]  # each twice as large as the one before; the last is the domain's resolution
    channels: tuple[int, ...]  # generator's widths at the levels 4, 8, …, R
    discriminator_channels: tuple[int, ...]  # likewise, of the discriminator for later adaptations
    unit: str = "kimg"  # or "minutes": what lengths are counted in
    sharpen: float = 0.0  # length in which, after the last stage, the generator learns its pictures' texture
    judge: float = 0.0  # length in which, at the end, a discriminator learns what adapting begins with
    latent: int = 256  # numbers in z, and in w
    mapping_layers: int = 4
    # Three values each: for sides up to 32 pixels, for 64, and from 128 on. Many steps of few pictures go furthest.
    batch: tuple[int, ...] = (8, 6, 4)
    learning_rate: tuple[float, ...] = (3e-3, 2.5e-3, 2e-3)
    mapping_rate: tuple[float, ...] = (0.2, 0.15, 0.1)  # the mapping network runs at a hundredth of it
    ema_images: tuple[int, ...] = (2000, 1500, 800)  # half-life of the averaged generator
    warm_up: int = 100  # steps at the start of a stage in which the rates rise to these
    decay: float = 0.35  # of a stage, at its end, in which they fall
    end: float = 0.2  # share of them that is left then
    latent_noise: float = 0.15  # standard deviation of what a latent is off by: near ones draw alike
    morphs: tuple[float, ...] = (0.3, 0.4, 0.2, 0.1)  # how often 1, 2, 3 and 8 pictures are mixed
    focus: float = 3.0  # how much more than others the pixels around the landmarks count
    shape_share: float = 0.25  # variance of the shapes in the latents, as a share of the textures'
    perceptual: float = 0.3  # weight of the differences that VGG-16 sees
    perceptual_side: int = 128  # pixels, from which on it looks: it costs twice the time of all else
    perceptual_from: float = 0.0  # of that stage
    crop: int = 64  # pixels of the square that VGG-16 looks at
    half_every: int = 2  # steps; VGG-16 sees the whole picture at half its side then. 0: never
    sharpen_batch: int = 8  # pictures a step while it is sharpened
    sharpen_rate: float = 1e-3  # learning rate of the generator then
    listen: int = 60  # steps at its start in which moments and critics learn before the generator does
    sharpen_ema: int = 500  # images, half-life of the average then
    sharpness: float = 0.55  # of what comes out, from 0, as soft as before, to 1
    adversarial: float = 1.0  # gradient of the critics' loss then, as a share of the moments'
    kept: float = 5.0  # weight of the larger squares' colours, which are to stay
    critics_rate: float = 1e-3
    critics_r1: float = 1.0  # γ of their gradient penalty, at the activations
    critics_r1_every: int = 8  # steps
    judge_batch: int = 16
    judge_rate: float = 2e-3  # learning rate of the discriminator at the end
    judge_r1: float = 0.3  # γ of its gradient penalty
    judge_r1_every: int = 16  # steps
    judge_augment: float = 0.4  # strength of its augmentation, a probability
    seed: int = 0

    def __post_init__(self) -> None:
        check_kinds(self)
        self._check_kinds()
        check_ranges(self, (*SHARED_RANGES, *_RANGES))
        sides = [stage.side for stage in self.stages]
        check_sides(sides)
        lengths = [*(stage.length for stage in self.stages), self.sharpen, self.judge]
        if not all(math.isfinite(x) and 0 <= x <= 1e6 for x in lengths) or not any(lengths[:-2]):
            raise TrainingError(f"The {self.unit} must lie between 0 and 1,000,000, and not all be 0.")
        if self.sharpen and sides[-1] < SMALLEST_SHARPENED:
            raise TrainingError(f"Only pictures of {SMALLEST_SHARPENED} pixels or more can be sharpened.")
        check_widths(sides[-1], self.channels, self.discriminator_channels)
        shares = all(is_number(share) and 0 <= share <= 1 for share in self.morphs)
        if len(self.morphs) != MEMBERS or not shares or not 0.01 <= sum(self.morphs) <= MEMBERS:
            raise TrainingError(f"morphs takes {MEMBERS} shares between 0 and 1, not {list(self.morphs)}.")

    def _check_kinds(self) -> None:
        if self.unit not in UNITS:
            raise TrainingError(f"The unit is one of {', '.join(UNITS)}, not {self.unit}.")
        for name in BY_SIDE:
            value = getattr(self, name)
            kind = is_whole if name in ("batch", "ema_images") else is_number
            if len(value) != len(_UP_TO) + 1 or not all(map(kind, value)):
                raise TrainingError(
                    f"{name} takes a number, or three for sides to 32, of 64 and from 128 on."
                )
        if self.crop not in [2**k for k in range(3, 11)]:
            raise TrainingError(f"crop is 8, 16, 32, … or {MAX_SIDE_PX} pixels, not {self.crop}.")

    @property
    def resolution(self) -> int:
        """Of the domain, in pixels."""
        return self.stages[-1].side

    def at(self, side: int) -> SideSettings:
        """What depends on the side of the pictures."""
        index = sum(side > edge for edge in _UP_TO)
        rates = (self.learning_rate[index], self.mapping_rate[index])
        return SideSettings(self.batch[index], *rates, self.ema_images[index])

    @property
    def sharpening(self) -> SideSettings:
        """What is so while it is sharpened; latents keep their meaning."""
        return SideSettings(self.sharpen_batch, self.sharpen_rate, 0.0, self.sharpen_ema)

    @property
    def words(self) -> list[str]:
        """The options of `ddsgui train` that give these settings, but for the seed."""
        lengths = ",".join(f"{stage.side}:{stage.length:g}" for stage in self.stages)
        words = ["--method", "morphs", f"--{self.unit}", lengths]
        usual = {
            "channels": standard_widths(GENERATOR_WIDTHS, self.resolution),
            "discriminator_channels": standard_widths(DISCRIMINATOR_WIDTHS, self.resolution),
            **{field.name: field.default for field in fields(self) if field.default is not MISSING},
        }
        for name, default in usual.items():
            value = getattr(self, name)
            if value != default and name not in ("unit", "seed"):
                words += ["--set", f"{name}={json.dumps(value, separators=(',', ':'))}"]
        return words

    @classmethod
    def for_resolution(
        cls, resolution: int, total: float, unit: str = "kimg", **changes: Any
    ) -> MorphSettings:
        """Standard widths and stages for a total of thousands of images, or of minutes; `changes` name others.

        TrainingError on an odd resolution or an absurd value.
        """
        widths = {
            "channels": standard_widths(GENERATOR_WIDTHS, resolution),
            "discriminator_channels": standard_widths(DISCRIMINATOR_WIDTHS, resolution),
        }
        lengths = vars(share_out(resolution, total, unit))
        return cls(**{**lengths, "unit": unit, **widths, **changes})

    def with_lengths(self, lengths: Lengths, unit: str) -> MorphSettings:
        """The same with other lengths, all of one unit; TrainingError if the sides would be others."""
        if [stage.side for stage in lengths.stages] != [stage.side for stage in self.stages]:
            sides = ", ".join(str(stage.side) for stage in self.stages)
            raise TrainingError(f"This training has stages of {sides} pixels; give a length for each.")
        return replace(self, **vars(lengths), unit=unit)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        names = ("channels", "discriminator_channels", "morphs", *BY_SIDE)
        lists = {name: list(getattr(self, name)) for name in names}
        return {**asdict(self), **lists, "stages": [[stage.side, stage.length] for stage in self.stages]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> MorphSettings:
        """The inverse of as_dict(), where one number may stand for three; TrainingError on anything else."""
        try:
            plain = dict(data)
            for name in BY_SIDE:
                value = plain.get(name)
                if value is not None:
                    plain[name] = tuple(value) if isinstance(value, list) else (value,) * (len(_UP_TO) + 1)
            stages = tuple(Stretch(side, float(length)) for side, length in plain.pop("stages"))
            lists = {name: tuple(plain.pop(name)) for name in ("channels", "discriminator_channels")}
            morphs = {"morphs": tuple(plain.pop("morphs"))} if "morphs" in plain else {}
            return cls(stages=stages, **lists, **morphs, **plain)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise TrainingError("These are not settings of a training that this version knows.") from error


_RANGES: tuple[Range, ...] = (
    ("decay", 0, 1),
    ("end", 0, 1),
    ("latent_noise", 0, 10),
    ("focus", 1, 100),
    ("shape_share", 0, 100),
    ("perceptual", 0, 100),
    ("perceptual_side", MIN_SIDE_PX, 2 * MAX_SIDE_PX),
    ("perceptual_from", 0, 1),
    ("half_every", 0, 1e6),
    ("sharpen_batch", 2, 1024),
    ("sharpen_rate", 0, 1),
    ("listen", 0, 1e6),
    ("sharpen_ema", 1, 1e8),
    ("sharpness", 0, 1),
    ("adversarial", 0, 100),
    ("kept", 0, 1e4),
    ("critics_rate", 0, 1),
    ("critics_r1", 0, 1e4),
    ("critics_r1_every", 1, 1e6),
    ("judge_batch", 2, 1024),
    ("judge_rate", 0, 1),
    ("judge_r1", 0, 1e4),
    ("judge_r1_every", 1, 1e6),
    ("judge_augment", 0, 0.8),
)
