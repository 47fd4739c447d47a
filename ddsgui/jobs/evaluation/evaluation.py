"""An evaluation: the mixes that its stages ask for, their measures, and the report of all."""

from __future__ import annotations

import csv
import io
import math
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.errors import LibraryError
from ddsgui.evaluation.report.document import Block, Report, Section, Table
from ddsgui.evaluation.report.html import page
from ddsgui.evaluation.report.plots import check_matplotlib
from ddsgui.jobs.batch.batch import BatchProgress, batch_steps
from ddsgui.jobs.batch.mix_job import part_file
from ddsgui.jobs.batch.results import Entry, ResultFolder
from ddsgui.jobs.evaluation.mixes import Mixes, Requests
from ddsgui.jobs.evaluation.plan import EvaluationPlan
from ddsgui.jobs.evaluation.stage import Stage, StageResult
from ddsgui.jobs.evaluation.stages.backbones import BackbonesStage
from ddsgui.jobs.evaluation.stages.contenders import ContendersStage
from ddsgui.jobs.evaluation.stages.exaggeration import ExaggerationStage
from ddsgui.jobs.evaluation.stages.person import PersonStage
from ddsgui.jobs.evaluation.stages.pictures import PicturesStage
from ddsgui.jobs.evaluation.stages.progress import ProgressStage
from ddsgui.jobs.evaluation.stages.table import TableStage
from ddsgui.jobs.evaluation.stages.two_latents import UnpairedStage, UnrelatedStage
from ddsgui.jobs.evaluation.stages.weights import WeightsStage
from ddsgui.library.checksums import sha256_of
from ddsgui.library.library import Library, split_class
from ddsgui.library.part_choice import part_choices
from ddsgui.paths import write_all
from ddsgui.text import duration_text, json_text, plural, utf8

if TYPE_CHECKING:
    from ddsgui.evaluation.lpips import Lpips
    from ddsgui.jobs.batch.engine import Engine

REPORT, TABLE, DATA = "report.html", "table.csv", "report.json"
MIXES, MEASURES = "mixes", "measures"  # folders
STAGE_TYPES: Mapping[str, Callable[[EvaluationPlan, Requests], Stage]] = {
    "table": TableStage,
    "comparison": ContendersStage,
    "pictures": PicturesStage,
    "progress": ProgressStage,
    "person": PersonStage,
    "exaggeration": ExaggerationStage,
    "weights": WeightsStage,
    "backbones": BackbonesStage,
    "unpaired": UnpairedStage,
    "unrelated": UnrelatedStage,
}


@dataclass(frozen=True)
class EvaluationOutcome:
    """The end of an evaluation."""

    files: tuple[str, ...]  # in its folder
    answers: tuple[str, ...]  # sentences that compare with the paper
    mixes: int
    failures: tuple[str, ...]  # sentences


