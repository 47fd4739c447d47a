"""The option --crop, for the verbs that read a checkpoint whose pictures have padding."""

from __future__ import annotations

import argparse
import re


def add_crop(parser: argparse.ArgumentParser) -> None:
    """Add --crop, as `crop`: width and height, or None."""
    parser.add_argument(
        "--crop",
        type=_size,
        metavar="WIDTHxHEIGHT",
        help="size of the picture in the middle of the square, such as 512x384 (default: the part between black bars)",
    )


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,3})[x×]([1-9]\d{0,3})", text)
    if match is None:
        raise argparse.ArgumentTypeError("give width and height in pixels, such as 512x384")
    return int(match[1]), int(match[2])
