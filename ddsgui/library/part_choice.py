"""The parts that a text names: PART, PART#CLASS, a mask image, or several of these with commas between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ddsgui.errors import SegmenterError
from ddsgui.images import IMAGE_SUFFIXES
from ddsgui.paths import expanded
from ddsgui.picture_file import is_picture


@dataclass(frozen=True)
class PartChoice:
    """One part or mask image in a user's text."""

    name: str  # library name, part file, or mask image
    class_name: str | None = None  # after the #: a class's name, or its number from 1; None: the first class

    @property
    def is_mask_image(self) -> bool:
        """True if it names an image that is itself a mask, by its content or, if there is no file, by its ending."""
        path = expanded(self.name)
        if path.is_file() and path.stat().st_size:
            return is_picture(path)
        return self.name.lower().endswith(IMAGE_SUFFIXES)

    @property
    def text(self) -> str:
        """The choice as a user writes it."""
        return self.name if self.class_name is None else f"{self.name}#{self.class_name}"

    def fits(self, classes: Sequence[str]) -> bool:
        """Return whether a part of these classes has the class."""
        try:
            self.class_number(classes)
        except SegmenterError:
            return False
        return True

    def class_number(self, classes: Sequence[str]) -> int:
        """Return the number of the class, from 1, among the classes of the part.

        Raises SegmenterError if the part has no such class.
        """
        wanted = self.class_name
        if wanted is None:
            return 1
        if wanted in classes:
            return classes.index(wanted) + 1
        if wanted.isdecimal() and 1 <= int(wanted) <= len(classes):
            return int(wanted)
        numbered = ", ".join(f"{name} (#{number})" for number, name in enumerate(classes, 1))
        raise SegmenterError(f"{self.name} has no class {wanted}; it has {numbered}.")


def part_choices(text: str) -> tuple[PartChoice, ...]:
    """Return the parts that a text names; () for none.

    The path of a file that exists is one choice, even with commas or a #.
    """
    if not text:
        return ()
    if Path(text).is_file() or "," not in text:
        return (part_choice(text),)
    return tuple(part_choice(piece.strip()) for piece in text.split(",") if piece.strip())


def parts_text(choices: Iterable[PartChoice]) -> str:
    """Return the text that part_choices() reads."""
    return ",".join(choice.text for choice in choices)


def part_choice(text: str) -> PartChoice:
    """Return the one part that a text without commas names."""
    name, mark, class_name = text.rpartition("#")
    if not mark or not name or Path(text).is_file():
        return PartChoice(text)
    return PartChoice(name, class_name)
