"""The verb `ddsgui render`: a run or a frame of a project as the files that `ddsgui mix` writes."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Generator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.commands.exporting import ExportPlan, add_export_options
from ddsgui.commands.options import INTERRUPTED, VerbResult, Verbs, add_device, add_output_folder, add_verb

if TYPE_CHECKING:
    import numpy as np

    from ddsgui.export.bundle import Picture
    from ddsgui.export.content import ExportContent
    from ddsgui.library.library import Library
    from ddsgui.project.project_run import ProjectRun
    from ddsgui.synthesis.upscaler import Upscaler

MAX_FRAMES = 120  # of an export

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
    add_export_options(parser)
    add_device(parser)


def run(args: argparse.Namespace) -> VerbResult:
    """Save a run, or one of its frames. Nothing is computed again, so that no domain is needed, except for a morph."""
    from ddsgui.errors import ProjectError
    from ddsgui.export.bundle import RESULT, replaced_files, write_bundle
    from ddsgui.library.library import Library
    from ddsgui.paths import output_folder
    from ddsgui.project.frames import BLEND
    from ddsgui.project.model_use import missing_models
    from ddsgui.project.project_file import read_project

    library = Library()
    project = read_project(args.project)
    chosen = project.run(args.number)
    frame = None if args.frame is None else chosen.nearest(args.frame)
    exports = ExportPlan.of(args, has_frames=any(f.iteration != BLEND for f in chosen.summary.frames))
    files, problems = chosen.files() if frame is None else chosen.frame_files(frame)
    if not files:
        raise ProjectError(f"Run {args.number} has nothing to save.")
    if frame is not None and frame != args.frame:
        problems.append(
            f"The project has no frame {args.frame} of run {args.number}; the nearest is {frame}."
        )
    if RESULT not in files:
        problems.append(f"Run {args.number} has no result that can be saved.")
    missing = missing_models(library, chosen.summary.models)
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
        interrupted = False
        if exports.formats:
            try:
                exports.write(folder, _content(chosen, frame, folder, exports, library, args.device))
            except KeyboardInterrupt:  # the files so far stay
                interrupted = True
    names = [*files, *(name for name in exports.saved if name not in files)]
    data = {
        "out": str(args.out),
        "files": names,
        "run": args.number,
        "frame": frame,
        "problems": problems,
    }
    what = f"run {args.number}" if frame is None else f"frame {frame} of run {args.number}"
    return VerbResult(
        data, f"Saved {what} as {len(names)} files in {args.out}.", INTERRUPTED if interrupted else 0
    )


def _content(
    run: ProjectRun, frame: int | None, folder: Path, exports: ExportPlan, library: Library, device: str
) -> ExportContent:
    """Return the pictures of a run, or of one of its frames, whose files are in a folder.

    Raises DdsError if one of the inputs is missing or damaged.
    """
    from ddsgui.export.animation import evenly_spaced
    from ddsgui.export.content import read_content
    from ddsgui.project.frames import BLEND

    content = read_content(folder)
    iterations: list[int] = []
    if exports.needs_frames:
        searched = [f.iteration for f in run.summary.frames if f.iteration != BLEND]
        iterations = evenly_spaced([i for i in searched if frame is None or i <= frame], MAX_FRAMES)
    live = _live_image(library, device, content) if exports.shows_live else None
    return replace(
        content,
        live=live,
        frames=tuple(run.frame(iteration).image for iteration in iterations),
        iterations=tuple(iterations),
        upscaler=cache(partial(_upscaler, device)),
        morph=None if content.result is None else partial(_morph_steps, library, device, content.result),
    )


def _live_image(library: Library, device: str, content: ExportContent) -> np.ndarray | None:
    """Return the live blend, uint8 [H, W, 3]; None where the domains cannot draw it."""
    from ddsgui.device import choose
    from ddsgui.jobs.live import usual_blend
    from ddsgui.library.model_cache import ModelCache
    from ddsgui.synthesis.crossover import Crossover

    if content.result is None or content.result.recipe is None:
        return None
    pair = Crossover(content.source, content.target, content.source_mask, content.target_mask)
    return usual_blend(ModelCache(library, choose(device)), content.result.recipe, pair)


def _upscaler(device: str) -> Upscaler:
    from ddsgui.device import choose
    from ddsgui.synthesis.upscaler import load_upscaler

    return load_upscaler().to(choose(device))


def _morph_steps(
    library: Library, device: str, result: Picture, count: int, size: tuple[int, int]
) -> Generator[tuple[int, int] | None, None, list[np.ndarray] | None]:
    """Draw a morph with the domains of the library; None if there is no latent or a domain is missing."""
    from ddsgui.device import choose
    from ddsgui.errors import CheckpointError, LibraryError
    from ddsgui.jobs.morph import morph_steps
    from ddsgui.library.model_cache import ModelCache

    if result.latent is None or result.recipe is None:
        return None
    try:
        models = ModelCache(library, choose(device))
        return (yield from morph_steps(models, result.recipe, result.latent, count, size))
    except (LibraryError, CheckpointError) as error:
        log.warning("%s The pictures are faded into each other.", error)
        return None
