"""The verb `ddsgui train`: make a base domain from a folder or zip of aligned pictures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.commands.graceful_interrupt import GracefulInterrupt
from ddsgui.commands.options import (
    INTERRUPTED,
    NATIVE_SUFFIX,
    VerbResult,
    Verbs,
    add_changes,
    add_device,
    add_domain_output,
    add_verb,
    check_native_name,
    real_number,
)
from ddsgui.commands.train_options import KIMG, METHODS, MINUTES, RESOLUTION, new_settings, resumed_settings
from ddsgui.errors import TrainingError
from ddsgui.steps import result_of
from ddsgui.text import duration_text

if TYPE_CHECKING:
    import torch

    from ddsgui.commands.train_options import Settings
    from ddsgui.jobs.base_metrics import MetricsRow
    from ddsgui.jobs.base_training import BaseTrainingRun, Trained

_BAR = "training {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} images{postfix}"


def add(verbs: Verbs) -> None:
    """Add the verb. An option that was not given is None, so that a resumed training keeps its own value."""
    parser = add_verb(
        verbs,
        "train",
        run,
        "make a base domain from about a thousand aligned pictures",
        "ddsgui train --images portraits.zip --resolution 128 --kimg 300 --out portrait.safetensors",
    )
    what = parser.add_argument_group("what to learn")
    what.add_argument("--images", type=Path, metavar="DIR|ZIP", help="folder or zip of aligned pictures")
    what.add_argument(
        "--hold-out",
        type=int,
        metavar="N",
        help="number of pictures to keep out of the training (default: 0)",
    )
    what.add_argument(
        "--resolution",
        type=int,
        metavar="R",
        help=f"side of the pictures in pixels: 16, 32, 64, … (default: {RESOLUTION})",
    )
    what.add_argument(
        "--from",
        dest="start",
        metavar="DOMAIN",
        help="domain to continue from, not larger than --resolution (gan)",
    )
    what.add_argument(
        "--landmarks",
        type=Path,
        metavar="FILE",
        help="points by which the pictures are aligned (morphs): a CSV with lines of file,x0,y0,x1,y1,… in "
        "fractions of the side, the same points for every picture; or an NPZ with names and points",
    )
    how = parser.add_argument_group("how to learn")
    how.add_argument(
        "--method",
        choices=METHODS,
        help="gan: two networks compete, for many hours; morphs: the network learns to redraw the pictures and "
        "mixtures of them, then to sharpen, in an hour or two (default: gan)",
    )
    budget = how.add_mutually_exclusive_group()
    budget.add_argument(
        "--kimg",
        metavar="K",
        help=f"thousands of images in total, or per resolution as in 16:50,32:40,64:60 (default of gan: {KIMG})",
    )
    budget.add_argument(
        "--minutes",
        metavar="M",
        help=f"minutes in total, or per resolution as in 32:20,64:40,128:60 (morphs only; default: {MINUTES})",
    )
    how.add_argument(
        "--batch",
        type=int,
        metavar="N",
        help="images per step (default: 16; morphs: 8, 6 and 4 as the resolution grows)",
    )
    how.add_argument("--seed", type=int, metavar="N", help="seed of all random numbers (default: 0)")
    how.add_argument(
        "--encoder",
        action=argparse.BooleanOptionalAction,
        help="also learn to redraw the real pictures, so that the domain covers all of them (gan)",
    )
    add_changes(how, "learning_rate=0.001")
    add_device(how)
    output = parser.add_argument_group("what to write")
    add_domain_output(output, "training", "pictures")
    output.add_argument(
        "--every",
        type=real_number,
        metavar="MINUTES",
        help="minutes between saves, each with a sheet and a row of metrics (default: 5; morphs: 1)",
    )


def run(args: argparse.Namespace) -> VerbResult:
    """Train and write the domain; if interrupted, save the training for --resume."""
    from ddsgui.paths import output_folder

    out: Path = args.out
    check_native_name(out)
    if args.every is not None and not 0.01 <= args.every <= 1e4:
        raise TrainingError(f"--every {args.every:g} is out of range. Give 0.01 to 10,000 minutes.")
    saved = out.with_suffix(f".training{NATIVE_SUFFIX}")
    if not args.resume and saved.exists():
        raise TrainingError(
            f"{saved} is an unfinished training. Resume it with --resume, delete it, or choose another --out."
        )
    settings = (
        None if args.resume else new_settings(args)
    )  # a wrong option is reported before torch is loaded
    with output_folder(out.parent):
        from ddsgui.device import choose, memory_guard

        with memory_guard():
            training = _load(args, choose(args.device), settings)
            every = None if args.every is None else args.every * 60
            with GracefulInterrupt() as interrupt:
                interrupted = _train(training, training.train_steps(lambda: interrupt.is_requested, every))
            if not interrupted:
                training.write_domain(args.name or out.stem, args.title or "", args.licence)
    data = {"out": str(out), "interrupted": interrupted, **training.report()}
    what = "Interrupted and saved; use --resume to continue." if interrupted else f"Saved {out}."
    trained = f"{data['seen']:,} images from {data['pictures']:,} pictures in {data['seconds']:.0f} s"
    text = f"{what} Trained on {trained}."
    return VerbResult(data, text, INTERRUPTED if interrupted else 0)


def _load(args: argparse.Namespace, device: torch.device, settings: Settings | None) -> BaseTrainingRun:
    """Start a training with these settings, or resume the one next to --out, with a bar for its pictures."""
    from tqdm import tqdm

    from ddsgui.jobs.base_training import BaseTrainingRun
    from ddsgui.jobs.training_source import Loading, TrainingSource

    if settings is None:
        moved = (args.images, args.landmarks)
        steps = BaseTrainingRun.resume_steps(
            args.out, device, lambda before: resumed_settings(before, args), *moved
        )
    else:
        landmarks = None if args.landmarks is None else str(args.landmarks)
        source = TrainingSource(str(args.images), args.hold_out or 0, args.start, landmarks)
        steps = BaseTrainingRun.begin_steps(args.out, device, settings, source)
    with tqdm(unit="picture", leave=False, disable=None, delay=0.5) as bar:

        def show(loading: Loading) -> None:
            if loading.done == 1:  # the first picture that is read, or aligned
                bar.set_description(loading.what, refresh=False)
                bar.reset(loading.total)
            bar.update(loading.done - bar.n)

        return result_of(steps, show)


def _train(training: BaseTrainingRun, steps: Generator[Trained | MetricsRow, None, bool]) -> bool:
    """Run the steps with a bar and a line on stderr for each row of metrics; return whether they were stopped."""
    from tqdm import tqdm

    from ddsgui.jobs.base_metrics import MetricsRow

    total, seen = training.training.images, training.training.seen
    with tqdm(total=total, initial=seen, disable=None, leave=False, bar_format=_BAR) as bar:

        def show(step: Trained | MetricsRow) -> None:
            if isinstance(step, MetricsRow):
                tqdm.write(f"{step}, {duration_text(step.seconds)}", file=sys.stderr)
                return
            left = duration_text(step.seconds_left)
            speed = f"{step.images_per_second:.1f} images/s"
            bar.set_postfix_str(f"{step.step.resolution} px, {speed}, {left} left", refresh=False)
            bar.total = step.step.images
            bar.update(step.step.seen - bar.n)

        return result_of(steps, show)
