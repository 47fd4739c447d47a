"""Everything in docs/performance.md: quality against time, what each idea gave, and growth with the picture's side.

    python benchmarks/performance.py [--cases 32] [--ideas 8] [--only quality ideas speed growth report]

Figures are kept in docs/performance/figures.json, one entry for each case and way, so that a run that was stopped
continues where it was; delete an entry to measure it again. `official` takes about six minutes a case on two cores.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ddsgui.device import bfloat16_is_faster, tune_allocator

tune_allocator()

import numpy as np
import report
import torch
from growth import measure_growth, measure_speed
from mixing_ways import FALLING, IDEAS, LIVE, SEARCHES, live
from objective import Objective

from ddsgui.evaluation.pastes import PASTES
from ddsgui.images import write_png
from ddsgui.latest import Latest
from ddsgui.library.library import Library
from ddsgui.library.model_cache import ModelCache
from ddsgui.synthesis.backbones import load_backbone
from ddsgui.synthesis.blending.colour_reading import reads_source_colours
from ddsgui.synthesis.blending.live_blend import LiveBlend
from ddsgui.synthesis.crossover import Crossover
from ddsgui.synthesis.optimizer import DualDomainOptimizer
from ddsgui.synthesis.sample import Sample
from ddsgui.synthesis.sampling import sample_pair, ws_of
from ddsgui.synthesis.settings import OptimizerSettings, RunUpdate

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "docs/performance/figures.json"
SEEDS = range(100, 108)  # no part was painted on them
PARTS = ("eyes-nose-mouth", "hair")
PAIRS = (("portrait", "caricature"), ("caricature", "portrait"))
STAGES = ("quality", "ideas", "speed", "growth", "report")
GROWING = ("live", "fast", "official", "paper")
CURVE = (1, 2, 3, 5, 8, 12, 17, 25, 36, 44, 60, 80, 120, 180, 260, 380, 550, 780, 1000)  # iterations


class Case(NamedTuple):
    """A seed, a part and a direction."""

    source: str
    target: str
    part: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.source} to {self.target}, {self.part}, seed {self.seed}"


def cases() -> list[Case]:
    """Return all cases, ordered so that the first eight have every seed, part and direction."""
    combinations = list(itertools.product(PAIRS, PARTS))
    return [
        Case(*pair, part, seed)
        for turn in range(len(combinations))
        for index, seed in enumerate(SEEDS)
        for pair, part in [combinations[(index + turn) % len(combinations)]]
    ]


class Figures:
    """The figures so far, in a file that is written after each one."""

    def __init__(self) -> None:
        self.data: dict[str, dict[str, Any]] = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}

    def get(self, section: str, case: str, way: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return an entry, measured if it is not there yet."""
        entries = self.data.setdefault(section, {}).setdefault(case, {})
        if way not in entries:
            entries[way] = measure()
            FIGURES.parent.mkdir(parents=True, exist_ok=True)
            beside = FIGURES.with_suffix(".new")
            beside.write_text(json.dumps(self.data, indent=1) + "\n")
            beside.replace(FIGURES)
            print(f"{case}: {way}: {entries[way]}", flush=True)
        return entries[way]


