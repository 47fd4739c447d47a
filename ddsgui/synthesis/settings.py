"""What a run of the optimiser is asked to do, and the presets. Free of torch: the window reads this at start-up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np

from ddsgui.errors import OptimizerError
from ddsgui.stylegan.memory_estimate import MemoryEstimate, estimate_mixing
from ddsgui.synthesis.crossover import Crossover

SPACES = ("z", "w", "w+")
MAX_ITERATIONS = 1_000_000


@dataclass(frozen=True)
class Dials:
    """What may change in mid-run: the weights of Eq. 6 and Adam's learning rate."""

    alpha: float = 0.9  # of L_s
    beta: float = 1.0  # of L_t
    gamma: float = 0.5  # of L_c
    lr: float = 0.01

    def __post_init__(self) -> None:
        for name, top in (("alpha", 1e4), ("beta", 1e4), ("gamma", 1e4), ("lr", 10.0)):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 <= value <= top):
                raise OptimizerError(f"{name} must lie between 0 and {top:g}, not {value}.")


@dataclass(frozen=True)
class OptimizerSettings:
    """One row of the presets table, with the artist's changes."""

    preset: str = "paper"
    space: str = "z"  # which latent moves: "z", "w" (one for all layers) or "w+" (one a layer)
    start: str = "random"  # "random": N(0, I); "mean": the mean w
    generators: str = "both"  # "target": G_t(ẑ) stands in for G_s(ẑ) as well
    layers: tuple[str, ...] = ("relu1_1", "relu1_2", "relu2_2", "relu3_3")
    perceptual_weight: float = 1.0  # of L_p within L_s and L_t
    pixel_weight: float = 1.0  # of the masked MSE within L_s and L_t
    lift: int | None = None  # side in pixels to which pictures are resized before the backbone
    limit: int | None = None  # side to which larger ones are
    dials: Dials = field(default_factory=Dials)
    iterations: int = 1000
    seed: int = 0  # of the starting latent
    backbone: str = "vgg16"
    truncation: float = 0.8
    every: int = 1  # a picture each this many iterations

    def __post_init__(self) -> None:
        sides = [side for side in (self.lift, self.limit) if side is not None]
        whole = (self.iterations, self.every, self.seed, *sides)
        texts = (self.preset, self.backbone, *self.layers)
        if not all(type(n) is int for n in whole) or not all(isinstance(t, str) for t in texts):
            raise OptimizerError("A setting of the optimiser is of the wrong kind.")
        for weight in (self.perceptual_weight, self.pixel_weight):
            if not (isinstance(weight, int | float) and math.isfinite(weight) and 0 <= weight <= 1e4):
                raise OptimizerError(f"A weight within the loss must lie between 0 and 10000, not {weight}.")
        if self.space not in SPACES:
            raise OptimizerError(f"The latent space is one of {', '.join(SPACES)}, not {self.space}.")
        if self.start not in ("random", "mean") or self.generators not in ("both", "target"):
            raise OptimizerError("The settings name a start or a choice of generators that does not exist.")
        if not 1 <= self.iterations <= MAX_ITERATIONS:
            raise OptimizerError(
                f"Iterations must lie between 1 and {MAX_ITERATIONS:,}, not {self.iterations:,}."
            )
        if self.every < 1:
            raise OptimizerError(f"A picture each {self.every} iterations makes no sense; give 1 or more.")
        if not (math.isfinite(self.truncation) and 0 <= self.truncation <= 2):
            raise OptimizerError(f"Truncation must lie between 0 and 2, not {self.truncation}.")
        if not -(2**63) <= self.seed < 2**63:
            raise OptimizerError(f"A seed must fit into 64 bits; {self.seed} does not.")
        for side in sides:
            if not 16 <= side <= 2048:
                raise OptimizerError(f"Pictures can be lifted to 16 to 2048 pixels, not {side}.")

    @classmethod
    def from_preset(cls, name: str = "", **changes: Any) -> OptimizerSettings:
        """The preset `name`, or the default one, with changed fields; alpha, beta, gamma and lr go to the dials.

        OptimizerError on an unknown or absurd value.
        """
        name = name or DEFAULT_PRESET
        if name not in PRESETS:
            raise OptimizerError(f"There is no preset {name}; there are {', '.join(PRESETS)}.")
        settings = PRESETS[name]
        dials = {key: changes.pop(key) for key in ("alpha", "beta", "gamma", "lr") if key in changes}
        unknown = set(changes) - {f.name for f in fields(cls)}
        if unknown:
            raise OptimizerError(f"The optimiser has no setting {', '.join(sorted(unknown))}.")
        return replace(settings, **{"dials": replace(settings.dials, **dials), **changes})

    def memory_estimate(self, config: Mapping[str, Any]) -> MemoryEstimate:
        """The memory that a search will need. config: GeneratorConfig.as_dict() of the target."""
        side = config["resolution"]
        seen = seen_side(side, self.lift, self.limit)
        return estimate_mixing(config, generators=2 if self.generators == "both" else 1, backbone_side=seen)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {**asdict(self), "layers": list(self.layers)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> OptimizerSettings:
        """The inverse of as_dict(); OptimizerError on anything else."""
        try:
            plain = dict(data)
            if isinstance(plain["layers"], str):
                raise TypeError("layers are a list")
            dials = Dials(**{k: float(v) for k, v in plain.pop("dials").items()})
            return cls(**{**plain, "layers": tuple(plain["layers"]), "dials": dials})
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise OptimizerError(
                "These are not settings of the optimiser that this version knows."
            ) from error


# What the window and the command line begin with: for a pair from one latent, `paper` has its minimum at that
# very latent, where nothing is carried over, and `official` takes minutes.
DEFAULT_PRESET = "fast"

# What the authors' program does: W+ from the mean w, the target's generator alone, pictures lifted to 256 px.
_OFFICIAL = OptimizerSettings(
    preset="official",
    space="w+",
    start="mean",
    generators="target",
    layers=("relu1_1", "relu1_2", "relu3_2", "relu4_2"),
    perceptual_weight=2.0,
    lift=256,
    dials=Dials(alpha=1.0, beta=1.0, gamma=3.0),
)

PRESETS = {
    # Ours, so far: official's objective at the picture's own resolution, up to official's, with longer strides.
    # At 1024 px the backbone would take eight times the generator's time, and sees parts too large for it.
    "fast": replace(
        _OFFICIAL,
        preset="fast",
        lift=None,
        limit=_OFFICIAL.lift,
        dials=replace(_OFFICIAL.dials, lr=0.03),
        iterations=200,
    ),
    # The paper, Sec. 4: Z, a random start, both generators, features at the picture's own resolution.
    "paper": OptimizerSettings(),
    "official": _OFFICIAL,
}


def seen_side(side: int, lift: int | None, limit: int | None) -> int:
    """How large the backbone sees a picture of `side` pixels: resized to `lift`, or else to `limit` at most."""
    return lift or min(side, limit or side)


@dataclass(frozen=True)
class RunUpdate:
    """The whole newest state of what may change in mid-run, so that a newest-only box loses nothing."""

    crossover: Crossover
    dials: Dials


@dataclass(frozen=True, eq=False)
class OptimizerStep:
    """One iteration, as seen from outside."""

    iteration: int  # 1-based
    iterations: int
    losses: dict[str, float]  # "total", "source" (L_s), "target" (L_t), "crossover" (L_c)
    image: np.ndarray | None  # x̂, uint8 [H, W, 3]; None unless an `every`-th iteration or the last
    revision: int  # of the crossover it worked towards
    seconds: float  # this iteration's time
    best: bool  # the lowest loss so far


@dataclass(frozen=True, eq=False)
class OptimizerResult:
    """The best ẑ so far."""

    image: np.ndarray  # x̂ = G_t(ẑ), uint8 [H, W, 3]
    latent: np.ndarray  # float32 [1, z_dim], [1, w_dim] or [1, num_ws, w_dim]
    iteration: int
    loss: float
