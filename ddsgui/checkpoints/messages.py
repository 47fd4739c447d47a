"""Sentences about files that are damaged or incomplete."""

from __future__ import annotations

from pathlib import PurePath

from ddsgui.errors import CheckpointError

# The endings that browsers and download managers give to unfinished downloads.
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".opdownload", ".aria2", ".tmp")


def printable_text(text: object, length: int = 40) -> str:
    """Return text from a file, shortened and without control characters, to be quoted in a sentence."""
    return "".join(letter for letter in str(text)[:length] if letter.isprintable())


def damaged_error(name: str, where: str = "") -> CheckpointError:
    """Return the error for a file whose content contradicts itself; `where` names the damage."""
    if PurePath(name).suffix.lower() in _UNFINISHED:
        return truncated_error(name)
    if where:
        return CheckpointError(f"{name} is damaged: {where}; download it again.")
    return CheckpointError(f"{name} is damaged or was not downloaded completely; download it again.")


def truncated_error(name: str, expected: int | None = None, size: int = 0) -> CheckpointError:
    """Return the error for a file that ends too early; `expected` and `size` in bytes if it says how long it is."""
    if PurePath(name).suffix.lower() in _UNFINISHED:
        return CheckpointError(f"{name} is an unfinished download; let it finish, or download it again.")
    how_far = f"after {size:,} of {expected:,} bytes" if expected else "too early"
    return CheckpointError(f"{name} ends {how_far}: it was not downloaded completely; download it again.")
