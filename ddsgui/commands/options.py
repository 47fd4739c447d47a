"""Options, checks and results that the verbs of the command line share."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ddsgui.device import DEVICES
from ddsgui.errors import DeviceError
from ddsgui.memory import free_memory
from ddsgui.stylegan.memory_estimate import WARN_FROM_BYTES, MemoryEstimate

if TYPE_CHECKING:
    import torch

# argparse gives the class of add_subparsers() no public name.
Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
INTERRUPTED = 130  # exit code

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VerbResult:
    """The result of a verb, for programs and for people."""

    data: dict[str, Any]  # for --json
    text: str  # for people
    exit_code: int = 0


def add_verb(
    verbs: Verbs, name: str, run: Callable[[argparse.Namespace], VerbResult], summary: str, example: str
) -> argparse.ArgumentParser:
    """Add a parser with what every verb has: a summary, an example, --json and --library."""
    parser = verbs.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object; logs go to stderr")
    # Without a default, which would replace the value given before the verb.
    add_library(parser, default=argparse.SUPPRESS)
    parser.set_defaults(run=run)
    return parser


def add_library(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Add --library, before or after the verb."""
    parser.add_argument(
        "--library",
        type=Path,
        metavar="DIR",
        default=default,
        help="the folder of your own domains and parts, instead of the usual one",
    )


def add_device(parser: argparse._ActionsContainer) -> None:
    """Add --device, for the verbs that compute."""
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (default: auto)")


def add_changes(parser: argparse._ActionsContainer, example: str) -> None:
    """Add --set NAME=VALUE, as `changes`, for the verbs with too many settings for an option each."""
    parser.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"any other setting, such as {example}; may be given several times",
    )


def add_truncation(parser: argparse.ArgumentParser) -> None:
    """Add --truncation, for the verbs that draw seeds."""
    parser.add_argument(
        "--truncation",
        type=float,
        default=0.8,
        metavar="PSI",
        help="0 draws the mean picture, 1 the widest variety (default: 0.8)",
    )


def add_force(parser: argparse._ActionsContainer) -> None:
    """Add --force, for the verbs that may need more memory than is free."""
    parser.add_argument(
        "--force", action="store_true", help="try even if there seems to be too little memory"
    )


def check_memory(
    estimate: MemoryEstimate,
    device: torch.device,
    force: bool = False,
    lighter: Callable[[int], str | None] = lambda free: None,
) -> dict[str, Any]:
    """Log the memory that a task needs and return it for --json, before the task uses it.

    lighter: returns advice besides closing programs, such as "choose the preset fast", given the free bytes.

    Raises DeviceError if the task cannot fit, unless `force`.
    """
    free = free_memory(device)
    sentence = estimate.sentence(free)
    if free is not None and not estimate.fits(free) and not force:
        advice = ", ".join(filter(None, ("close other programs", lighter(free))))
        raise DeviceError(f"{sentence[:-1]}; {advice}, or try anyway with --force.")
    if estimate.bytes >= WARN_FROM_BYTES:
        log.warning(sentence)
    return {"needed": estimate.bytes, "free": free}
