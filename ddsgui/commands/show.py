"""The verb `ddsgui show`: list what a project holds."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.commands.options import VerbResult, Verbs, add_verb
from ddsgui.text import plural

if TYPE_CHECKING:
    from ddsgui.project.run_summary import RunSummary

log = logging.getLogger(__name__)


def add(verbs: Verbs) -> None:
    """Add the verb and its options."""
    parser = add_verb(
        verbs,
        "show",
        run,
        "list the runs of a project, and say what in it is damaged",
        "ddsgui show faces.ddsgui",
    )
    parser.add_argument("project", type=Path, metavar="PROJECT", help="project file, .ddsgui")


def run(args: argparse.Namespace) -> VerbResult:
    """List the runs of a project."""
    from ddsgui.project.project_file import read_project

    project = read_project(args.project)
    problems = project.damage()
    for problem in problems:
        log.warning("%s", problem)
    summaries = [run.summary for run in project.runs]
    data = {
        "project": str(args.project),
        "name": project.name,
        "runs": [_run_dict(summary) for summary in summaries],
        "copies": sorted(project.copies),
        "problems": problems,
    }
    lines = [f"{project.name or args.project.stem}: {plural(len(summaries), 'run')}"]
    return VerbResult(data, "\n".join([*lines, *map(_line, summaries)]))


def _run_dict(summary: RunSummary) -> dict[str, Any]:
    return {
        "number": summary.number,
        **summary.as_dict(),
        "frames": len(summary.frames),
        "frame_iterations": [frame.iteration for frame in summary.frames],
        "flagged": [frame.iteration for frame in summary.frames if frame.flagged],
    }


def _line(summary: RunSummary) -> str:
    """Return a run on one line."""
    from ddsgui.project.run_list import local_time, part_words, seed_words

    words = [f"{summary.source} → {summary.target}", part_words(summary), seed_words(summary), summary.preset]
    if summary.loss is not None:
        words.append(f"loss {summary.loss:.4f} at iteration {summary.best_iteration} of {summary.iterations}")
    if summary.state != "done":
        words.append(summary.state)
    words += [plural(len(summary.frames), "frame"), local_time(summary.date)]
    star, name = "★" if summary.starred else " ", f"{summary.name}: " if summary.name else ""
    return f"{star}{summary.number:>4}  {name}{', '.join(filter(None, words))}"
