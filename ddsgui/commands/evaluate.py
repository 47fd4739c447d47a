"""The verb `ddsgui evaluate`: the paper's tables and figures, on any domains."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui import paths
from ddsgui.commands.engine_options import add_engine_options, check_engine_options, engine_of
from ddsgui.commands.options import INTERRUPTED, VerbResult, Verbs, add_verb, real_number
from ddsgui.errors import DdsError, OptimizerError, UsageError
from ddsgui.library.bundled import PART, SOURCE, TARGET

if TYPE_CHECKING:
    from ddsgui.jobs.evaluation.plan import EvaluationPlan

ALL = "all"

log = logging.getLogger(__name__)


def add(verbs: Verbs) -> None:
    """Add the verb and its options."""
    parser = add_verb(
        verbs,
        "evaluate",
        run,
        "run the paper's tables and figures again, on bundled domains or your own, and write a report",
        "ddsgui evaluate --latents 100 --presets live fast --stages all --out evidence",
    )
    what = parser.add_argument_group("what to evaluate")
    what.add_argument("--latents", type=int, default=10, metavar="N", help="people per group (default: 10)")
    what.add_argument(
        "--pairs",
        nargs="+",
        default=[f"{SOURCE}:{TARGET}"],
        metavar="SOURCE:TARGET",
        help=f"pairs of domains, evaluated in both directions (default: {SOURCE}:{TARGET})",
    )
    what.add_argument("--one-way", action="store_true", help="evaluate the pairs as they are named only")
    what.add_argument(
        "--parts", nargs="+", default=[PART, "hair"], metavar="PART", help=f"parts (default: {PART} hair)"
    )
    what.add_argument(
        "--presets", nargs="+", default=["live", "fast"], metavar="NAME", help="presets (default: live fast)"
    )
    what.add_argument(
        "--iterations",
        type=int,
        metavar="N",
        help="iterations of the searches (default: those of each preset)",
    )
    what.add_argument(
        "--reduced-precision",
        action="store_true",
        help="let paper and official read pictures in bfloat16 too, as fast and final do, if this computer is faster "
        "at it",
    )
    what.add_argument(
        "--seed", type=int, default=100, metavar="N", help="seed of the first person (default: 100)"
    )
    add_stage_options(parser)
    add_engine_options(parser)
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for the report, its tables and its mixes",
    )


def add_stage_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose tables and figures."""
    stages = parser.add_argument_group("which tables and figures")
    stages.add_argument(
        "--stages",
        nargs="+",
        metavar="NAME",
        help="table, comparison, pictures, progress, person, exaggeration (these are the default), weights, backbones, "
        "unpaired, unrelated, or all",
    )
    stages.add_argument(
        "--few-latents",
        type=int,
        default=5,
        metavar="N",
        help="people in the stages weights, backbones, unpaired and unrelated, which need many mixes (default: 5)",
    )
    stages.add_argument(
        "--factors",
        type=real_number,
        nargs="+",
        default=[0.0, 0.5, 2.0],
        metavar="X",
        help="what the preset's α, β and γ are multiplied with in the stage weights (default: 0 0.5 2)",
    )
    stages.add_argument(
        "--full-grid",
        action="store_true",
        help="try every combination of the factors, not one weight at a time",
    )
    stages.add_argument(
        "--backbones",
        nargs="+",
        default=["vgg16"],
        metavar="NAME=FILE",
        help="networks of the perceptual loss in the stage backbones, with torchvision's weights; a name without file "
        "is downloaded (default: vgg16)",
    )
    stages.add_argument(
        "--unrelated",
        nargs=4,
        metavar=("SOURCE", "PART", "TARGET", "PART"),
        help="two domains of different families and a part of each, for the stage unrelated",
    )
    stages.add_argument(
        "--examples",
        nargs="+",
        default=[],
        metavar="DOMAIN=FOLDER",
        help="the pictures that a domain learnt from, for the stage exaggeration (default: the bundled ones)",
    )
    stages.add_argument(
        "--inception",
        type=Path,
        metavar="FILE",
        help="weights of InceptionV3, for FID and KID as they are published (default: the bundled VGG-16 instead)",
    )


