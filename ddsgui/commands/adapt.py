"""ddsgui adapt: a domain and a few pictures to another domain."""

from __future__ import annotations

import argparse
import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsgui.commands.options import (
    INTERRUPTED,
    VerbResult,
    Verbs,
    add_changes,
    add_device,
    add_force,
    add_verb,
    check_memory,
)
from ddsgui.errors import TrainingError

if TYPE_CHECKING:
    import torch

    from ddsgui.training.few_shot.adaptation import FewShotAdaptation
    from ddsgui.training.few_shot.folder import AdaptationFolder
    from ddsgui.training.few_shot.settings import AdaptationSettings, AdaptationStep

log = logging.getLogger(__name__)

SUFFIX = ".safetensors"
SNAPSHOT_SECONDS = 30.0
SHEET, TRUNCATION = 8, 0.8  # latents on the sheet


def add(verbs: Verbs) -> None:
    """The verb and its options; None is an option that was not given."""
    parser = add_verb(
        verbs,
        "adapt",
        run,
        "make a new domain out of another one and about ten pictures",
        "ddsgui adapt --from portrait --images drawings --out drawn.safetensors --sheet drawn.png",
    )
    what = parser.add_argument_group("what to learn")
    what.add_argument(
        "--from", dest="source", metavar="DOMAIN", help="library name or model file; NAME#3: class 3 of it"
    )
    what.add_argument(
        "--images", type=Path, metavar="DIR|ZIP", help="the examples, cut to the square at their centre"
    )
    how = parser.add_argument_group("how to learn")
    how.add_argument("--iterations", type=int, metavar="N", help="steps, without the warm-up (default: 700)")
    how.add_argument("--seed", type=int, metavar="N", help="of all random numbers (default: 0)")
    add_changes(how, "consistency=500")
    add_device(how)
    add_force(how)
    output = parser.add_argument_group("what to write")
    output.add_argument("--out", type=Path, required=True, metavar="FILE", help=f"ends in {SUFFIX}")
    output.add_argument("--resume", action="store_true", help="go on with what was saved beside FILE")
    output.add_argument("--name", help="of the domain (default: the name of FILE)")
    output.add_argument("--title", help="what the window shows (default: the name)")
    output.add_argument("--licence", default="unknown", help="of the examples and the domain, for its card")
    output.add_argument("--sheet", type=Path, metavar="PNG", help="eight latents, source above adapted")


def run(args: argparse.Namespace) -> VerbResult:
    """Adapt and write the domain; interrupted, the domain so far, and all that --resume needs."""
    from ddsgui.library.library import Library
    from ddsgui.paths import output_folder

    out: Path = args.out
    if out.suffix != SUFFIX:
        raise TrainingError(f"{out} must end in {SUFFIX}, so that the library finds it.")
    settings = None if args.resume else new_settings(args)
    if settings is not None:  # a wrong name is told now and not after torch is loaded
        Library().domain(args.source)
    with output_folder(out.parent), output_folder((args.sheet or out).parent):
        from ddsgui.device import choose, memory_guard

        with memory_guard():
            device = choose(args.device)
            folder, memory = _resumed(args, device) if settings is None else _begun(args, settings, device)
            adaptation = folder.resume(device, args.iterations)
            progress = _adapt(folder, adaptation)
            files = _write(args, folder, adaptation)
    outcome = _outcome(args, folder, adaptation, progress, files)
    outcome.data["memory"] = memory
    return outcome


def new_settings(args: argparse.Namespace) -> AdaptationSettings:
    """The settings of a new adaptation. TrainingError on what makes no sense or is missing."""
    from ddsgui.training.few_shot.settings import AdaptationSettings

    if args.source is None:
        raise TrainingError("Say with --from which domain to begin from.")
    if args.images is None:
        raise TrainingError("Say with --images where the examples are: a folder or a zip.")
    known = AdaptationSettings().as_dict()
    changes: dict[str, Any] = {} if args.iterations is None else {"steps": args.iterations}
    for change in args.changes:
        name, _, value = change.partition("=")
        if name not in known:
            raise TrainingError(f"There is no setting {name}; there are {', '.join(sorted(known))}.")
        try:
            changes[name] = value if isinstance(known[name], str) else json.loads(value)
        except ValueError as error:
            raise TrainingError(f"--set {change} needs a number after the =.") from error
    return AdaptationSettings.from_dict({**known, **changes})


def progress_folder(out: Path) -> Path:
    """Where the adaptation that is to become `out` is kept."""
    return out.with_suffix(".progress")


@dataclass
class _Progress:
    """How a sitting went."""

    seconds: float = 0.0
    interrupted: bool = False
    last: AdaptationStep | None = None


