"""ddsgui convert: any readable checkpoint to the native format."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ddsgui.commands.verb import Outcome, Verbs, add_verb
from ddsgui.errors import CheckpointError

if TYPE_CHECKING:
    from ddsgui.gan.generator import Generator

NATIVE_SUFFIX = ".safetensors"


def add(verbs: Verbs) -> None:
    """The verb and its options."""
    parser = add_verb(
        verbs,
        "convert",
        run,
        "rewrite any readable checkpoint as a native domain and prove that it draws the same",
        "ddsgui convert ffhq.pt --name ffhq --out ffhq.safetensors",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the checkpoint")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=f"ends in {NATIVE_SUFFIX}")
    parser.add_argument("--name", help="of the domain (default: as in FILE, or the name of --out)")
    parser.add_argument("--title", help="what the window shows (default: as in FILE)")


def run(args: argparse.Namespace) -> Outcome:
    """Convert beside, compare, rename: a file that draws differently never gets its name."""
    from ddsgui.paths import output_folder, write_beside

    out: Path = args.out
    if out.suffix != NATIVE_SUFFIX:
        raise CheckpointError(f"{out} must end in {NATIVE_SUFFIX}, so that the library finds it.")
    from ddsgui.device import memory_guard
    from ddsgui.gan.checkpoint import DomainMetadata, inspect_file, load_generator, save_generator

    with memory_guard():
        report = inspect_file(args.file)
        generator = load_generator(args.file)
        card = report.card or {
            "origin": f"converted from {args.file.name}, {report.format}",
            "sha256": report.sha256,
        }
        metadata = DomainMetadata(
            name=args.name or report.name or out.stem,
            title=args.title if args.title is not None else report.title,
            card=card,
            parent=report.parent,
        )
        with output_folder(out.parent), write_beside(out) as beside:
            save_generator(generator, beside, metadata)
            if not draw_alike(generator, load_generator(beside)):
                raise CheckpointError(
                    f"{args.file.name} draws another picture once converted; nothing was written."
                )
    data = {"file": str(args.file), "out": str(out), "format": report.format, "name": metadata.name}
    return Outcome(data, f"{out}: the domain {metadata.name}; it draws the same picture as {args.file.name}.")


def draw_alike(one: Generator, other: Generator) -> bool:
    """Whether two generators give the same picture for a seed, to a hundredth of a grey level."""
    from ddsgui.synthesis.sampling import draw

    pictures = [draw(generator, 0, truncation=0.7)[0] for generator in (one, other)]
    return float((pictures[0] - pictures[1]).abs().max()) < 0.01 / 127.5