class Prepared:
    """The networks and pictures of a case."""

    def __init__(self, models: ModelCache, case: Case) -> None:
        self.source, self.target = models.generator(case.source), models.generator(case.target)
        self.sample: Sample = sample_pair(self.source, self.target, models.segmenter(case.part), case.seed)
        self.objective = Objective(self.sample, load_backbone("vgg16"))

    @property
    def crossover(self) -> Crossover:
        """The pair as pastes and searches see it."""
        sample = self.sample
        return Crossover(sample.source, sample.target, sample.source_mask, sample.target_mask)

    def blend(self) -> LiveBlend:
        return LiveBlend(
            self.source, self.target, self.sample, reads_source_colours(self.source, self.target)
        )

    def search(self, settings: OptimizerSettings, picture: Path, falling: bool = False) -> dict[str, Any]:
        """Run a search and return its figures; the curve has the objective of the best picture so far.

        falling: whether the learning rate falls to 0, along a line.
        """
        sample, crossover = self.sample, self.crossover
        search = DualDomainOptimizer(
            self.source,
            self.target,
            crossover,
            settings,
            target_ws=ws_of(self.target, sample.latent, sample.truncation),
        )
        curve, seconds, processor = [], 0.0, 0.0
        edits: Latest[RunUpdate] = Latest()
        steps = search.steps(edits)
        for iteration in range(1, settings.iterations + 1):
            if falling:
                rate = settings.learning_rate * (1 - (iteration - 1) / settings.iterations)
                edits.put(RunUpdate(crossover, settings.weights, rate))
            began, began_processor = time.perf_counter(), time.process_time()
            next(steps)
            seconds += time.perf_counter() - began
            processor += time.process_time() - began_processor
            if iteration in CURVE and search.best is not None:
                total = round(self.objective.total(search.best.image), 4)
                curve.append((iteration, round(processor, 2), total))
        assert search.best is not None
        write_png(picture, search.best.image)
        quality = self.objective.quality(search.best.image).as_dict()
        return {**quality, "seconds": round(seconds, 1), "processor": round(processor, 1), "curve": curve}

    def draw(self, way: Callable[[], np.ndarray], picture: Path) -> dict[str, Any]:
        """Draw a picture without a search and return its figures."""
        image = way()
        write_png(picture, image)
        return self.objective.quality(image).as_dict()


def measure_quality(figures: Figures, models: ModelCache, case: Case, pictures: Path) -> None:
    """Measure all ways of one case; `official` last, since it takes longest."""
    prepared = Prepared(models, case)
    sample, blend = prepared.sample, prepared.blend()
    folder = pictures / case.name
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in (("source", sample.source), ("target", sample.target)):
        write_png(folder / f"{name}.png", picture)
    for name, paste in PASTES.items():
        way = partial(prepared.draw, partial(paste, prepared.crossover), folder / f"{name}.png")
        figures.get("quality", case.name, name, way)
    for name, settings in LIVE.items():
        way = partial(prepared.draw, partial(live, blend, sample, settings), folder / f"{name}.png")
        figures.get("quality", case.name, name, way)
    for name, settings in SEARCHES.items():
        way = partial(prepared.search, settings, folder / f"{name}.png")
        figures.get("quality", case.name, name, way)


def measure_ideas(figures: Figures, models: ModelCache, case: Case, pictures: Path) -> None:
    """Measure one idea after another on a case."""
    prepared = Prepared(models, case)
    folder = pictures / case.name / "ideas"
    folder.mkdir(parents=True, exist_ok=True)
    for name, settings in IDEAS.items():
        way = partial(prepared.search, settings, folder / f"{name}.png", name == FALLING)
        figures.get("ideas", case.name, name, way)


def processor() -> dict[str, Any]:
    """Return the name of this computer's processor, and whether it computes in bfloat16."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor()
    return {"name": name, "bfloat16": bfloat16_is_faster(torch.device("cpu"))}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=32)
    parser.add_argument("--ideas", type=int, default=8)
    parser.add_argument("--only", nargs="+", choices=STAGES, default=STAGES)
    parser.add_argument("--pictures", type=Path, default=Path("performance-pictures"))
    args = parser.parse_args()
    figures, models = Figures(), ModelCache(Library())
    if "quality" in args.only:
        for case in cases()[: args.cases]:
            measure_quality(figures, models, case, args.pictures)
    if "ideas" in args.only:
        for case in cases()[: args.ideas]:
            measure_ideas(figures, models, case, args.pictures)
    if "speed" in args.only:
        for side in (64, 128, 256):
            figures.get("speed", f"{side} px", "seconds", partial(measure_speed, side))
    if "growth" in args.only:
        for side in (64, 128, 256, 512, 1024):
            for preset in GROWING:
                figures.get("growth", f"{side} px", preset, partial(measure_growth, preset, side))
    figures.get("machine", "measured on", "processor", processor)
    if "report" in args.only:
        report.write(figures.data, ROOT / "docs", args.pictures)


if __name__ == "__main__":
    main()
