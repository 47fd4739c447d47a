"""The verb `ddsgui adapt`: make a new domain from another one and a few pictures."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.commands.adapt_options import new_folder, new_settings, resumed_folder
from ddsgui.commands.options import (
    INTERRUPTED,
    VerbResult,
    Verbs,
    add_changes,
    add_device,
    add_domain_output,
    add_force,
    add_verb,
    check_native_name,
)

if TYPE_CHECKING:
    from ddsgui.training.few_shot.adaptation import FewShotAdaptation
    from ddsgui.training.few_shot.folder import AdaptationFolder
    from ddsgui.training.few_shot.settings import AdaptationStep

SNAPSHOT_SECONDS = 30.0
SHEET_LATENTS, TRUNCATION = 8, 0.8


def add(verbs: Verbs) -> None:
    """Add the verb. An option that was not given is None."""
    parser = add_verb(
        verbs,
        "adapt",
        run,
        "make a new domain from another one and about ten pictures",
        "ddsgui adapt --from portrait --images drawings --out drawn.safetensors --sheet drawn.png",
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
    how = parser.add_argument_group("how to learn")
    how.add_argument(
        "--iterations", type=int, metavar="N", help="training steps after the warm-up (default: 700)"
    )
    how.add_argument("--seed", type=int, metavar="N", help="seed of all random numbers (default: 0)")
    add_changes(how, "consistency=500")
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
    check_native_name(out)
    settings = None if args.resume else new_settings(args)
    if settings is not None:  # a wrong name is reported before torch is loaded
        Library().domain(args.source)
    with output_folder(out.parent), output_folder((args.sheet or out).parent):
        from ddsgui.device import choose, memory_guard

        with memory_guard():
            device = choose(args.device)
            folder, memory = (
                resumed_folder(args, device) if settings is None else new_folder(args, settings, device)
            )
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
    last: AdaptationStep | None = None


def _adapt(folder: AdaptationFolder, adaptation: FewShotAdaptation) -> _Progress:
    """Take the remaining steps, or those before Ctrl+C, and save the adaptation."""
    from ddsgui.commands.graceful_interrupt import GracefulInterrupt
    from ddsgui.commands.progress import show_loss
    from ddsgui.memory import memory_limit

    began, progress = time.perf_counter(), _Progress()
    left = max(0, adaptation.total - adaptation.step)
    with GracefulInterrupt() as interrupt, memory_limit(adaptation.source.device):
        for step in show_loss(adaptation.steps(), left, "adapting", lambda step: step.losses["adversarial"]):
            progress.last = step
            folder.save_if_due(adaptation, SNAPSHOT_SECONDS)
            if interrupt.is_requested:
                break
        folder.save(adaptation)
    progress.seconds, progress.interrupted = time.perf_counter() - began, interrupt.is_requested
    return progress


def _write(args: argparse.Namespace, folder: AdaptationFolder, adaptation: FewShotAdaptation) -> list[Path]:
    """Write the domain, its discriminator and the sheet, and return them; nothing during the warm-up."""
    from ddsgui.checkpoints.checkpoint import discriminator_path, save_discriminator

    if adaptation.step <= adaptation.warm_up:
        return []
    folder.snapshot(adaptation)
    generator = adaptation.generator
    discriminator = discriminator_path(args.out)
    save_discriminator(adaptation.discriminator, discriminator, half=True)
    folder.save_domain(
        generator,
        args.out,
        step=adaptation.step,
        name=args.name or args.out.stem,
        title=args.title or "",
        card={"licence": args.licence},
    )
    if args.sheet is None:
        return [args.out, discriminator]
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
    return [args.out, discriminator, args.sheet]


def _result(
    args: argparse.Namespace,
    folder: AdaptationFolder,
    adaptation: FewShotAdaptation,
    progress: _Progress,
    files: list[Path],
) -> VerbResult:
    steps = max(0, adaptation.step - adaptation.warm_up)
    data = {
        "out": str(args.out),
        "files": [str(path) for path in files],
        "progress": str(folder.path),
        "parent": folder.parent,
        "examples": folder.examples,
        "steps": steps,
        "iterations": adaptation.settings.steps,
        "warm_up": adaptation.warm_up,
        "losses": progress.last.losses if progress.last else {},
        "seconds": round(progress.seconds, 2),
        "interrupted": progress.interrupted,
    }
    if files:
        text = f"Saved {args.out} after {steps} of {adaptation.settings.steps} steps"
    else:
        text = "The discriminator is still warming up, so there is no domain yet"
    if progress.interrupted:
        text = f"Interrupted; use --resume to continue. {text}"
    text += f", {progress.seconds:.0f} s. The snapshots and the state for --resume are in {folder.path}."
    return VerbResult(data, text, INTERRUPTED if progress.interrupted else 0)
