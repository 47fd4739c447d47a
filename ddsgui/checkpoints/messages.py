"""What is said of files that do not hold together."""

from __future__ import annotations

from pathlib import PurePath

from ddsgui.errors import CheckpointError

# How browsers and download managers call what has not come in full.
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".opdownload", ".aria2", ".tmp")


def printable_text(text: object, length: int = 40) -> str:
    """Something out of a file, fit to stand in a sentence."""
    return "".join(letter for letter in str(text)[:length] if letter.isprintable())


def damaged_error(name: str, where: str = "") -> CheckpointError:
    """A file whose content contradicts itself."""
    if PurePath(name).suffix.lower() in _UNFINISHED:
        return truncated_error(name)
    if where:
        return CheckpointError(f"{name} is damaged: {where}; get it again.")
    return CheckpointError(f"{name} is damaged or was not downloaded completely; get it again.")


def truncated_error(name: str, expected: int | None = None, size: int = 0) -> CheckpointError:
    """A file that ends before it should; `expected` and `size` in bytes if it says how long it is."""
    if PurePath(name).suffix.lower() in _UNFINISHED:
        return CheckpointError(f"{name} is an unfinished download; let it finish, or get it again.")
    how_far = f" after {size:,} of {expected:,} bytes" if expected else " before its end"
    return CheckpointError(f"{name} breaks off{how_far}: it was not downloaded completely; get it again.")
