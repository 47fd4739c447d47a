"""Which part is meant: PART, PART#CLASS, a mask image, or several of them with commas between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ddsgui.images import IMAGE_SUFFIXES


@dataclass(frozen=True)
class PartChoice:
    """One part, or one mask image, out of a user's text."""

    name: str  # library name, part file, or mask image
    class_name: str | None = None  # after the #: a class's name, or its number from 1; None: the first class

    @property
    def is_mask_image(self) -> bool:
        """True if it names an image, which is a mask as it is."""
        return self.name.lower().endswith(IMAGE_SUFFIXES)


def part_choices(text: str) -> tuple[PartChoice, ...]:
    """Return the parts that a text names; () for none.

    The path of a file that exists is taken as it is, with its commas and #.
    """
    if not text:
        return ()
    if Path(text).is_file() or "," not in text:
        return (_choice(text),)
    return tuple(_choice(piece.strip()) for piece in text.split(",") if piece.strip())


def _choice(text: str) -> PartChoice:
    name, mark, class_name = text.rpartition("#")
    if not mark or not name or Path(text).is_file():
        return PartChoice(text)
    return PartChoice(name, class_name)