def _begun(
    args: argparse.Namespace, settings: AdaptationSettings, device: torch.device
) -> tuple[AdaptationFolder, dict[str, Any]]:
    """A new adaptation, put by beside `out`, and what was said of its memory.

    Its batches are smaller than usual where the memory does not suffice, unless --set chose their size.
    """
    from ddsgui.checkpoints.checkpoint import load_generator
    from ddsgui.library.library import Library, split_class
    from ddsgui.memory import free_memory
    from ddsgui.training.few_shot.folder import AdaptationFolder
    from ddsgui.training.pictures import read_pictures

    path = progress_folder(args.out)
    if path.exists():
        raise TrainingError(
            f"{path} is an adaptation under way; go on with it by --resume, remove it, or choose another --out."
        )
    source, class_index = Library().domain(args.source), split_class(args.source)[1]
    config = load_generator(source, class_index=class_index).config
    examples = read_pictures(args.images, config.resolution)
    if not any(change.startswith("batch=") for change in args.changes):
        usual, settings = settings.batch, settings.fitting(config.as_dict(), free_memory(device))
        if settings.batch < usual:
            log.warning(f"The memory suffices for batches of {settings.batch} pictures, not of {usual}.")
    memory = _memory(args, config.as_dict(), settings.batch, device)
    seed = args.seed or 0
    return AdaptationFolder.create(path, source, settings, examples, seed, class_index), memory


def _memory(
    args: argparse.Namespace, config: dict[str, Any], batch: int, device: torch.device
) -> dict[str, Any]:
    from ddsgui.stylegan.memory_estimate import estimate_adaptation

    smaller = batch > 2 and not args.resume
    hint = "give --set batch=2" if smaller else "choose a domain of a lower resolution"
    return check_memory(estimate_adaptation(config, batch), device, args.force, lambda free: hint)


def _resumed(args: argparse.Namespace, device: torch.device) -> tuple[AdaptationFolder, dict[str, Any]]:
    """The adaptation beside `out`, likewise. TrainingError if there is none, or if the options ask for another."""
    from ddsgui.checkpoints.hashing import file_sha256
    from ddsgui.library.library import Library, read_entry
    from ddsgui.training.few_shot.folder import AdaptationFolder
    from ddsgui.training.pictures import read_pictures

    folder = AdaptationFolder.open(progress_folder(args.out))
    other = None
    if args.changes or args.seed not in (None, folder.seed):
        other = "--set or --seed"
    elif args.source is not None and file_sha256(Library().domain(args.source)) != folder.parent:
        other = "--from"
    elif args.images is not None:
        kept = folder.examples_tensor()
        if not kept.equal(read_pictures(args.images, kept.shape[-1])):
            other = "--images"
    if other is not None:
        raise TrainingError(f"An adaptation that is resumed keeps what it began with; leave out {other}.")
    config = read_entry(folder.path / "source.safetensors", "domain").config
    return folder, _memory(args, config, folder.settings.batch, device)


def _adapt(folder: AdaptationFolder, adaptation: FewShotAdaptation) -> _Progress:
    """All steps that are left, or those until Ctrl+C; at the end all is put by."""
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
    """The domain, its discriminator and the sheet; nothing while it still is the source."""
    from ddsgui.checkpoints.checkpoint import discriminator_path, save_discriminator

    if adaptation.step <= adaptation.warm_up:
        return []
    folder.snapshot(adaptation)
    generator = adaptation.generator
    judge = discriminator_path(args.out)
    save_discriminator(adaptation.discriminator, judge, half=True)
    folder.save_domain(
        generator,
        args.out,
        step=adaptation.step,
        name=args.name or args.out.stem,
        title=args.title or "",
        card={"licence": args.licence},
    )
    if args.sheet is None:
        return [args.out, judge]
    import numpy as np

    from ddsgui.evaluation.sheet import contact_sheet
    from ddsgui.images import to_uint8, write_png
    from ddsgui.stylegan.padding import remove_padding
    from ddsgui.synthesis.sampling import picture

    drawn = [
        remove_padding(to_uint8(picture(g, seed, TRUNCATION)[0]), g.config)
        for g in (adaptation.source, generator)
        for seed in range(SHEET)
    ]
    write_png(args.sheet, contact_sheet(np.stack(drawn), SHEET))
    return [args.out, judge, args.sheet]


def _outcome(
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
    written = f"{args.out}: the domain after {steps} of {adaptation.settings.steps} steps"
    text = (
        f"{'Interrupted; --resume goes on. ' if progress.interrupted else ''}"
        f"{written if files else 'The discriminator is still warming up; there is no domain yet'}, "
        f"{progress.seconds:.0f} s. Snapshots and all that --resume needs are in {folder.path}."
    )
    return VerbResult(data, text, INTERRUPTED if progress.interrupted else 0)
