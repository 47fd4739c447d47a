"""The verb `ddsgui render`: a run or a frame of a project as the files that `ddsgui mix` writes."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from ddsgui.commands.options import VerbResult, Verbs, add_output_folder, add_verb

log = logging.getLogger(__name__)


def add(verbs: Verbs) -> None:
    """Add the verb and its options."""
    parser = add_verb(
        verbs,
        "render",
        run,
        "save a run of a project as the files that mix writes, or one of its frames as the result",
        "ddsgui render faces.ddsgui --run 3 --frame 120 --out third",
    )
    parser.add_argument("project", type=Path, metavar="PROJECT", help="project file, .ddsgui")
    parser.add_argument(
        "--run",
        dest="number",
        type=int,
        required=True,
        metavar="N",
        help="number of the run, as ddsgui show lists it",
    )
    parser.add_argument(
        "--frame",
        type=int,
        metavar="ITERATION",
        help="save this iteration, or the nearest that the project has, in place of the best result",
    )
    add_output_folder(parser)


def run(args: argparse.Namespace) -> VerbResult:
    """Save a run, or one of its frames. Nothing is computed again, so that no domain is needed."""
    from ddsgui.errors import ProjectError
    from ddsgui.export.bundle import RESULT, replaced_files, write_bundle
    from ddsgui.library.library import Library
    from ddsgui.paths import output_folder
    from ddsgui.project.model_use import missing_models
    from ddsgui.project.project_file import read_project

    project = read_project(args.project)
    chosen = project.run(args.number)
    frame = None if args.frame is None else chosen.nearest(args.frame)
    files, problems = chosen.files() if frame is None else chosen.frame_files(frame)
    if not files:
        raise ProjectError(f"Run {args.number} has nothing to save.")
    if frame is not None and frame != args.frame:
        problems.append(
            f"The project has no frame {args.frame} of run {args.number}; the nearest is {frame}."
        )
    if RESULT not in files:
        problems.append(f"Run {args.number} has no result that can be saved.")
    missing = missing_models(Library(), chosen.summary.models)
    if missing is not None:
        problems.append(
            f"Of the models of run {args.number}, {missing}; its pictures are saved as they were, but it cannot be "
            "repeated without them."
        )
    for problem in problems:
        log.warning("%s", problem)
    with output_folder(args.out) as folder:
        if (replaced := replaced_files(folder)) is not None:
            log.warning("This replaces %s in %s.", replaced, folder)
        write_bundle(folder, files)
    data = {
        "out": str(args.out),
        "files": list(files),
        "run": args.number,
        "frame": frame,
        "problems": problems,
    }
    what = f"run {args.number}" if frame is None else f"frame {frame} of run {args.number}"
    return VerbResult(data, f"Saved {what} as {len(files)} files in {args.out}.")
