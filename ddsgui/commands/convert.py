"""The verb `ddsgui convert`: rewrite any readable checkpoint in the native format."""

from __future__ import annotations

import argparse
from pathlib import Path

from ddsgui.commands.options import (
    NATIVE_SUFFIX,
    VerbResult,
    Verbs,
    add_crop,
    add_network,
    add_verb,
    check_native_name,
)
from ddsgui.errors import CheckpointError


def add(verbs: Verbs) -> None:
    """Add the verb and its options."""
    parser = add_verb(
        verbs,
        "convert",
        run,
        "convert any readable checkpoint to a native domain, and check that it draws the same picture",
        "ddsgui convert ffhq.pt --name ffhq --out ffhq.safetensors",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="checkpoint to convert")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=f"file to write; ends in {NATIVE_SUFFIX}"
    )
    parser.add_argument("--name", help="name of the domain (default: as in FILE, or the name of --out)")
    parser.add_argument("--title", help="title in the window (default: as in FILE)")
    add_crop(parser)
    add_network(parser)


def run(args: argparse.Namespace) -> VerbResult:
    """Convert to a temporary file, compare, rename: a file that draws differently never gets its name."""
    from ddsgui.paths import output_folder

    out: Path = args.out
    check_native_name(out)
    from ddsgui.checkpoints.checkpoint import DomainMetadata, discriminator_path
    from ddsgui.checkpoints.model_file import ModelFile
    from ddsgui.commands.progress import show_steps
    from ddsgui.device import memory_guard
    from ddsgui.library.conversion import convert_steps

    with memory_guard():
        file = ModelFile(args.file, args.network)
        if file.kind != "domain":
            raise CheckpointError(
                f"{args.file.name} is a {file.kind}, not a domain, so there is nothing to convert."
            )
        report = file.report()
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
        with output_folder(out.parent):
            has_discriminator = show_steps(convert_steps(file, out, metadata, args.crop), args.file.name)
    discriminator = discriminator_path(out) if has_discriminator else None
    data = {
        "file": str(args.file),
        "out": str(out),
        "format": report.format,
        "name": metadata.name,
        "discriminator": None if discriminator is None else str(discriminator),
    }
    text = f"Saved {out}: the domain {metadata.name} draws the same picture as {args.file.name}."
    if discriminator is not None:
        text += f" Its discriminator, for adaptations, is in {discriminator.name}."
    return VerbResult(data, text)
