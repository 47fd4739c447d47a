"""The verbs `ddsgui segment train` and `ddsgui segment apply`."""

from __future__ import annotations

from ddsgui.commands import segment_apply, segment_train
from ddsgui.commands.options import Verbs


def add(verbs: Verbs) -> None:
    """Add `segment train` and `segment apply`."""
    parser = verbs.add_parser("segment", help="learn a part from a painted mask, or find it in pictures")
    parts = parser.add_subparsers(metavar="train|apply", required=True)
    segment_train.add(parts)
    segment_apply.add(parts)
