"""ddsgui train: a folder or zip of aligned pictures to a base domain."""

from __future__ import annotations

import argparse
from pathlib import Path

from ddsgui.commands.options import INTERRUPTED, VerbResult, Verbs, add_changes, add_device, add_verb
from ddsgui.commands.train_options import KIMG, METHODS, MINUTES, RESOLUTION, new_settings, resumed_settings
from ddsgui.errors import TrainingError

SUFFIX = ".safetensors"


def add(verbs: Verbs) -> None:
    """The verb and its options; None is an option that was not given, so that a resumed training may speak instead."""
    parser = add_verb(
        verbs,
        "train",
        run,
        "make a base domain out of a thousand aligned pictures",
        "ddsgui train --images portraits.zip --resolution 128 --kimg 300 --out portrait.safetensors",
    )
    what = parser.add_argument_group("what to learn")
    what.add_argument("--images", type=Path, metavar="DIR|ZIP", help="aligned pictures, of any size and mode")
    what.add_argument("--hold-out", type=int, metavar="N", help="pictures never shown to it (default: 0)")
    what.add_argument(
        "--resolution", type=int, metavar="R", help=f"16, 32, 64, … pixels (default: {RESOLUTION})"
    )
    what.add_argument(
        "--from", dest="start", metavar="DOMAIN", help="go on from a domain, at its size or larger (gan)"
    )
    what.add_argument(
        "--landmarks",
        type=Path,
        metavar="FILE",
        help="points on the pictures, along which they are bent (morphs): a CSV of lines file,x0,y0,x1,y1,… in "
        "fractions of the side, the same points in each, or an NPZ of names and points",
    )
    how = parser.add_argument_group("how to learn")
    how.add_argument(
        "--method",
        choices=METHODS,
        help="gan: two networks play against each other, for hours; morphs: pictures and their mixtures are redrawn "
        "from their main features and sharpened in the end, in an hour or two (default: gan)",
    )
    budget = how.add_mutually_exclusive_group()
    budget.add_argument(
        "--kimg",
        metavar="K",
        help=f"thousands of images in all, or by side as in 16:50,32:40,64:60 (default of gan: {KIMG})",
    )
    budget.add_argument(
        "--minutes",
        metavar="M",
        help=f"the time instead, likewise (morphs only, whose default it is: {MINUTES})",
    )
    how.add_argument(
        "--batch",
        type=int,
        metavar="N",
        help="images a step (default: 16; morphs: 8, 6 and 4 as pictures grow)",
    )
    how.add_argument("--seed", type=int, metavar="N", help="of all random numbers (default: 0)")
    how.add_argument(
        "--encoder",
        action=argparse.BooleanOptionalAction,
        help="redraw real pictures as well, so that none is left out (gan)",
    )
    add_changes(how, "learning_rate=0.001")
    add_device(how)
    output = parser.add_argument_group("what to write")
    output.add_argument("--out", type=Path, required=True, metavar="FILE", help=f"ends in {SUFFIX}")
    output.add_argument("--name", help="of the domain (default: the name of FILE)")
    output.add_argument("--title", help="what the window shows (default: the name)")
    output.add_argument("--licence", default="unknown", help="of the pictures and the domain, for its card")
    output.add_argument("--resume", action="store_true", help="go on with the training saved beside FILE")
    output.add_argument(
        "--every",
        type=float,
        metavar="MINUTES",
        help="how often to save, with a sheet and a line of metrics (default: 5; morphs: 1)",
    )


def run(args: argparse.Namespace) -> VerbResult:
    """Train and write the domain; interrupted, save the training so that --resume goes on with it."""
    from ddsgui.paths import output_folder

    out: Path = args.out
    if out.suffix != SUFFIX:
        raise TrainingError(f"{out} must end in {SUFFIX}, so that the library finds it.")
    if args.every is not None and not 0.01 <= args.every <= 1e4:
        raise TrainingError(f"A save each {args.every:g} minutes makes no sense; give 0.01 or more.")
    saved = out.with_suffix(f".training{SUFFIX}")
    if not args.resume and saved.exists():
        raise TrainingError(
            f"{saved} is a training under way; go on with it by --resume, remove it, or choose another --out."
        )
    fresh = (
        None if args.resume else new_settings(args)
    )  # a wrong option is told now and not after torch is loaded
    with output_folder(out.parent):
        from ddsgui.device import choose, memory_guard
        from ddsgui.jobs.base_training import BaseTrainingRun, TrainingSource

        with memory_guard():
            device = choose(args.device)
            if fresh is None:
                moved = (args.images, args.landmarks)
                base_run = BaseTrainingRun.resumed(
                    out, device, lambda before: resumed_settings(before, args), *moved
                )
            else:
                landmarks = None if args.landmarks is None else str(args.landmarks)
                origin = TrainingSource(str(args.images), args.hold_out or 0, args.start, landmarks)
                base_run = BaseTrainingRun.begun(out, device, fresh, origin)
            interrupted = base_run.train(None if args.every is None else args.every * 60)
            if not interrupted:
                base_run.write_domain(args.name or out.stem, args.title or "", args.licence)
    data = {"out": str(out), "interrupted": interrupted, **base_run.report()}
    what = "Interrupted and saved; --resume goes on." if interrupted else f"{out}: the domain {out.stem}."
    text = f"{what} {data['seen']:,} images of {data['pictures']:,} pictures, {data['seconds']:.0f} s."
    return VerbResult(data, text, INTERRUPTED if interrupted else 0)