def run(args: argparse.Namespace) -> VerbResult:
    """Check everything, then make what is missing and write the report."""
    from ddsgui.commands.progress import MixBar
    from ddsgui.jobs.batch.batch import BatchProgress
    from ddsgui.jobs.evaluation.evaluation import REPORT, Evaluation
    from ddsgui.jobs.evaluation.stages.progress import FRAMES
    from ddsgui.library.library import Library

    check_engine_options(args)
    if args.inception is not None and not args.inception.is_file():
        raise DdsError(f"There is no file {args.inception}.")
    library = Library()
    evaluation = Evaluation.prepare(_plan(args), library)
    with MixBar() as bar:
        engine = engine_of(args, library.folder, FRAMES, bar.run)
        steps = evaluation.steps(args.out, engine, args.device or "auto", args.inception)
        try:
            while True:
                step = next(steps)
                if isinstance(step, BatchProgress):
                    bar.end(step)
                    if step.entry is not None and step.entry.error:
                        log.warning("%s", step.entry.error)
                else:
                    bar.describe(step)
        except StopIteration as end:
            outcome = end.value
        except KeyboardInterrupt:
            steps.close()
            return VerbResult(
                {"out": str(args.out), "interrupted": True},
                f"Interrupted. What is done lies in {args.out}; the same command continues.",
                INTERRUPTED,
            )
    data = {"out": str(args.out), "files": outcome.files, "mixes": outcome.mixes, "interrupted": False}
    data |= {"answers": outcome.answers, "failures": outcome.failures}
    lines = [*outcome.answers, *sorted(set(outcome.failures)), f"The report is {args.out / REPORT}."]
    return VerbResult(data, "\n".join(lines), 1 if outcome.failures else 0)


def _plan(args: argparse.Namespace) -> EvaluationPlan:
    """Return the plan that the options describe. Raises UsageError if it is absurd."""
    from ddsgui.jobs.evaluation.plan import DEFAULT_STAGES, STAGES, EvaluationPlan, Unrelated
    from ddsgui.synthesis.backbones import check_backbone

    stages = DEFAULT_STAGES if args.stages is None else tuple(args.stages)
    if ALL in stages:
        unknown = tuple(name for name in stages if name not in (*STAGES, ALL))  # refused by the plan
        stages = (*unknown, *(name for name in STAGES if name != "unrelated" or args.unrelated))
    elif args.unrelated and "unrelated" not in stages:
        stages = (*stages, "unrelated")
    pairs = tuple(
        _two(pair, ":", "A pair is SOURCE:TARGET, such as portrait:caricature") for pair in args.pairs
    )
    bundled = {path.name: str(path) for path in (paths.assets() / "examples").iterdir() if path.is_dir()}
    given = dict(_two(text, "=", "Examples are DOMAIN=FOLDER") for text in args.examples)
    for folder in given.values():
        if not Path(folder).is_dir():
            raise UsageError(f"There is no folder {folder}.")
    names = {name for pair in pairs for name in pair}
    if strangers := sorted(set(given) - names):
        raise UsageError(f"The examples are of {strangers[0]}, which is in no pair.")
    if "backbones" in stages:
        for name in args.backbones:
            check_backbone(name)
    examples = {name: folder for name, folder in (bundled | given).items() if name in names}
    try:
        return EvaluationPlan(
            latents=args.latents,
            first_seed=args.seed,
            pairs=pairs,
            parts=tuple(args.parts),
            presets=tuple(args.presets),
            stages=stages,
            one_way=args.one_way,
            iterations=args.iterations,
            reduced_precision=args.reduced_precision,
            few_latents=min(args.few_latents, args.latents),
            factors=tuple(args.factors),
            full_grid=args.full_grid,
            backbones=tuple(args.backbones),
            unrelated=None if args.unrelated is None else Unrelated(*args.unrelated),
            examples=examples,
        )
    except OptimizerError as error:
        raise UsageError(str(error)) from error


def _two(text: str, separator: str, rule: str) -> tuple[str, str]:
    """Return the two halves of a text. Raises UsageError with the rule if there are not two."""
    first, middle, second = text.partition(separator)
    if not (first and middle and second):
        raise UsageError(f"{rule}, not {text}.")
    return first, second
