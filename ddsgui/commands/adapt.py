"""The verb `ddsgui adapt`: make a new domain from another one and a few pictures, or by a painter."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.commands.adapt_options import METHODS, new_folder, new_plan, resumed_folder
from ddsgui.commands.drawn_options import draw_pairs, write_pairs
from ddsgui.commands.options import (
    INTERRUPTED,
    UNKNOWN_LICENCE,
    VerbResult,
    Verbs,
    add_changes,
    add_device,
    add_domain_output,
    add_force,
    add_verb,
    check_native_name,
)
from ddsgui.text import plural

if TYPE_CHECKING:
    from ddsgui.training.domain_folder import DomainFolder, DomainStep, DomainTraining

SNAPSHOT_SECONDS = 30.0
SHEET_LATENTS, TRUNCATION = 8, 0.8


def add(verbs: Verbs) -> None:
    """Add the verb. An option that was not given is None."""
    parser = add_verb(
        verbs,
        "adapt",
        run,
        "make a new domain from another one and about ten pictures, or by a painter",
        "ddsgui adapt --from portrait --images drawings --out drawn.safetensors --sheet drawn.png\n"
        "  ddsgui adapt --from portrait --method drawn --painter caricature --set exaggeration=1.5 "
        "--out caricature.safetensors",
    )
    what = parser.add_argument_group("what to learn")
    what.add_argument(
        "--from",
        dest="source",
        metavar="DOMAIN",
        help="domain to start from: a library name or model file; NAME#3 is its class 3",
    )
    what.add_argument(
        "--images",
        type=Path,
        metavar="DIR|ZIP",
        help="folder or zip of examples; each is cropped to its central square",
    )
    what.add_argument(
        "--painter",
        metavar="NAME",
        help="painter that redraws the domain's pictures (drawn): caricature, engraving, linocut, pop-art, "
        "watercolour, or one that a package adds",
    )
    what.add_argument(
        "--pairs",
        type=Path,
        metavar="DIR",
        help="folder of pictures that --write-pairs wrote and any program has redrawn under the same names (drawn)",
    )
    what.add_argument(
        "--write-pairs",
        type=int,
        metavar="N",
        help="only write N pictures of the domain and their latents into the folder --out, to be redrawn",
    )
    how = parser.add_argument_group("how to learn")
    how.add_argument(
        "--method",
        choices=METHODS,
        help="few-shot: learn the style of a few examples; drawn: learn what a painter makes of every picture "
        "(default: few-shot)",
    )
    how.add_argument(
        "--iterations",
        type=int,
        metavar="N",
        help="training steps after the warm-up (default: 700; drawn: 2000)",
    )
    how.add_argument("--seed", type=int, metavar="N", help="seed of all random numbers (default: 0)")
    add_changes(how, "consistency=500, or a dial of the painter")
    add_device(how)
    add_force(how)
    output = parser.add_argument_group("what to write")
    add_domain_output(output, "adaptation", "examples")
    output.add_argument(
        "--sheet",
        type=Path,
        metavar="PNG",
        help="also write a sheet of eight pictures, the original domain above the new one",
    )


def run(args: argparse.Namespace) -> VerbResult:
    """Adapt and write the domain; if interrupted, write the domain so far and everything that --resume needs."""
    from ddsgui.library.library import Library
    from ddsgui.paths import output_folder

    out: Path = args.out
    if args.write_pairs is not None:
        data = write_pairs(args)
        return VerbResult(
            data,
            f"Wrote {args.write_pairs} pictures and their latents into {out}. Redraw all of them under their names, "
            f"then learn them with --method drawn --pairs {out}.",
        )
    check_native_name(out)
    plan = None if args.resume else new_plan(args)
    if plan is not None:  # a wrong name is reported before torch is loaded
        Library().domain(args.source)
    with output_folder(out.parent), output_folder((args.sheet or out).parent):
        from ddsgui.device import choose, memory_guard
        from ddsgui.training.drawn.folder import DrawnFolder

        with memory_guard():
            device = choose(args.device)
            folder, memory = resumed_folder(args, device) if plan is None else new_folder(args, plan, device)
            if isinstance(folder, DrawnFolder):
                draw_pairs(folder, device)
            adaptation = folder.resume(device, args.iterations)
            progress = _adapt(folder, adaptation)
            files = _write(args, folder, adaptation)
    result = _result(args, folder, adaptation, progress, files)
    result.data["memory"] = memory
    return result


@dataclass
class _Progress:
    """The steps that this command took."""

    seconds: float = 0.0
    interrupted: bool = False
    last: DomainStep | None = None


def _adapt(folder: DomainFolder, adaptation: DomainTraining) -> _Progress:
    """Take the remaining steps, or those before Ctrl+C, and save the adaptation."""
    from ddsgui.commands.graceful_interrupt import GracefulInterrupt
    from ddsgui.commands.progress import show_loss
    from ddsgui.memory import memory_limit

    began, progress = time.perf_counter(), _Progress()
    left = max(0, adaptation.total - adaptation.step)
    with GracefulInterrupt() as interrupt, memory_limit(adaptation.source.device):
        for step in show_loss(
            adaptation.steps(), left, "adapting", lambda step: next(iter(step.losses.values()))
        ):
            progress.last = step
            folder.save_if_due(adaptation, SNAPSHOT_SECONDS)
            if interrupt.is_requested:
                break
        folder.save(adaptation)
    progress.seconds, progress.interrupted = time.perf_counter() - began, interrupt.is_requested
    return progress


def _write(args: argparse.Namespace, folder: DomainFolder, adaptation: DomainTraining) -> list[Path]:
    """Write the domain, its discriminator and the sheet, and return them; nothing during the warm-up."""
    from ddsgui.checkpoints.checkpoint import discriminator_path, save_discriminator

    if adaptation.step <= adaptation.warm_up:
        return []
    folder.snapshot(adaptation)
    generator = adaptation.generator
    files: list[Path] = [args.out]
    network, discriminator = adaptation.discriminator, discriminator_path(args.out)
    discriminator.unlink(missing_ok=True)  # left by another domain of this name
    if network is not None:
        save_discriminator(network, discriminator, half=True)
        files.append(discriminator)
    folder.save_domain(
        generator,
        args.out,
        step=adaptation.step,
        name=args.name or args.out.stem,
        title=args.title or "",
        card={} if args.licence == UNKNOWN_LICENCE else {"licence": args.licence},
    )
    if args.sheet is None:
        return files
    import numpy as np

    from ddsgui.evaluation.sheet import contact_sheet
    from ddsgui.images import to_uint8, write_png
    from ddsgui.stylegan.padding import remove_padding
    from ddsgui.synthesis.sampling import picture

    drawn = [
        remove_padding(to_uint8(picture(g, seed, TRUNCATION)[0]), g.config)
        for g in (adaptation.source, generator)
        for seed in range(SHEET_LATENTS)
    ]
    write_png(args.sheet, contact_sheet(np.stack(drawn), SHEET_LATENTS))
    return [*files, args.sheet]


def _result(
    args: argparse.Namespace,
    folder: DomainFolder,
    adaptation: DomainTraining,
    progress: _Progress,
    files: list[Path],
) -> VerbResult:
    from ddsgui.training.drawn.folder import DrawnFolder

    steps = max(0, adaptation.step - adaptation.warm_up)
    data: dict[str, Any] = {
        "out": str(args.out),
        "files": [str(path) for path in files],
        "progress": str(folder.path),
        "parent": folder.parent,
        "examples": folder.examples,
        "steps": steps,
        "iterations": adaptation.total - adaptation.warm_up,
        "warm_up": adaptation.warm_up,
        "losses": progress.last.losses if progress.last else {},
        "seconds": round(progress.seconds, 2),
        "interrupted": progress.interrupted,
    }
    if files:
        text = f"Saved {args.out} after {steps} of {data['iterations']} steps"
    else:
        text = "The discriminator is still warming up, so there is no domain yet"
    if isinstance(folder, DrawnFolder):
        data["faceless"] = folder.faceless
        if folder.faceless:
            text += f", without {plural(folder.faceless, 'picture')} in which no face was found"
    if progress.interrupted:
        text = f"Interrupted; use --resume to continue. {text}"
    text += f", {progress.seconds:.0f} s. The snapshots and the state for --resume are in {folder.path}."
    return VerbResult(data, text, INTERRUPTED if progress.interrupted else 0)
