"""ddsgui inspect: what a model file is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ddsgui.commands.verb import Outcome, Verbs, add_verb


def add(verbs: Verbs) -> None:
    """The verb and its options."""
    parser = add_verb(
        verbs,
        "inspect",
        run,
        "say what a model file is, without running anything in it",
        "ddsgui inspect model.pt",
    )
    parser.add_argument("file", metavar="FILE", help="model file, or library name of a domain or part")


def run(args: argparse.Namespace) -> Outcome:
    """Read and report."""
    path = locate(args.file)
    from ddsgui.gan.checkpoint import inspect_file

    data = inspect_file(path).as_dict()
    return Outcome(data, "\n".join(_lines(data)))


def locate(file_or_name: str) -> Path:
    """A file, or the domain or part of this name."""
    from ddsgui.library.library import Library

    library = Library()
    if not Path(file_or_name).exists() and file_or_name in {part.name for part in library.parts()}:
        return library.part(file_or_name)
    return library.domain(file_or_name)


def _lines(data: dict[str, Any], indent: str = "") -> list[str]:
    lines = []
    for key, value in data.items():
        if value in (None, "", {}, (), []):
            continue
        name = f"{indent}{key.replace('_', ' ')}"
        if isinstance(value, dict):
            lines += [f"{name}:", *_lines(value, indent + "  ")]
        else:
            lines.append(
                f"{name}: {', '.join(map(str, value)) if isinstance(value, list | tuple) else value}"
            )
    return lines
