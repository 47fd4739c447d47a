"""The files in a folder of pictures, the same for the window and the command line."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

from ddsgui.paths import reason_of


def is_hidden(name: PurePath) -> bool:
    """Return whether a file within a folder or zip belongs to the system."""
    # macOS writes ._1.jpg next to 1.jpg on other systems' disks, and adds a folder of metadata to each zip.
    return any(part.startswith(".") or part == "__MACOSX" for part in name.parts)


def files_below(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the files of a folder with its subfolders, linked ones too, by name, without hidden ones.

    Also return a sentence about each subfolder that cannot be read. Raises OSError if the folder itself cannot be.
    """
    files: list[Path] = []
    problems: list[str] = []
    visited: set[tuple[int, int]] = set()

    def report(error: OSError) -> None:
        if str(error.filename) == str(folder):
            raise error
        problems.append(f"{error.filename} cannot be read: {reason_of(error)}.")

    for place, folders, names in os.walk(folder, onerror=report, followlinks=True):
        status = os.stat(place)  # noqa: PTH116 — of a text
        if (status.st_dev, status.st_ino) in visited:  # a link to a folder above it
            folders.clear()
            continue
        visited.add((status.st_dev, status.st_ino))
        files += [Path(place, name) for name in names]
    visible = {file.relative_to(folder).as_posix(): file for file in files}
    return [visible[name] for name in sorted(visible) if not is_hidden(PurePath(name))], problems
