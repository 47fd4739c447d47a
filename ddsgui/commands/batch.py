"""The verb `ddsgui batch`: many mixes from a table."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.commands.engine_options import add_engine_options, check_engine_options, engine_of
from ddsgui.commands.options import INTERRUPTED, VerbResult, Verbs, add_verb
from ddsgui.errors import UsageError
from ddsgui.library.bundled import PART, SOURCE, TARGET
from ddsgui.text import plural

if TYPE_CHECKING:
    pass

log = logging.getLogger(__name__)


def add(verbs: Verbs) -> None:
    """Add the verb and its options."""
    parser = add_verb(
        verbs,
        "batch",
        run,
        "make many mixes from a table or a grid; those that are done are left out",
        "ddsgui batch --seeds 0-99 --parts hair eyes-nose-mouth --presets live --out many",
    )
    what = parser.add_argument_group("what to mix: a table, or a grid")
    what.add_argument(
        "table",
        type=Path,
        nargs="?",
        metavar="JOBS",
        help="CSV file, or JSON lines (.jsonl), with the options of ddsgui mix as columns: source, target, part, seed, "
        "preset and so on",
    )
    what.add_argument("--seeds", type=_seeds, metavar="N-M,N", help="seeds, such as 0-99 or 3,7,18-20")
    what.add_argument("--parts", nargs="+", default=[PART], metavar="PART", help=f"parts (default: {PART})")
    what.add_argument(
        "--pairs",
        nargs="+",
        default=[f"{SOURCE}:{TARGET}"],
        metavar="SOURCE:TARGET",
        help=f"pairs of domains (default: {SOURCE}:{TARGET})",
    )
    what.add_argument(
        "--presets", nargs="+", default=["fast"], metavar="NAME", help="presets (default: fast)"
    )
    add_engine_options(parser)
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for results, manifest and contact sheets",
    )


def run(args: argparse.Namespace) -> VerbResult:
    """Check the whole table, then run what is not done."""
    from ddsgui.commands.job_table import grid, jobs_of, read_table
    from ddsgui.commands.progress import MixBar
    from ddsgui.jobs.batch.batch import batch_steps
    from ddsgui.jobs.batch.results import ResultFolder
    from ddsgui.library.library import Library

    if (args.table is None) == (args.seeds is None):
        raise UsageError("Give a table of jobs, or --seeds for a grid.")
    check_engine_options(args)
    if args.table is None:
        rows, name = grid(args.seeds, args.parts, args.pairs, args.presets), "the grid"
    else:
        rows, name = read_table(args.table), str(args.table)
    library = Library()
    jobs = jobs_of(rows, library, name)
    outcome, failed = None, 0
    with MixBar() as bar:
        engine = engine_of(args, library.folder, on_progress=bar.run)
        steps = batch_steps(jobs, engine, ResultFolder(args.out))
        try:
            while True:
                progress = next(steps)
                bar.end(progress)
                if progress.entry is not None and progress.entry.error:
                    failed += 1
                    log.warning("Row %d: %s", progress.entry.job.row, progress.entry.error)
        except StopIteration as end:
            outcome = end.value
        except KeyboardInterrupt:
            steps.close()
            return VerbResult(
                {"out": str(args.out), "interrupted": True},
                f"Interrupted. What is done lies in {args.out}; the same command continues.",
                INTERRUPTED,
            )
    done = sum(entry.state == "done" for entry in outcome.entries)
    data = {
        "out": str(args.out),
        "rows": len(jobs),
        "done": done,
        "skipped": outcome.skipped,
        "failed": failed,
        "files": outcome.files,
        "interrupted": False,
    }
    text = f"{plural(done, 'result')} of {plural(len(jobs), 'row')} in {args.out}"
    text += f"; {outcome.skipped} had been done before" if outcome.skipped else ""
    text += f"; {failed} failed, see {outcome.files[0]}" if failed else ""
    return VerbResult(data, f"{text}.", 1 if failed else 0)


def _seeds(text: str) -> list[int]:
    """Return the seeds of a text such as 3,7,18-20."""
    from ddsgui.jobs.batch.grid import parse_seeds

    try:
        return parse_seeds(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
