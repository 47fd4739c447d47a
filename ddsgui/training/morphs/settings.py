"""Settings of a training by morphs. Free of torch: the command line reads this before it loads."""

from __future__ import annotations

import json
import math
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any

from ddsgui.errors import TrainingError
from ddsgui.synthesis.latents import MAX_SEED, MIN_SEED
from ddsgui.training.settings_checks import (
    check_settings,
    is_number,
    is_whole,
    key_of,
    keyed,
    setting,
    unkeyed,
)
from ddsgui.training.stages import (
    MAX_SIDE,
    MIN_SIDE,
    UNITS,
    Stage,
    check_sides,
    check_widths,
    stage_sides,
    standard_widths,
)

FIRST_SIDE = 32  # pixels, that growing begins with
MIN_SHARPENED_SIDE = 32  # pixels
# The shares of a total; every larger side counts as the last. Large images cost time, not many images.
_SHARES = {"kimg": {16: 1.0, 32: 1.0, 64: 0.8}, "minutes": {16: 1.0, 32: 1.0, 64: 1.5}}
_LAST_SHARE = {"kimg": 0.15, "minutes": 2.0}
# The shares, of all stages together, of the sharpening, which costs time, and of the final discriminator.
SHARPEN_SHARE = {"kimg": 0.08, "minutes": 0.7}
DISCRIMINATOR_SHARE = 0.05

# Values of settings that version 0.1.0 did not have, where the default changes what a training does.
_BEFORE: dict[str, Any] = {"borders": 0.0, "sharpen_side": MAX_SIDE}

BY_SIDE = ("batch", "learning_rate", "mapping_rate", "ema_images")  # settings of three values
_UP_TO = (32, 64)  # sides in pixels, up to which the first two of them hold
MIXTURES = 4  # kinds of mixtures: of 1, 2, 3 and 8 images


@dataclass(frozen=True)
class SideSettings:
    """The settings at one side."""

    batch: int  # images per step
    learning_rate: float
    mapping_rate: float
    ema_images: int


@dataclass(frozen=True)
class StageLengths:
    """The lengths of all parts of a training, in thousands of images or in minutes."""

    stages: tuple[Stage, ...]
    sharpen: float
    discriminator: float

    @classmethod
    def after(cls, stages: tuple[Stage, ...], unit: str) -> StageLengths:
        """Return the stages with the usual shares for what follows them."""
        total = sum(stage.length for stage in stages)
        sharpened = stages[-1].side >= MIN_SHARPENED_SIDE
        sharpen = round(SHARPEN_SHARE[unit] * total, 3) if sharpened else 0.0
        return cls(stages, sharpen, round(DISCRIMINATOR_SHARE * total, 3))


def split_budget(resolution: int, total: float, unit: str, first: int | None = None) -> StageLengths:
    """Return lengths for a total of thousands of images, or of minutes, over the sides first, …, R and the rest.

    first: 32 by default, a power of two. Raises TrainingError on an odd resolution.
    """
    sides = stage_sides(first or min(FIRST_SIDE, resolution), resolution)
    shares = [_SHARES[unit].get(side, _LAST_SHARE[unit]) for side in sides]
    rest = StageLengths.after((Stage(resolution, 1.0),), unit)
    per_share = total / (1 + rest.sharpen + rest.discriminator) / sum(shares)
    stages = (Stage(side, round(per_share * share, 3)) for side, share in zip(sides, shares, strict=True))
    return StageLengths.after(tuple(stages), unit)


