"""The runs of a project as a list: in which order, and in which words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ddsgui.project.project_run import ProjectRun
from ddsgui.project.run_summary import RunSummary
from ddsgui.text import plural

MAX_DEPTH = 3  # deeper forks are not indented further


@dataclass(frozen=True, eq=False)
class RunRow:
    """A run in the list. `depth`: 0, or one more than that of the run that it continues or was forked from."""

    run: ProjectRun
    depth: int = 0
    other: ProjectRun | None = None  # of the same pair in the other direction

    @property
    def runs(self) -> tuple[ProjectRun, ...]:
        """The run or, if the row has both directions, both."""
        return (self.run,) if self.other is None else (self.run, self.other)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the runs."""
        return tuple(run.summary.number for run in self.runs)

    @property
    def number(self) -> int:
        """The number of the run."""
        return self.run.summary.number

    @property
    def title(self) -> str:
        """The name, or the number."""
        return self.run.summary.name or f"Run {' ⇄ '.join(map(str, self.numbers))}"

    @property
    def lines(self) -> tuple[str, str]:
        """The part and the method; the loss or the state, and the person."""
        summary = self.run.summary
        results = [_result_words(run.summary) for run in self.runs]
        result = results[0] if len(set(results)) == 1 else " ⇄ ".join(results).replace("⇄ loss ", "⇄ ")
        return f"{part_words(summary)} · {summary.preset}", f"{result} · {seed_words(summary)}"

    @property
    def description(self) -> str:
        """Everything known about the run, for a tooltip and a screen reader."""
        summary = self.run.summary
        star = "★ " if summary.starred else ""
        parent = "" if summary.parent is None else f"\ncontinues run {summary.parent}"
        number = f" (run {' ⇄ '.join(map(str, self.numbers))})" if summary.name else ""
        arrow = "→" if self.other is None else "⇄"
        domains = f"{Path(summary.source).stem} {arrow} {Path(summary.target).stem}"
        iterations = "" if summary.is_live else f", {plural(summary.iterations, 'iteration')}"
        part, result = self.lines
        lines = (f"{star}{self.title}{number}", domains, part + iterations, result, local_time(summary.date))
        return "\n".join(lines) + parent

    def matches(self, words: Iterable[str]) -> bool:
        """Return whether all words, in lower case, are in the description."""
        text = self.description.lower() + (" starred" if self.run.summary.starred else "")
        return all(word in text for word in words)


def run_rows(runs: Iterable[ProjectRun]) -> list[RunRow]:
    """Return the newest run first, and below each run those that continue it or were forked from it.

    Two directions of a pair are one row.
    """
    by_parent: dict[int | None, list[ProjectRun]] = {}
    runs = tuple(runs)
    numbers = {run.summary.number for run in runs}
    others: dict[int, ProjectRun] = {}  # by the number of the run in whose row they are
    for run in runs:
        first = run.summary.reverse_of
        if first is not None and first in numbers and first < run.summary.number:
            others.setdefault(first, run)
    first_of = {run.summary.number: first for first, run in others.items()}
    for run in runs:
        if run.summary.number in first_of:
            continue
        parent = run.summary.parent
        parent = None if parent is None else first_of.get(parent, parent)
        is_below = parent in numbers and parent is not None and parent < run.summary.number
        by_parent.setdefault(parent if is_below else None, []).append(run)
    rows: list[RunRow] = []

    def add(run: ProjectRun, depth: int) -> None:
        rows.append(RunRow(run, depth, others.get(run.summary.number)))
        for child in by_parent.get(run.summary.number, ()):
            add(child, min(depth + 1, MAX_DEPTH))

    for run in reversed(by_parent.get(None, [])):
        add(run, 0)
    return rows


def run_label(summary: RunSummary) -> str:
    """Return a run in a few words: "Run 3 · hair · fast", "Ada (run 3) · hair · fast"."""
    name = f"{summary.name} (run {summary.number})" if summary.name else f"Run {summary.number}"
    return f"{name} · {part_words(summary)} · {summary.preset}"


def _result_words(summary: RunSummary) -> str:
    """Return the loss of a run, or what else there is to say: "loss 0.1235, stopped", "live blend", "failed"."""
    if summary.is_live:
        return "live blend"
    if summary.loss is None:
        return summary.state
    stopped = ", stopped" if summary.state == "cancelled" else ""
    return f"loss {summary.loss:.4f}{stopped}"


def part_words(summary: RunSummary) -> str:
    """Return the parts of a run: "hair", "hair and eyes", "no part"."""
    part = summary.part or "no part"
    return part if summary.target_part is None else f"{part} and {summary.target_part or 'no part'}"


def seed_words(summary: RunSummary) -> str:
    """Return the people of a run: "seed 7", "seed 7 and 9", "a stored latent"."""
    seed = "a stored latent" if summary.seed is None else f"seed {summary.seed}"
    return seed if summary.target_seed is None else f"{seed} and {summary.target_seed}"


def local_time(date: str) -> str:
    """Return the date of a run in the local time; the date as it is if it cannot be read."""
    try:
        return f"{datetime.fromisoformat(date).astimezone():%d.%m.%Y %H:%M}"
    except (ValueError, OverflowError, OSError):
        return date
