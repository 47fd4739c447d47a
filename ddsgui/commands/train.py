"""ddsgui train: a folder or zip of aligned pictures to a base domain."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.commands.verb import INTERRUPTED, Outcome, Verbs, add_changes, add_device, add_verb
from ddsgui.errors import TrainingError

if TYPE_CHECKING:
    from ddsgui.training.base_settings import Stage, TrainingSettings

RESOLUTION, KIMG, MINUTES = 128, "300", 5.0
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
        "--from", dest="start", metavar="DOMAIN", help="go on from a domain, at its size or larger"
    )
    how = parser.add_argument_group("how to learn")
    how.add_argument(
        "--kimg",
        metavar="K",
        help=f"thousands of images in all, or by side as in 16:50,32:40,64:60 (default: {KIMG})",
    )
    how.add_argument("--batch", type=int, metavar="N", help="images a step (default: 16)")
    how.add_argument("--seed", type=int, metavar="N", help="of all random numbers (default: 0)")
    how.add_argument(
        "--encoder",
        action=argparse.BooleanOptionalAction,
        help="redraw real pictures as well, so that none is left out",
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
        default=MINUTES,
        help=f"how often to save, with a sheet and a line of metrics (default: {MINUTES:g})",
    )


def run(args: argparse.Namespace) -> Outcome:
    """Train and write the domain; interrupted, save the training so that --resume goes on with it."""
    from ddsgui.paths import output_folder

    out: Path = args.out
    if out.suffix != SUFFIX:
        raise TrainingError(f"{out} must end in {SUFFIX}, so that the library finds it.")
    if not 0.01 <= args.every <= 1e4:
        raise TrainingError(f"A save each {args.every:g} minutes makes no sense; give 0.01 or more.")
    saved = out.with_suffix(f".training{SUFFIX}")
    if not args.resume and saved.exists():
        raise TrainingError(
            f"{saved} is a training under way; go on with it by --resume, remove it, or choose another --out."
        )
    fresh = None if args.resume else plan(args)  # a wrong option is told now and not after torch is loaded
    with output_folder(out.parent):
        from ddsgui.commands.base_run import BaseRun
        from ddsgui.device import choose, memory_guard

        with memory_guard():
            device = choose(args.device)
            if fresh is None:
                base_run = BaseRun.resumed(out, device, lambda before: again(before, args), args.images)
            else:
                base_run = BaseRun.begun(out, device, fresh, args.images, args.hold_out or 0, args.start)
            interrupted = base_run.train(args.every * 60)
            if not interrupted:
                base_run.write_domain(args.name or out.stem, args.title or "", args.licence)
    data = {"out": str(out), "interrupted": interrupted, **base_run.report()}
    what = "Interrupted and saved; --resume goes on." if interrupted else f"{out}: the domain {out.stem}."
    text = f"{what} {data['seen']:,} images of {data['pictures']:,} pictures, {data['seconds']:.0f} s."
    return Outcome(data, text, INTERRUPTED if interrupted else 0)


def plan(args: argparse.Namespace) -> TrainingSettings:
    """The settings of a new training. TrainingError on what makes no sense."""
    from ddsgui.training.base_settings import TrainingSettings, check_resolution

    if args.images is None:
        raise TrainingError("Say with --images where the pictures are: a folder or a zip.")
    resolution = RESOLUTION if args.resolution is None else args.resolution
    check_resolution(resolution)
    settings = TrainingSettings.for_resolution(resolution, 1)
    first = None
    if args.start is not None:
        config = _config(args.start)
        first = int(config["resolution"])
        if (config["z_dim"], config["resolution"]) != (config["w_dim"], min(first, resolution)):
            raise TrainingError(f"{args.start} cannot grow into a domain of {resolution} pixels.")
        own = tuple(config["channels"])
        settings = replace(
            settings,
            channels=own + settings.channels[len(own) :],
            latent=config["z_dim"],
            mapping_layers=config["mapping_layers"],
        )
    stages = stages_of(args.kimg or KIMG, resolution, first)
    return _changed(settings.with_stages(stages), args)


def again(before: TrainingSettings, args: argparse.Namespace) -> TrainingSettings:
    """The settings of a resumed training with what the options change. TrainingError on what cannot change."""
    fixed = {
        "--resolution": (args.resolution, before.resolution),
        "--seed": (args.seed, before.seed),
        "--hold-out": (args.hold_out, None),
        "--from": (args.start, None),
    }
    for option, (given, own) in fixed.items():
        if given is not None and given != own:
            raise TrainingError(f"A training that is resumed keeps what it began with; leave out {option}.")
    if args.kimg is not None:
        before = before.with_stages(stages_of(args.kimg, before.resolution, before.stages[0].side))
    return _changed(before, args)


def stages_of(text: str, resolution: int, first: int | None = None) -> tuple[Stage, ...]:
    """ "300", or "16:50,32:40,64:60" with `resolution` as the last side; `first`: the side to begin with."""
    from ddsgui.training.base_settings import Stage, share_out

    try:
        if ":" not in text:
            stages = share_out(resolution, float(text), first)
        else:
            pairs = (part.split(":") for part in text.split(","))
            stages = tuple(Stage(int(side), float(kimg)) for side, kimg in pairs)
    except ValueError as error:
        raise TrainingError(f"--kimg takes 300 or 16:50,32:40,64:60, say, not {text}.") from error
    if stages[-1].side != resolution or stages[0].side != (first or stages[0].side):
        ends = f"begin at {first} and end at {resolution}" if first else f"end at {resolution}"
        raise TrainingError(f"--kimg {text} must {ends} pixels.")
    return stages


def _changed(settings: TrainingSettings, args: argparse.Namespace) -> TrainingSettings:
    changes: dict[str, Any] = {
        name: getattr(args, name) for name in ("batch", "seed", "encoder") if getattr(args, name) is not None
    }
    known = settings.as_dict()
    for change in args.changes:
        name, _, value = change.partition("=")
        if name not in known or name == "stages":
            raise TrainingError(f"There is no setting {name}; there are {', '.join(sorted(known))}.")
        try:
            changes[name] = json.loads(value)
        except ValueError as error:
            raise TrainingError(
                f"--set {change} needs a number, a list, true or false after the =."
            ) from error
    return type(settings).from_dict({**known, **changes})


def _config(domain: str) -> dict[str, Any]:
    """The generator's configuration of a domain file; LibraryError or TrainingError if it has none to read."""
    from ddsgui.library.library import Library, read_entry

    try:
        config = read_entry(Library().domain(domain), "domain").metadata["config"]
        return {key: config[key] for key in ("resolution", "z_dim", "w_dim", "mapping_layers", "channels")}
    except (KeyError, TypeError) as error:
        raise TrainingError(f"{domain} does not say what generator it holds.") from error
