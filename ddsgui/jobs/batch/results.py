"""The folder of a batch: a folder for each result, the manifest, and contact sheets."""

from __future__ import annotations

import csv
import io
import math
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ddsgui.errors import ImageError, ProjectError
from ddsgui.evaluation.sheet import contact_sheet, in_square
from ddsgui.export.bundle import RESULT
from ddsgui.images import encode_png, read_image
from ddsgui.jobs.batch.mix_job import JobResult, MixJob
from ddsgui.paths import check_writable, reason_of, write_all
from ddsgui.text import utf8

RESULTS = "results"  # the folder in which each result has one
FIGURES = "results.csv"  # what came of every result, a line as it is saved
FIGURE_COLUMNS = ("key", "loss", "iteration", "seconds")
MANIFEST, MANIFEST_PARQUET = "manifest.csv", "manifest.parquet"
FRAME_PREFIX = "frame-"
SHEET_SIDE_PX, SHEET_COLUMNS, SHEET_ROWS = 128, 10, 10
COLUMNS = ("row", "key", "state", "loss", "iteration", "seconds", "error")


def frame_name(iteration: int) -> str:
    """Return the name of a search's picture in the folder of its result."""
    return f"{FRAME_PREFIX}{iteration:06}.png"


@dataclass(frozen=True)
class Entry:
    """A line of the manifest."""

    job: MixJob
    state: str  # "done", "failed" or "waiting"
    loss: float | None = None
    iteration: int | None = None
    seconds: float | None = None
    error: str = ""

    def cells(self) -> dict[str, Any]:
        """Return the line by column: the options of the table, then what came of them."""
        values = (self.job.row, self.job.key, self.state, *self.figures(), self.error)
        return {**self.job.options, **dict(zip(COLUMNS, values, strict=True))}

    def figures(self) -> list[str]:
        """Return loss, iteration and seconds as text, "" for those that are not known."""
        return [
            "" if figure is None else f"{figure:.6g}" for figure in (self.loss, self.iteration, self.seconds)
        ]


