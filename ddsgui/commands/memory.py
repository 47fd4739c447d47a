"""The memory that a verb will need: said before it is used, and refused where it is not there."""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING, Any

from ddsgui.errors import DeviceError
from ddsgui.gan.footprint import WORTH_SAYING, Footprint
from ddsgui.memory import free_memory

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)


def add_force(parser: argparse._ActionsContainer) -> None:
    """--force, for the verbs that may need more memory than there is."""
    parser.add_argument(
        "--force", action="store_true", help="try even if the memory does not seem to suffice"
    )


def check_memory(
    footprint: Footprint, device: torch.device, force: bool = False, hint: str = ""
) -> dict[str, Any]:
    """Say what a task needs; the same for --json. DeviceError if it cannot fit, unless `force`.

    hint: what else than closing programs would help, as in "choose the preset fast, ".
    """
    free = free_memory(device)
    sentence = footprint.sentence(free)
    if not footprint.fits(free) and not force:
        raise DeviceError(f"{sentence[:-1]}; close other programs, {hint}or try anyway with --force.")
    if footprint.bytes >= WORTH_SAYING:
        log.warning(sentence)
    return {"needed": footprint.bytes, "free": free}
