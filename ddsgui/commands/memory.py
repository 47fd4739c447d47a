"""The memory that a verb will need: said before it is used, and refused where it is not there."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ddsgui.errors import DeviceError
from ddsgui.memory import free_memory
from ddsgui.stylegan.memory_estimate import WARN_FROM_BYTES, MemoryEstimate

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)


def add_force(parser: argparse._ActionsContainer) -> None:
    """--force, for the verbs that may need more memory than there is."""
    parser.add_argument(
        "--force", action="store_true", help="try even if the memory does not seem to suffice"
    )


def check_memory(
    estimate: MemoryEstimate,
    device: torch.device,
    force: bool = False,
    lighter: Callable[[int], str | None] = lambda free: None,
) -> dict[str, Any]:
    """Say what a task needs; the same for --json. DeviceError if it cannot fit, unless `force`.

    lighter: what else than closing programs would help where so many bytes are free, as in "choose the preset fast".
    """
    free = free_memory(device)
    sentence = estimate.sentence(free)
    if free is not None and not estimate.fits(free) and not force:
        advice = ", ".join(filter(None, ("close other programs", lighter(free))))
        raise DeviceError(f"{sentence[:-1]}; {advice}, or try anyway with --force.")
    if estimate.bytes >= WARN_FROM_BYTES:
        log.warning(sentence)
    return {"needed": estimate.bytes, "free": free}
