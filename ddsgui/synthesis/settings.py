"""Settings of a run of the optimiser, and the presets. Free of torch: the window reads this at start-up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np

from ddsgui.errors import OptimizerError
from ddsgui.stylegan.memory_estimate import MemoryEstimate, estimate_blending, estimate_mixing
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.latents import MAX_SEED, MIN_SEED, SEED_RANGE, SPACES, Space
from ddsgui.synthesis.loss_terms import LOSS_TERMS, LossWeights, check_range

MAX_ITERATIONS = 1_000_000
MAX_LEARNING_RATE = 10.0
MAX_PARTS = 64  # of a live blend
MAX_ENLARGEMENT = 8
SMALLEST_SIDE_PX = 64  # a smaller domain is not worth mixing
STARTS, ALGORITHMS = ("random", "mean", "target"), ("adam", "l-bfgs")
_NEW_FIELDS = (
    "algorithm",
    "coarse_iterations",
    "enlargement",
    "reduced_precision",
    "skip_seam",
)  # written only where they differ from the default
# Fields that have another name in files. The weights and the learning rate stand there together, as "dials".
_KEYS = {"upscale_to": "lift", "max_side": "limit", "frame_interval": "every"}


@dataclass(frozen=True)
class OptimizerSettings:
    """One row of the presets table, with the artist's changes."""

    preset: str = "paper"
    space: Space = "z"  # of the optimised latent: "z", "w" (one for all layers) or "w+" (one per layer)
    # "random": N(0, I); "mean": the mean w; "target": the target's own latent, or the mean w where it is unknown
    start: str = "random"
    algorithm: str = "adam"  # "adam" or "l-bfgs"
    generators: str = "both"  # "target": G_t(ẑ) stands in for G_s(ẑ) as well
    layers: tuple[str, ...] = ("relu1_1", "relu1_2", "relu2_2", "relu3_3")
    perceptual_weight: float = 1.0  # of L_p within L_s and L_t
    pixel_weight: float = 1.0  # of the masked MSE within L_s and L_t
    upscale_to: int | None = None  # side in pixels to which images are resized before the backbone
    max_side: int | None = None  # side in pixels to which larger images are resized before the backbone
    enlargement: int = 1  # of images before the backbone, as a factor; `max_side` limits it
    coarse_iterations: int = 0  # without the enlargement; at most two thirds of all
    reduced_precision: bool = False  # whether the backbone computes in bfloat16 where that is faster
    skip_seam: bool = False  # whether L_c leaves out pixels that x_c takes from neither picture, or from both
    weights: LossWeights = field(default_factory=LossWeights)
    learning_rate: float = 0.01  # of Adam; of L-BFGS, the length of its first step
    iterations: int = 1000
    seed: int = 0  # of the starting latent
    backbone: str = "vgg16"
    truncation: float = 0.8
    frame_interval: int = 1  # iterations from one image to the next
    live: tuple[
        BlendSettings, ...
    ] = ()  # of a blend without a search: one for all parts, or one for each; (): search

    def __post_init__(self) -> None:
        sides = [side for side in (self.upscale_to, self.max_side) if side is not None]
        counts = (self.iterations, self.coarse_iterations, self.frame_interval, self.enlargement)
        whole = (*counts, self.seed, *sides)
        texts = (self.preset, self.backbone, *self.layers)
        if not all(type(n) is int for n in whole) or not all(isinstance(t, str) for t in texts):
            raise OptimizerError("A setting of the optimiser has the wrong type.")
        for weight in (self.perceptual_weight, self.pixel_weight):
            if not (isinstance(weight, int | float) and math.isfinite(weight) and 0 <= weight <= 1e4):
                raise OptimizerError(f"A weight within the loss must be between 0 and 10000, not {weight}.")
        check_range("The learning rate", self.learning_rate, MAX_LEARNING_RATE)
        if self.space not in SPACES:
            raise OptimizerError(f"The latent space is one of {', '.join(SPACES)}, not {self.space}.")
        choices = (self.start, STARTS), (self.algorithm, ALGORITHMS), (self.generators, ("both", "target"))
        if not all(value in names for value, names in choices) or not all(
            isinstance(choice, bool) for choice in (self.skip_seam, self.reduced_precision)
        ):
            raise OptimizerError(
                "The settings name a start, an algorithm or a choice of generators that does not exist."
            )
        if not all(isinstance(blend, BlendSettings) for blend in self.live) or len(self.live) > MAX_PARTS:
            raise OptimizerError(f"A live blend has settings for {MAX_PARTS} parts at most.")
        if not 1 <= self.iterations <= MAX_ITERATIONS:
            raise OptimizerError(
                f"Iterations must be between 1 and {MAX_ITERATIONS:,}, not {self.iterations:,}."
            )
        if self.coarse_iterations < 0:
            raise OptimizerError(f"Coarse iterations must be 0 or more, not {self.coarse_iterations}.")
        if not 1 <= self.enlargement <= MAX_ENLARGEMENT:
            raise OptimizerError(
                f"Images can be enlarged by 1 to {MAX_ENLARGEMENT} before the backbone, not by {self.enlargement}."
            )
        if self.frame_interval < 1:
            raise OptimizerError(
                f"A frame every {self.frame_interval} iterations makes no sense; give 1 or more."
            )
        if not (math.isfinite(self.truncation) and 0 <= self.truncation <= 2):
            raise OptimizerError(f"Truncation must be between 0 and 2, not {self.truncation}.")
        if not MIN_SEED <= self.seed <= MAX_SEED:
            raise OptimizerError(f"{SEED_RANGE}, not {self.seed}.")
        for side in sides:
            if not 16 <= side <= 2048:
                raise OptimizerError(f"The backbone can see images of 16 to 2048 pixels, not {side}.")

    @property
    def uses_source_generator(self) -> bool:
        """True if the loss draws with both generators, whose resolution and latent sizes then have to agree.

        Otherwise an image and a mask of any origin are enough for the source.
        """
        return self.generators == "both"

    @classmethod
    def from_preset(cls, name: str = "", **changes: Any) -> OptimizerSettings:
        """Return the preset `name`, or the default one, with changed fields; each weight is given by its own name.

        Raises OptimizerError on an unknown or absurd value.
        """
        name = name or DEFAULT_PRESET
        if name not in PRESETS:
            raise OptimizerError(f"There is no preset {name}; there are {', '.join(PRESETS)}.")
        settings = PRESETS[name]
        weights = {key: changes.pop(key) for key in LOSS_TERMS if key in changes}
        unknown = set(changes) - {f.name for f in fields(cls)}
        if unknown:
            raise OptimizerError(f"The optimiser has no setting {', '.join(sorted(unknown))}.")
        return replace(settings, **{"weights": replace(settings.weights, **weights), **changes})

    def strengthened(self, strength: float) -> OptimizerSettings:
        """Return the settings with a stronger part: L_s counts `strength` times as much.

        Raises OptimizerError unless α stays in its range.
        """
        weights = replace(self.weights, alpha=self.weights.alpha * strength)
        return replace(self, weights=weights)

    def memory_estimate(self, config: Mapping[str, Any]) -> MemoryEstimate:
        """Return the memory that a search needs. config: GeneratorConfig.as_dict() of the target."""
        if self.live:
            return estimate_blending(config)
        seen = backbone_side(config["resolution"], self.upscale_to, self.max_side, self.enlargement)
        return estimate_mixing(config, generators=2 if self.uses_source_generator else 1, backbone_side=seen)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data, with the keys that files have."""
        values = asdict(self)
        values["layers"] = list(self.layers)
        rate, live = values.pop("learning_rate"), values.pop("live")
        data: dict[str, Any] = {}
        for name, value in values.items():
            if name == "weights":
                data["dials"] = {**value, "lr": rate}
            else:
                data[_KEYS.get(name, name)] = value
        if live:  # a search is written as versions before the live blend read it
            data["live"] = list(live)
        for name in _NEW_FIELDS:  # so that versions before them read all other settings
            if data[name] == getattr(OptimizerSettings, name):
                del data[name]
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> OptimizerSettings:
        """Return what as_dict() wrote. Raises OptimizerError on anything else."""
        try:
            plain = dict(data)
            if isinstance(plain["layers"], str):
                raise TypeError("layers are a list")
            dials = {key: float(value) for key, value in plain.pop("dials").items()}
            values = {
                "layers": tuple(plain.pop("layers")),
                "learning_rate": dials.pop("lr", cls.learning_rate),
                "weights": LossWeights(**dials),
                "live": tuple(BlendSettings.from_dict(blend) for blend in plain.pop("live", [])),
            }
            for name, key in _KEYS.items():
                values[name] = plain.pop(key, getattr(cls, name))
            return cls(**plain, **values)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise OptimizerError(
                "These are not settings of the optimiser that this version knows."
            ) from error


# The preset of a new window and of the command line: for a pair from one latent, `paper` has its minimum at that
# very latent, where nothing is carried over, and `official` takes minutes.
DEFAULT_PRESET = "fast"

# The authors' program: W+ from the mean w, the target's generator alone, images resized to 256 px.
_OFFICIAL = OptimizerSettings(
    preset="official",
    space="w+",
    start="mean",
    generators="target",
    layers=("relu1_1", "relu1_2", "relu3_2", "relu4_2"),
    perceptual_weight=2.0,
    upscale_to=256,
    weights=LossWeights(alpha=1.0, beta=1.0, gamma=3.0),
)

_OURS = replace(
    _OFFICIAL,
    start="target",
    algorithm="l-bfgs",
    upscale_to=None,
    max_side=_OFFICIAL.upscale_to,  # at 1024 px the backbone would take eight times the generator's time
    enlargement=2,
    learning_rate=0.1,
    coarse_iterations=30,
    reduced_precision=True,
    skip_seam=True,
)

PRESETS = {
    # No search: activations of the source inside the mask, from which the target's last layers draw the picture.
    "live": OptimizerSettings(
        preset="live", space="w+", start="mean", generators="target", iterations=1, live=(BlendSettings(),)
    ),
    # Ours: official's objective without the ring that Eq. 1 draws where the masks do not meet. It starts at the
    # target's own latent, where all but the part is right already, first reads the picture at its own side, in
    # bfloat16 where that is faster, and goes downhill by L-BFGS. docs/performance.md has what each of these gave.
    "fast": replace(_OURS, preset="fast", iterations=44),
    "final": replace(_OURS, preset="final", iterations=150),
    # The paper, Sec. 4: Z, a random start, both generators, features at the picture's own resolution.
    "paper": OptimizerSettings(),
    "official": _OFFICIAL,
}


# The window's strength of `fast` and `final`, where 1 is the published objective: at 1, parts of low contrast such as
# hair carry over by 60 % or less, at 2 by more than 70 %. docs/performance.md has the figures.
ARTISTS_STRENGTH = 2.0


def artists_preset(name: str = "", **changes: Any) -> OptimizerSettings:
    """Return a preset as the window offers it: as from_preset() does, but `fast` and `final` carry over more."""
    settings = OptimizerSettings.from_preset(name, **changes)
    return settings.strengthened(ARTISTS_STRENGTH) if settings.preset in ("fast", "final") else settings


def needs_version_3(data: Mapping[str, Any]) -> bool:
    """Return whether settings, as as_dict() returns them, have something that recipes of version 2 had not."""
    return (
        bool(data.get("live")) or data.get("start") == "target" or any(name in data for name in _NEW_FIELDS)
    )


def backbone_side(side: int, upscale_to: int | None, max_side: int | None, enlargement: int = 1) -> int:
    """Return the side at which the backbone sees an image: `upscale_to`, or else the enlarged or limited side."""
    return upscale_to or min(side * enlargement, max_side or side * enlargement)


@dataclass(frozen=True)
class RunUpdate:
    """All that may change during a run, at its newest, so that a box that keeps only the newest loses nothing."""

    crossover: Crossover
    weights: LossWeights
    learning_rate: float


@dataclass(frozen=True, eq=False)
class AdamMoments:
    """The state of Adam between two iterations; with ẑ, a search that starts from it continues without a break."""

    steps: int  # taken so far
    mean: np.ndarray  # of the gradient, float32 of ẑ's shape
    square: np.ndarray  # mean of the squared gradient, float32 of ẑ's shape

    @property
    def nbytes(self) -> int:
        return self.mean.nbytes + self.square.nbytes


@dataclass(frozen=True, eq=False)
class StartPoint:
    """The last state of an earlier search."""

    latent: np.ndarray  # ẑ, float32 of the shape that belongs to `space`
    space: Space
    moments: AdamMoments | None = None  # None: Adam starts without any


@dataclass(frozen=True, eq=False)
class OptimizerStep:
    """The report of one iteration."""

    iteration: int  # 1-based
    iterations: int
    losses: dict[str, float]  # by the names in LOSSES: "total", "source" (L_s), …; {} of a live blend
    image: (
        np.ndarray | None
    )  # x̂, uint8 [H, W, 3]; None except every `frame_interval` iterations and at the last
    revision: int  # of the crossover that the losses refer to
    seconds: float  # this iteration's time
    best: bool  # the lowest loss so far
    latent: np.ndarray | None = None  # ẑ that `image` was drawn from, float32; None without an image
    moments: AdamMoments | None = None  # before this iteration; None without an image or unless requested
    beats_baseline: bool = True  # True if the best picture so far has a lower loss than the baseline, if any


@dataclass(frozen=True, eq=False)
class MixResult:
    """The picture of a mix."""

    image: np.ndarray  # uint8 [H, W, 3]


@dataclass(frozen=True, eq=False)
class OptimizerResult(MixResult):
    """The best ẑ so far, and its picture x̂ = G_t(ẑ)."""

    latent: np.ndarray  # float32 [1, z_dim], [1, w_dim] or [1, num_ws, w_dim]
    iteration: int
    loss: float


def lighter_settings(settings: OptimizerSettings, config: Mapping[str, Any], free: int) -> str | None:
    """Return how to need less memory, as in "choose the preset fast"; None if no choice would fit.

    config: GeneratorConfig.as_dict() of the target. free: bytes.
    """
    if OptimizerSettings.from_preset(DEFAULT_PRESET).memory_estimate(config).fits(free):
        return f"choose the preset {DEFAULT_PRESET}"
    side, channels = config["resolution"], list(config["channels"])
    while side > SMALLEST_SIDE_PX:
        side, channels = side // 2, channels[:-1]
        if settings.memory_estimate({**config, "resolution": side, "channels": channels}).fits(free):
            return f"choose domains of {side} px at most"
    return None