@dataclass(frozen=True)
class MorphSettings:
    """Everything that decides, with images and landmarks, what a training by morphs gives."""

    stages: tuple[Stage, ...]  # each twice as large as the one before; the last has the domain's resolution
    channels: tuple[int, ...]  # the generator's widths at the levels 4, 8, …, R
    discriminator_channels: tuple[int, ...]  # those of the discriminator for later adaptations
    unit: str = "kimg"  # or "minutes": the unit of lengths
    sharpen: float = 0.0  # length in which, after the last stage, the generator learns its images' texture
    discriminator: float = field(
        default=0.0, metadata={"key": "judge"}
    )  # length, at the end, of its training
    latent: int = setting(256, 1, 4096)  # numbers in z, and in w
    mapping_layers: int = setting(4, 1, 64)
    # Three values each: for sides up to 32 pixels, for 64, and from 128. Many steps of few images go furthest.
    batch: tuple[int, ...] = setting((8, 6, 4), 2, 1024)
    learning_rate: tuple[float, ...] = setting((3e-3, 2.5e-3, 2e-3), 0, 1)
    mapping_rate: tuple[float, ...] = setting(
        (0.2, 0.15, 0.1), 0, 1
    )  # the mapping network runs at a hundredth
    ema_images: tuple[int, ...] = setting((2000, 1500, 800), 1, 1e8)  # half-life of the averaged generator
    warm_up: int = setting(100, 0, 1e6)  # steps at the start of a stage in which the rates rise to these
    decay: float = setting(0.35, 0, 1)  # share of a stage, at its end, in which they fall
    end: float = setting(0.2, 0, 1)  # share of them that is left then
    latent_noise: float = setting(
        0.15, 0, 10
    )  # standard deviation added to latents, so that near ones draw alike
    morphs: tuple[float, ...] = (0.3, 0.4, 0.2, 0.1)  # how often 1, 2, 3 and 8 images are mixed
    focus: float = setting(3.0, 1, 100)  # how much more than others the pixels around the landmarks count
    backdrop: float = setting(1.0, 0, 100)  # how much the pixels outside all landmarks count
    shape_share: float = setting(
        0.25, 0, 100
    )  # variance of the shapes in the latents, as a share of the textures'
    # Share of a stage's side that pictures need to have had before they were enlarged; the others are left out of it.
    native: float = setting(0.0, 0, 1)
    borders: float = setting(1.0, 0, 100)  # weight of lines along the borders of images
    perceptual: float = setting(0.3, 0, 100)  # weight of the differences in VGG-16's activations
    # Pixels, from which VGG-16 is used: it costs twice the time of all else.
    perceptual_side: int = setting(128, MIN_SIDE, 2 * MAX_SIDE)
    perceptual_from: float = setting(0.0, 0, 1)  # of that stage
    crop: int = 64  # pixels of the square that VGG-16 sees
    half_every: int = setting(2, 0, 1e6)  # steps; VGG-16 sees the whole image at half its side then. 0: never
    sharpen_batch: int = setting(8, 2, 1024)  # images per step during sharpening
    # Pixels of the side at which VGG-16 sees images during sharpening, at most; the wavelets see them as they are.
    sharpen_side: int = setting(128, MIN_SIDE, MAX_SIDE)
    sharpen_rate: float = setting(1e-3, 0, 1)  # learning rate of the generator then
    # Steps at its start in which moments and critics learn before the generator does.
    critic_warmup_steps: int = setting(60, 0, 1e6, key="listen")
    sharpen_ema: int = setting(500, 1, 1e8)  # images, half-life of the average then
    sharpness: float = setting(0.55, 0, 1)  # of the result, from 0, as soft as before, to 1
    adversarial: float = setting(
        1.0, 0, 100
    )  # gradient of the critics' loss then, as a share of the moments'
    colour_weight: float = setting(
        5.0, 0, 1e4, key="kept"
    )  # of the colours of larger squares, which are to stay
    critics_rate: float = setting(1e-3, 0, 1)
    critics_r1: float = setting(1.0, 0, 1e4)  # γ of their gradient penalty, at the activations
    critics_r1_every: int = setting(8, 1, 1e6)  # steps
    discriminator_batch: int = setting(16, 2, 1024, key="judge_batch")
    discriminator_rate: float = setting(2e-3, 0, 1, key="judge_rate")  # learning rate
    discriminator_r1: float = setting(0.3, 0, 1e4, key="judge_r1")  # γ of its gradient penalty
    discriminator_r1_every: int = setting(16, 1, 1e6, key="judge_r1_every")  # steps
    discriminator_augment: float = setting(0.4, 0, 0.8, key="judge_augment")  # a probability
    seed: int = setting(0, MIN_SEED, MAX_SEED)

    def __post_init__(self) -> None:
        check_settings(self, "a training")
        self._check_values()
        sides = [stage.side for stage in self.stages]
        check_sides(sides)
        lengths = [*(stage.length for stage in self.stages), self.sharpen, self.discriminator]
        if not all(math.isfinite(x) and 0 <= x <= 1e6 for x in lengths) or not any(lengths[:-2]):
            raise TrainingError(f"The {self.unit} must be between 0 and 1,000,000, and not all be 0.")
        if self.sharpen and sides[-1] < MIN_SHARPENED_SIDE:
            raise TrainingError(f"Only pictures of {MIN_SHARPENED_SIDE} pixels or more can be sharpened.")
        check_widths(sides[-1], self.channels, self.discriminator_channels)

    def _check_values(self) -> None:
        if self.unit not in UNITS:
            raise TrainingError(f"The unit is one of {', '.join(UNITS)}, not {self.unit}.")
        for name in BY_SIDE:
            values = getattr(self, name)
            is_kind = is_whole if name in ("batch", "ema_images") else is_number
            if len(values) != len(_UP_TO) + 1 or not all(map(is_kind, values)):
                raise TrainingError(
                    f"{name} takes a number, or three for sides to 32, of 64 and from 128 on."
                )
        if self.crop not in [2**k for k in range(3, 11)]:
            raise TrainingError(f"crop is 8, 16, 32, … or {MAX_SIDE} pixels, not {self.crop}.")
        shares = all(is_number(share) and 0 <= share <= 1 for share in self.morphs)
        if len(self.morphs) != MIXTURES or not shares or not 0.01 <= sum(self.morphs) <= MIXTURES:
            raise TrainingError(f"morphs takes {MIXTURES} shares between 0 and 1, not {list(self.morphs)}.")

    @property
    def resolution(self) -> int:
        """The side of the finished domain, in pixels."""
        return self.stages[-1].side

    def at(self, side: int) -> SideSettings:
        """Return the settings that depend on the side of the images."""
        index = sum(side > edge for edge in _UP_TO)
        rates = (self.learning_rate[index], self.mapping_rate[index])
        return SideSettings(self.batch[index], *rates, self.ema_images[index])

    @property
    def sharpening(self) -> SideSettings:
        """The settings during sharpening; the mapping network stays, so that latents keep their meaning."""
        return SideSettings(self.sharpen_batch, self.sharpen_rate, 0.0, self.sharpen_ema)

    @property
    def words(self) -> list[str]:
        """The options of `ddsgui train` that give these settings, but for the seed."""
        lengths = ",".join(f"{stage.side}:{stage.length:g}" for stage in self.stages)
        words = ["--method", "morphs", f"--{self.unit}", lengths]
        defaults = {f.name: f.default for f in fields(self) if f.default is not MISSING}
        names = {f.name: key_of(f) for f in fields(self)}
        for name, default in {**standard_widths(self.resolution), **defaults}.items():
            value = getattr(self, name)
            if value != default and name not in ("unit", "seed"):
                words += ["--set", f"{names[name]}={json.dumps(value, separators=(',', ':'))}"]
        return words

    @classmethod
    def for_resolution(
        cls, resolution: int, total: float, unit: str = "kimg", **changes: Any
    ) -> MorphSettings:
        """Return standard widths and stages for a total of thousands of images, or of minutes, with `changes`.

        Raises TrainingError on an odd resolution or an absurd value.
        """
        lengths = vars(split_budget(resolution, total, unit))
        return cls(**{**lengths, "unit": unit, **standard_widths(resolution), **changes})

    def with_lengths(self, lengths: StageLengths, unit: str) -> MorphSettings:
        """Return the settings with other lengths. Raises TrainingError if the sides would be others."""
        if [stage.side for stage in lengths.stages] != [stage.side for stage in self.stages]:
            sides = ", ".join(str(stage.side) for stage in self.stages)
            raise TrainingError(f"This training has stages of {sides} pixels; give a length for each.")
        return replace(self, **vars(lengths), unit=unit)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        names = ("channels", "discriminator_channels", "morphs", *BY_SIDE)
        lists = {name: list(getattr(self, name)) for name in names}
        return {**keyed(self), **lists, "stages": [[stage.side, stage.length] for stage in self.stages]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> MorphSettings:
        """Return the settings that as_dict() wrote, where one number may stand for three.

        A training that a version without some settings saved continues as it would have.
        Raises TrainingError on anything else.
        """
        try:
            plain = {**_BEFORE, **unkeyed(cls, data)}
            for name in BY_SIDE:
                value = plain.get(name)
                if value is not None:
                    plain[name] = tuple(value) if isinstance(value, list) else (value,) * (len(_UP_TO) + 1)
            stages = tuple(Stage(side, float(length)) for side, length in plain.pop("stages"))
            lists = {name: tuple(plain.pop(name)) for name in ("channels", "discriminator_channels")}
            morphs = {"morphs": tuple(plain.pop("morphs"))} if "morphs" in plain else {}
            return cls(stages=stages, **lists, **morphs, **plain)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise TrainingError("These are not settings of a training that this version knows.") from error
