"""Forecasts of the time and the memory of a run, from the runs that this machine has finished. No torch."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median
from typing import Any, Literal

from ddsgui import paths
from ddsgui.errors import DdsError
from ddsgui.paths import write_beside
from ddsgui.stylegan.memory_estimate import format_gigabytes
from ddsgui.synthesis.run_cost import run_cost
from ddsgui.synthesis.settings import OptimizerSettings
from ddsgui.text import duration_text, json_text, plural

FILE_NAME = "forecasts.json"
MAX_RUNS = 200  # in the file; the oldest are dropped
MAX_LIKE_IT = 5  # the newest runs of a kind, from which its next run is forecast
USUAL_START_SECONDS = 1.0  # before the first iteration, where none was measured
GUESSED_EFFICIENCY = 0.35  # of a run, against the convolution that Jobs.speed() measures
Basis = Literal["measured", "scaled", "guessed"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MeasuredRun:
    """A finished run."""

    device: str
    kind: str  # runs of one kind differ in the number of their iterations only
    cost: float  # see run_cost()
    seconds: float  # of all iterations, without pauses
    start_seconds: float  # before the first one
    peak_bytes: int  # of the whole program

    @classmethod
    def from_dict(cls, data: object) -> MeasuredRun | None:
        """Return what asdict() gave; None for anything else."""
        if not isinstance(data, dict) or set(data) != {f.name for f in fields(cls)}:
            return None
        texts, numbers = (data["device"], data["kind"]), [data[f.name] for f in fields(cls)[2:]]
        is_number = [type(n) in (int, float) and math.isfinite(n) and n >= 0 for n in numbers]
        if not all(isinstance(text, str) for text in texts) or not all(is_number) or not data["cost"]:
            return None
        return cls(**data)


@dataclass(frozen=True)
class Forecast:
    """The time and the memory that a run will need."""

    seconds: float
    bytes: int  # of the whole program
    basis: Basis
    runs: int = 0  # of the same kind that were measured

    def sentence(self) -> str:
        """Return the forecast as a sentence that says what it rests on."""
        needs = f"about {duration_text(self.seconds)} and {format_gigabytes(self.bytes)}"
        if self.basis == "measured":
            return f"A{needs[1:]}, as in {plural(self.runs, 'run')} like this."
        if self.basis == "scaled":
            return f"A guess: {needs}, scaled from other runs on this computer."
        return f"A guess: {needs}. No run on this computer was measured yet."


def run_kind(settings: OptimizerSettings, config: Mapping[str, Any]) -> str:
    """Return a text that is the same for runs of equal speed per multiply-add."""
    method = "live" if settings.live else f"{settings.algorithm} {settings.generators} {settings.backbone}"
    seen = f"{settings.upscale_to or ''}/{settings.max_side or ''}/{settings.enlargement}"
    channels = "-".join(map(str, config["channels"]))
    precision = "bfloat16 " if settings.reduced_precision else ""
    return f"{method} {precision}{seen} {config['resolution']} px {channels}"


class ForecastStore:
    """The measured runs, in a file in the user's cache. A file that cannot be read or written costs forecasts only."""

    def __init__(self, path: Path | None = None) -> None:
        """path: by default in the user's cache."""
        self._path = path
        self._runs: list[MeasuredRun] | None = None

    @property
    def path(self) -> Path:
        """The file, which may be missing."""
        return self._path or paths.user_cache() / FILE_NAME

    def runs(self, device: str) -> list[MeasuredRun]:
        """Return the measured runs of a device, the newest last."""
        if self._runs is None:
            self._runs = self._read()
        return [run for run in self._runs if run.device == device]

    def add(self, run: MeasuredRun) -> None:
        """Add a run and write the file."""
        self._runs = [*self._read(), run][-MAX_RUNS:]  # other windows may have added some
        document = {"version": 1, "runs": [asdict(run) for run in self._runs]}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with write_beside(self.path) as beside:
                beside.write_text(json_text(document), "utf-8")
        except (OSError, DdsError) as error:
            log.debug("forecasts are not kept: %s", error)

    def forecast(
        self, device: str, settings: OptimizerSettings, config: Mapping[str, Any], speed: float | None
    ) -> Forecast | None:
        """Return a forecast; None if nothing is known of the device.

        speed: the multiply-adds per second of a convolution on it, for a guess before the first run.
        """
        cost, kind, runs = run_cost(settings, config), run_kind(settings, config), self.runs(device)
        memory = settings.memory_estimate(config).bytes
        alike = [run for run in runs if run.kind == kind][-MAX_LIKE_IT:]
        if alike:
            seconds = _seconds(alike, cost)
            return Forecast(seconds, round(median(run.peak_bytes for run in alike)), "measured", len(alike))
        searched = [run for run in runs if run.kind.startswith("live") == bool(settings.live)]
        if searched:
            return Forecast(_seconds(searched[-MAX_LIKE_IT:], cost), memory, "scaled")
        if speed:
            return Forecast(USUAL_START_SECONDS + cost / (GUESSED_EFFICIENCY * speed), memory, "guessed")
        return None

    def _read(self) -> list[MeasuredRun]:
        try:
            document = json.loads(self.path.read_text("utf-8"))
            runs = [MeasuredRun.from_dict(data) for data in document["runs"]]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return []
        return [run for run in runs if run is not None]


def _seconds(runs: list[MeasuredRun], cost: float) -> float:
    """Return the seconds of a run of this cost, at the median speed of measured runs."""
    start = median(run.start_seconds for run in runs)
    return start + cost * median(run.seconds / run.cost for run in runs)
