"""What all verbs of the command line share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

# argparse gives the class of add_subparsers() no public name.
Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
INTERRUPTED = 130  # exit code
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Outcome:
    """What a verb did."""

    data: dict[str, Any]  # for --json
    text: str  # for people
    exit_code: int = 0


def add_verb(
    verbs: Verbs, name: str, run: Callable[[argparse.Namespace], Outcome], summary: str, example: str
) -> argparse.ArgumentParser:
    """A parser with what every verb has: a summary, an example, --json and --library."""
    parser = verbs.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object; logs go to stderr")
    # Without a default: one would take the place of what stands before the verb.
    add_library(parser, default=argparse.SUPPRESS)
    parser.set_defaults(run=run)
    return parser


def add_library(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """--library, before or behind the verb."""
    parser.add_argument(
        "--library",
        type=Path,
        metavar="DIR",
        default=default,
        help="the folder of your own domains and parts, instead of the usual one",
    )


def add_device(parser: argparse._ActionsContainer) -> None:
    """--device, for the verbs that compute."""
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (default: auto)")


def add_changes(parser: argparse._ActionsContainer, example: str) -> None:
    """--set NAME=VALUE, as `changes`, for the verbs whose settings are too many for an option each."""
    parser.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"any other setting, such as {example}; may be given again",
    )


def add_truncation(parser: argparse.ArgumentParser) -> None:
    """--truncation, for the verbs that draw seeds."""
    parser.add_argument(
        "--truncation",
        type=float,
        default=0.8,
        metavar="PSI",
        help="0 draws the mean picture, 1 the widest variety (default: 0.8)",
    )
