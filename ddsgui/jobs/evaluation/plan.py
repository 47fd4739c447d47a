"""The plan of an evaluation: which domains, parts, people and methods, and which tables and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ddsgui.errors import OptimizerError
from ddsgui.library.bundled import PART, SOURCE, TARGET
from ddsgui.synthesis.settings import DEFAULT_PRESET, OptimizerSettings

# In the order of the report. The first ones need no mixes but those of the table.
STAGES = {
    "table": "Table 1: distances to source, crossover and target",
    "comparison": "the methods next to pastes that need no generator",
    "pictures": "Fig. 5 and 6: pairs, masks, crossovers and results",
    "progress": "Fig. 4 and 7: pictures and distances during the search",
    "person": "whether a result shows the same person",
    "exaggeration": "how far a domain exaggerates faces",
    "weights": "Fig. 8: the weights α, β and γ",
    "backbones": "the appendix: networks of the perceptual loss",
    "unpaired": "Fig. 11: two latents",
    "unrelated": "Fig. 12: two unrelated domains",
}
DEFAULT_STAGES = tuple(STAGES)[:6]
FIRST_SEED = 100  # no bundled part was painted on this or a later one
MIN_LATENTS, MAX_LATENTS = 3, 100_000
UNPAIRED_STEP = 1_000_000  # from the seed of a source to that of its target, where they differ


@dataclass(frozen=True)
class Group:
    """A part and a direction: a row of the paper's Table 1."""

    source: str
    target: str
    part: str
    target_part: str | None = None  # None: `part`

    def __str__(self) -> str:
        parts = self.part if self.target_part is None else f"{self.part} and {self.target_part}"
        return f"{Path(self.source).stem} → {Path(self.target).stem}, {parts}"


@dataclass(frozen=True)
class Unrelated:
    """Two domains that do not share a latent space, and a part of each (Fig. 12)."""

    source: str
    source_part: str
    target: str
    target_part: str

    @property
    def groups(self) -> tuple[Group, Group]:
        """Both directions."""
        return (
            Group(self.source, self.target, self.source_part, self.target_part),
            Group(self.target, self.source, self.target_part, self.source_part),
        )


@dataclass(frozen=True)
class EvaluationPlan:
    """All choices. Raises OptimizerError if one is absurd."""

    latents: int = 10
    first_seed: int = FIRST_SEED
    pairs: tuple[tuple[str, str], ...] = ((SOURCE, TARGET),)
    parts: tuple[str, ...] = (PART, "hair")
    presets: tuple[str, ...] = ("live", DEFAULT_PRESET)
    stages: tuple[str, ...] = DEFAULT_STAGES
    one_way: bool = False
    iterations: int | None = None  # of searches; None: each preset's own
    reduced_precision: bool = False  # whether all searches read pictures in bfloat16 where that is faster
    few_latents: int = (
        5  # of the stages that need many mixes of each: weights, backbones, unpaired, unrelated
    )
    factors: tuple[float, ...] = (0.0, 0.5, 2.0)  # of the preset's weights
    full_grid: bool = False  # every combination of the factors, not one weight at a time
    backbones: tuple[str, ...] = ("vgg16",)
    unrelated: Unrelated | None = None
    examples: Mapping[str, str] = field(default_factory=dict)  # folders of pictures by domain

    def __post_init__(self) -> None:
        for name, count in (("Latents", self.latents), ("The latents of a grid", self.few_latents)):
            if not MIN_LATENTS <= count <= MAX_LATENTS:
                raise OptimizerError(
                    f"{name} must be between {MIN_LATENTS} and {MAX_LATENTS:,}, not {count}."
                )
        if not (self.pairs and self.parts and self.presets and self.stages):
            raise OptimizerError("Give at least one pair, part, preset and stage.")
        if unknown := set(self.stages) - set(STAGES):
            raise OptimizerError(
                f"There is no stage {', '.join(sorted(unknown))}; there are {', '.join(STAGES)}."
            )
        if "unrelated" in self.stages and self.unrelated is None:
            raise OptimizerError("Name the two unrelated domains and a part of each.")
        for preset in self.presets:
            self.settings(preset)

    @property
    def seeds(self) -> range:
        """The seeds of the latents."""
        return range(self.first_seed, self.first_seed + self.latents)

    @property
    def few_seeds(self) -> range:
        """The seeds of the stages that need many mixes of each."""
        return self.seeds[: self.few_latents]

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every part in every direction."""
        pairs = [*self.pairs]
        if not self.one_way:
            pairs = [way for source, target in pairs for way in ((source, target), (target, source))]
        return tuple(Group(*pair, part) for part in self.parts for pair in dict.fromkeys(pairs))

    @property
    def grid_group(self) -> Group:
        """The group of the grids: as in the paper, a drawn hair in a natural picture, if there is one."""
        source, target = self.pairs[0]
        pair = (source, target) if self.one_way else (target, source)
        return Group(*pair, "hair" if "hair" in self.parts else self.parts[0])

    @property
    def search(self) -> str:
        """The preset of the stages that need a search: the first one of the plan."""
        return next((name for name in self.presets if not self.settings(name).live), DEFAULT_PRESET)

    def settings(self, preset: str, **changes: Any) -> OptimizerSettings:
        """Return a preset with the plan's iterations and precision, if it searches.

        Raises OptimizerError if there is none.
        """
        settings = OptimizerSettings.from_preset(preset, **changes)
        if settings.live:
            return settings
        return replace(
            settings,
            iterations=settings.iterations if self.iterations is None else self.iterations,
            reduced_precision=self.reduced_precision or settings.reduced_precision,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data; of folders and weights' files only the names, as a report may be published."""
        names = [name.partition("=")[0] for name in self.backbones]
        examples = {domain: Path(folder).name for domain, folder in self.examples.items()}
        pairs = [":".join(pair) for pair in self.pairs]
        return {**asdict(self), "pairs": pairs, "backbones": names, "examples": examples}