@dataclass
class ResultFolder:
    """A folder of results, where each lies whole or not at all. Several batches may use it, one after another."""

    path: Path
    _known: dict[str, dict[str, str]] = field(default_factory=dict)  # the figures of results, by key

    def open(self) -> None:
        """Read what an earlier run left, and clear what it did not finish.

        Raises DdsError if a file cannot be read or written here.
        """
        try:
            (self.path / RESULTS).mkdir(parents=True, exist_ok=True)
            for place in (self.path, self.path / RESULTS):
                check_writable(place)
            for unfinished in (self.path / RESULTS).glob(".*"):
                shutil.rmtree(unfinished, ignore_errors=True)
            for name in (MANIFEST, FIGURES):  # the manifest has those of one table only
                if (self.path / name).is_file():
                    self._known |= _lines_by_key((self.path / name).read_text("utf-8", "replace"))
            self._begin_figures()
        except OSError as error:
            raise ProjectError(f"{self.path} cannot be used: {reason_of(error, self.path)}.") from error

    def folder(self, job: MixJob) -> Path:
        """Return the folder of a job's result, which exists once it is done."""
        return self.path / RESULTS / job.key

    def is_done(self, job: MixJob) -> bool:
        return (self.folder(job) / RESULT).is_file()

    def entry(self, job: MixJob) -> Entry:
        """Return the line of a job that an earlier run has done, or that waits."""
        if not self.is_done(job):
            return Entry(job, "waiting")
        line = self._known.get(job.key, {})
        loss, iteration, seconds = (_number(line.get(name)) for name in ("loss", "iteration", "seconds"))
        return Entry(job, "done", loss, None if iteration is None else int(iteration), seconds)

    def save(self, result: JobResult) -> Entry:
        """Write the files of a result, if it has some, and return its line. Raises DdsError if that is impossible."""
        job = result.job
        if result.error:
            return Entry(job, "failed", seconds=result.seconds, error=result.error)
        entry = Entry(job, "done", result.loss, result.iteration, result.seconds)
        folder, beside = self.folder(job), self.path / RESULTS / f".{job.key}"
        try:
            beside.mkdir(exist_ok=True)
            write_all(beside, result.files)
            if not self.is_done(job):  # two rows may ask for one mix
                shutil.rmtree(folder, ignore_errors=True)
                beside.replace(folder)
                self._append(",".join((job.key, *entry.figures())))
        except OSError as error:
            raise ProjectError(f"{folder} cannot be written: {reason_of(error, self.path)}.") from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return entry

    def write_manifest(self, entries: Sequence[Entry]) -> list[str]:
        """Write the manifest as CSV, and as Parquet where pyarrow is there; return the names of the files."""
        lines = [entry.cells() for entry in entries]
        columns = list(dict.fromkeys(name for line in lines for name in line)) or list(COLUMNS)
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
        files = {MANIFEST: utf8(text.getvalue())}
        if (parquet := _parquet(lines, columns)) is not None:
            files[MANIFEST_PARQUET] = parquet
        write_all(self.path, files)
        return list(files)

    def write_sheets(self, entries: Iterable[Entry]) -> list[str]:
        """Write contact sheets of all results in the order of the table, and remove others; return their names."""
        names = []
        for number, pictures in enumerate(_hundreds(self._pictures(entries)), 1):
            names.append(f"sheet-{number:03}.png")
            sheet = contact_sheet(np.stack(pictures), min(SHEET_COLUMNS, len(pictures)))
            write_all(self.path, {names[-1]: encode_png(sheet)})
        for path in self.path.glob("sheet-[0-9][0-9][0-9].png"):  # of a longer table
            if path.name not in names:
                path.unlink(missing_ok=True)
        return names

    def _begin_figures(self) -> None:
        """Write the head of the figures, or end a line that an earlier run did not finish."""
        path = self.path / FIGURES
        content = path.read_bytes() if path.is_file() else b""
        if not content:
            self._append(",".join(FIGURE_COLUMNS))
        elif not content.endswith(b"\n"):
            self._append("")

    def _append(self, line: str) -> None:
        with (self.path / FIGURES).open("a", encoding="utf-8", newline="") as file:
            file.write(f"{line}\n")

    def _pictures(self, entries: Iterable[Entry]) -> Iterator[np.ndarray]:
        for entry in entries:
            if entry.state == "done":
                with suppress(ImageError):  # somebody has removed or damaged it
                    yield in_square(read_image(self.folder(entry.job) / RESULT), SHEET_SIDE_PX)


def _parquet(lines: Sequence[dict[str, Any]], columns: Sequence[str]) -> bytes | None:
    """Return the manifest as Parquet; None without pyarrow."""
    try:
        pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        return None
    sink = pyarrow.BufferOutputStream()
    cells = {name: [utf8(str(line.get(name, ""))).decode() for line in lines] for name in columns}
    parquet.write_table(pyarrow.table(cells), sink)
    return sink.getvalue().to_pybytes()


def _hundreds(pictures: Iterator[np.ndarray]) -> Iterator[list[np.ndarray]]:
    page: list[np.ndarray] = []
    for picture in pictures:
        page.append(picture)
        if len(page) == SHEET_COLUMNS * SHEET_ROWS:
            yield page
            page = []
    if page:
        yield page


def _lines_by_key(text: str) -> dict[str, dict[str, str]]:
    """Return the lines of a manifest, or of the figures; {} if somebody has made something else of it."""
    try:
        lines = list(csv.DictReader(io.StringIO(text)))
    except csv.Error:
        return {}
    return {line["key"]: line for line in lines if line.get("key") and None not in line.values()}


def _number(text: str | None) -> float | None:
    """Return a finite number; None if the text is something else, or missing."""
    try:
        number = float(text or "nan")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
