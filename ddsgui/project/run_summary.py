"""The words and numbers that a list of runs shows, without a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast, get_args

from ddsgui.editing.recipe import Recipe
from ddsgui.errors import ProjectError
from ddsgui.project.model_use import ModelUse
from ddsgui.project.run import RunState
from ddsgui.synthesis.latents import SPACES, Seed, Space
from ddsgui.synthesis.settings import MAX_ITERATIONS

MAX_TEXT_CHARACTERS = 4096
MAX_LISTED_FRAMES = 4096


@dataclass(frozen=True)
class FrameSummary:
    """A frame of a run in a list."""

    iteration: int
    flagged: bool = False


@dataclass(frozen=True)
class RunSummary:
    """A run in a list. Its number is its folder's in the project, and not part of as_dict()."""

    number: int  # from 1 in the order of their making; kept for ever
    source: str
    target: str
    part: str
    target_part: str | None  # None: `part` is used for both
    seed: int | None  # None: the picture comes from a stored latent
    target_seed: int | None  # None: paired, or from a stored latent
    preset: str
    space: Space  # of the latents of its frames
    state: RunState
    iterations: int  # planned
    loss: float | None  # of the best result; None of a live blend
    best_iteration: int | None
    date: str  # when it ended, ISO 8601 in UTC
    name: str = ""  # of the artist's choice
    starred: bool = False
    frames: tuple[FrameSummary, ...] = ()
    models: tuple[ModelUse, ...] = ()
    parent: int | None = None  # the number of the run that it continues or was forked from
    reverse_of: int | None = (
        None  # the number of the run of the same pair in the other direction, made before it
    )

    @classmethod
    def of(cls, recipe: Recipe, **values: Any) -> RunSummary:
        """Return a summary with the words of a recipe."""
        latent, target_latent = recipe.latent, recipe.target_latent
        return cls(
            source=recipe.source,
            target=recipe.target,
            part=recipe.part,
            target_part=recipe.target_part,
            seed=latent.value if isinstance(latent, Seed) else None,
            target_seed=target_latent.value if isinstance(target_latent, Seed) else None,
            preset=recipe.settings.get("preset", ""),
            **values,
        )

    def as_made(self) -> RunSummary:
        """Return the summary without what the artist may change, by which a run is known again."""
        return replace(self, name="", starred=False, frames=())

    @property
    def is_live(self) -> bool:
        """True of a live blend, which has no search."""
        return self.preset == "live"

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data, without the number."""
        return {
            "name": self.name,
            "starred": self.starred,
            "source": self.source,
            "target": self.target,
            "part": self.part,
            "target_part": self.target_part,
            "seed": self.seed,
            "target_seed": self.target_seed,
            "preset": self.preset,
            "space": self.space,
            "state": self.state,
            "iterations": self.iterations,
            "loss": self.loss,
            "best_iteration": self.best_iteration,
            "date": self.date,
            "frames": [{"iteration": f.iteration, "flagged": f.flagged} for f in self.frames],
            "models": [use.as_dict() for use in self.models],
            "parent": self.parent,
            "reverse_of": self.reverse_of,
        }

    @classmethod
    def from_dict(cls, number: int, data: object) -> RunSummary:
        """Return what as_dict() wrote, checked field by field. Raises ProjectError on anything else."""
        if not isinstance(data, dict):
            raise ProjectError(f"The description of run {number} cannot be read.")
        texts = {key: data.get(key) for key in ("source", "target", "part", "preset", "date", "name")}
        keys = ("seed", "target_seed", "best_iteration", "parent", "reverse_of")
        numbers = {key: data.get(key) for key in keys}
        loss, target_part = data.get("loss"), data.get("target_part")
        frames, models = data.get("frames"), data.get("models")
        valid = (
            all(isinstance(t, str) and len(t) <= MAX_TEXT_CHARACTERS for t in texts.values())
            and all(n is None or (type(n) is int and abs(n) < 2**63) for n in numbers.values())
            and (loss is None or (type(loss) in (int, float) and math.isfinite(loss)))
            and (
                target_part is None
                or (isinstance(target_part, str) and len(target_part) <= MAX_TEXT_CHARACTERS)
            )
            and data.get("space") in SPACES
            and data.get("state") in get_args(RunState)
            and _is_iteration(data.get("iterations"))
            and isinstance(frames, list)
            and len(frames) <= MAX_LISTED_FRAMES
            and all(isinstance(f, dict) and _is_iteration(f.get("iteration")) for f in frames)
            and isinstance(models, list)
            and len(models) <= MAX_LISTED_FRAMES
        )
        if not valid:
            raise ProjectError(f"The description of run {number} cannot be read.")
        flagged = {f["iteration"]: f.get("flagged") is True for f in cast(list[dict[str, Any]], frames)}
        return cls(
            number=number,
            target_part=target_part,
            space=data["space"],
            state=data["state"],
            iterations=data["iterations"],
            loss=loss,
            starred=data.get("starred") is True,
            frames=tuple(FrameSummary(iteration, flagged[iteration]) for iteration in sorted(flagged)),
            models=tuple(
                use for use in map(ModelUse.from_dict, cast(list[object], models)) if use is not None
            ),
            **cast(dict[str, Any], texts | numbers),
        )


def now_text() -> str:
    """Return the present moment as RunSummary.date has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _is_iteration(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_ITERATIONS
