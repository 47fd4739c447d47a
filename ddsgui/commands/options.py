"""Options, checks and results that the verbs of the command line share."""

from __future__ import annotations

import argparse
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ddsgui.device import DEVICES
from ddsgui.errors import DdsError
from ddsgui.memory import free_memory
from ddsgui.stylegan.memory_estimate import MemoryEstimate

if TYPE_CHECKING:
    import torch

# argparse gives the class of add_subparsers() no public name.
Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
WRONG_USAGE, INTERRUPTED = 2, 130  # exit codes
USE_FORCE = "start anyway with --force"
UNKNOWN_LICENCE = "unknown"
NATIVE_SUFFIX = ".safetensors"
OUTPUT_FOLDER = Path("ddsgui-out")
TRUNCATION_HELP = "variety of the pictures: 0 draws only the mean picture, 1 the full variety"

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
    """Add a parser with a summary, an example, --json and --library, which every verb has."""
    parser = verbs.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--json", action="store_true", help="print the result as one JSON object; logs go to stderr"
    )
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
        help="folder of your own domains and parts, instead of the usual one",
    )


def add_device(parser: argparse._ActionsContainer) -> None:
    """Add --device, for the verbs that compute."""
    parser.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (default: auto)")


def add_crop(parser: argparse.ArgumentParser) -> None:
    """Add --crop, as `crop`, for the verbs that read a checkpoint whose pictures have padding."""
    parser.add_argument(
        "--crop",
        type=_size,
        metavar="WIDTHxHEIGHT",
        help="size of the picture in the middle of the square, such as 512x384 (default: the part between black bars)",
    )


def add_changes(parser: argparse._ActionsContainer, example: str) -> None:
    """Add --set NAME=VALUE, as `changes`, for the verbs with more settings than options."""
    parser.add_argument(
        "--set",
        dest="changes",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"any other setting, such as {example}; may be given more than once",
    )


def add_output_folder(parser: argparse._ActionsContainer) -> None:
    """Add --out, for the verbs that save the files of a mix."""
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        default=OUTPUT_FOLDER,
        help=f"folder to save in (default: {OUTPUT_FOLDER})",
    )


def add_domain_output(parser: argparse._ActionsContainer, task: str, pictures: str) -> None:
    """Add --out, --name, --title, --licence and --resume, for the verbs that train a domain.

    task: "adaptation"; pictures: "examples".
    """
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help=f"file to write; ends in {NATIVE_SUFFIX}"
    )
    parser.add_argument("--name", help="name of the domain (default: the name of FILE)")
    parser.add_argument("--title", help="title in the window (default: the name)")
    parser.add_argument(
        "--licence", default=UNKNOWN_LICENCE, help=f"licence of the {pictures} and the domain, for its card"
    )
    parser.add_argument("--resume", action="store_true", help=f"resume the {task} saved next to FILE")


def check_native_name(out: Path) -> None:
    """Raise DdsError unless the library would find a file of this name."""
    if out.suffix != NATIVE_SUFFIX:
        raise DdsError(f"{out} must end in {NATIVE_SUFFIX}, so that the library finds it.")


def add_drawing(parser: argparse.ArgumentParser) -> None:
    """Add --domain, --truncation, --device and --force, for the verbs that draw seeds of a domain."""
    group = parser.add_argument_group("what to draw, and how")
    group.add_argument("--domain", required=True, help="library name or model file")
    group.add_argument(
        "--truncation",
        type=real_number,
        default=0.8,
        metavar="PSI",
        help=f"{TRUNCATION_HELP} (default: 0.8)",
    )
    add_device(group)
    add_force(group)


def add_force(parser: argparse._ActionsContainer) -> None:
    """Add --force, for the verbs that may need more memory than is free."""
    parser.add_argument(
        "--force", action="store_true", help="start even if there seems to be too little memory"
    )


def check_memory(
    estimate: MemoryEstimate,
    device: torch.device,
    force: bool = False,
    advice: str | None = None,
) -> dict[str, int | None]:
    """Log the memory that a task needs, if that is much, and return it for --json.

    advice: on how to need less memory. Raises DeviceError if the task cannot fit, unless `force`.
    """
    warning, memory = estimate.check(free_memory(device), force, (advice, USE_FORCE))
    if warning is not None:
        log.warning(warning)
    return memory


def add_network(parser: argparse.ArgumentParser) -> None:
    """Add --network."""
    parser.add_argument(
        "--network",
        default="",
        metavar="NAME",
        help="generator to take from a file that holds several (default: the average, if a name tells which it is)",
    )


def real_number(text: str) -> float:
    """Return the number that a text stands for, with a point or a comma, for argparse."""
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a number; give one such as 0.5") from error


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,3})[x×]([1-9]\d{0,3})", text)
    if match is None:
        raise argparse.ArgumentTypeError("give width and height in pixels, such as 512x384")
    return int(match[1]), int(match[2])