@dataclass(frozen=True, eq=False)
class Evaluation:
    """An evaluation whose mixes have been checked. steps() is a plain generator: to stop, close it."""

    plan: EvaluationPlan
    library: Library
    stages: Mapping[str, Stage]
    requests: Requests

    @classmethod
    def prepare(cls, plan: EvaluationPlan, library: Library) -> Evaluation:
        """Return an evaluation. Raises DdsError if a domain, a part or matplotlib is missing."""
        check_matplotlib()
        requests = Requests(library)
        stages = {name: STAGE_TYPES[name](plan, requests) for name in STAGE_TYPES if name in plan.stages}
        return cls(plan, library, stages, requests)

    def steps(
        self, folder: Path, engine: Engine, device: str = "auto", inception: Path | None = None
    ) -> Generator[BatchProgress | str, None, EvaluationOutcome]:
        """Make the mixes that are missing, measure what was not measured, and write the report into `folder`.

        Yields the progress of the mixes, and sentences on that of the measures. inception: a file with the weights of
        InceptionV3; None: the bundled VGG-16 gives the features. Raises DdsError if a file cannot be read or written.
        """
        from ddsgui.device import choose
        from ddsgui.evaluation.features import bundled_features, inception_features
        from ddsgui.evaluation.machine import machine, versions
        from ddsgui.jobs.evaluation.measures import Measures

        began = time.perf_counter()
        chosen = choose(device)
        network = bundled_features(chosen) if inception is None else inception_features(inception, chosen)
        results = ResultFolder(folder / MIXES)
        batch = yield from batch_steps(self.requests.jobs, engine, results)
        mixes, mixed = Mixes(results, batch.entries), time.perf_counter()
        measures = Measures(folder / MEASURES, network, _lpips(chosen))
        outcomes: dict[str, StageResult] = {}
        for name, stage in self.stages.items():
            outcomes[name] = yield from stage.steps(mixes, measures)
        seconds = {
            "mixes": sum(entry.seconds or 0 for entry in batch.entries),
            "this_run": time.perf_counter() - began,
            "measures_of_this_run": time.perf_counter() - mixed,
        }
        about = {
            "settings": self.plan.as_dict(),
            "features": {"name": network.title, "note": network.note},
            "files": self._files(inception),
            "versions": versions(),
            "machine": machine(chosen),
            "seconds": seconds,
        }
        failures = tuple(_failure(entry) for entry in mixes.failures)
        answers = [answer for result in outcomes.values() for answer in result.answers]
        data = about | {"answers": answers, "failures": failures}
        data |= {"stages": {name: result.figures for name, result in outcomes.items()}}
        sections = _sections(about, answers, failures, outcomes)
        lead = f"Fréchet and kernel distances (FID, KID) are measured in {network.title}. {network.note}"
        files = {
            REPORT: utf8(page(Report("The paper's evaluation, run again", lead, sections))),
            TABLE: utf8(_csv([row for result in outcomes.values() for row in result.rows])),
            DATA: (json_text(_plain(data), indent=1) + "\n").encode(),
        }
        write_all(folder, files)
        return EvaluationOutcome(tuple(files), tuple(answers), len(batch.entries), failures)

    def _files(self, inception: Path | None) -> dict[str, str]:
        """Return the SHA-256 of each domain and part, and of InceptionV3's weights, by name."""
        groups = (*self.plan.groups, *(self.plan.unrelated.groups if self.plan.unrelated else ()))
        files: dict[str, Path] = {}
        for group in groups:
            for choice in (*part_choices(group.part), *part_choices(group.target_part or "")):
                files[choice.name] = part_file(choice, self.library)
            for name in (group.source, group.target):
                files[name] = self.library.domain(split_class(name)[0])
        sums = {Path(name).name: sha256_of(path) for name, path in files.items()}
        return sums if inception is None else sums | {"inception": sha256_of(inception)}


def _lpips(device: Any) -> Lpips | None:
    from ddsgui.evaluation.lpips import load_lpips

    try:
        return load_lpips(device)
    except LibraryError:  # a package without the large file of its last layers
        return None


def _sections(
    about: Mapping[str, Any],
    answers: list[str],
    failures: tuple[str, ...],
    outcomes: Mapping[str, StageResult],
) -> tuple[Section, ...]:
    words: list[Block] = [*answers]
    if failures:
        words.append(
            f"{plural(len(failures), 'mix', 'mixes')} failed and are left out, with all mixes of the same people:"
        )
        words += sorted(set(failures))
    first = [Section("In plain words", tuple(words))] if words else []
    return (*first, *(result.section for result in outcomes.values()), _about(about))


def _about(about: Mapping[str, Any]) -> Section:
    """Return the section on settings, files, versions, machine and time."""
    tables = []
    for title in ("settings", "files", "versions", "machine"):
        rows = tuple((name, _text(value)) for name, value in about[title].items())
        tables.append(Table((title, ""), rows))
    seconds = about["seconds"]
    taken = (
        f"The mixes took {duration_text(seconds['mixes'])} in all, in this run and earlier ones; the "
        f"measures and this report took {duration_text(seconds['measures_of_this_run'])} in this run."
    )
    return Section("Settings, files, versions, machine and time", (taken, *tables))


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {item}" for name, item in value.items())
    return "–" if value is None else str(value)


def _failure(entry: Entry) -> str:
    options = entry.job.options
    return f"{options['source']} → {options['target']}, {options['part']}, {options['preset']}: {entry.error}"


def _csv(rows: list[dict[str, Any]]) -> str:
    file = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def _plain(value: Any) -> Any:
    """Return JSON data without NaN, which other programs do not read: None in its place."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
