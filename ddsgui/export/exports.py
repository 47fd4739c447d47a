"""One export: a file written next to its place and renamed, under a name that replaces nothing."""

from __future__ import annotations

from collections.abc import Generator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from ddsgui.export.content import ExportContent, Progress
from ddsgui.export.options import ExportOptions
from ddsgui.export.registry import ExportFormat
from ddsgui.paths import write_beside


class Exported(NamedTuple):
    """A file, or a folder of files, that was exported."""

    path: Path
    note: str = ""  # sentences about it, such as where it plays

    @property
    def sentence(self) -> str:
        """A sentence that names it, and the note."""
        return f"Saved {self.path}. {self.note}".strip()


def export_steps(
    path: Path, fmt: ExportFormat, content: ExportContent, options: ExportOptions
) -> Generator[Progress | None, None, Exported]:
    """Draw and save: see save_steps()."""
    drawn = yield from fmt.draw(content, options)
    return (yield from save_steps(path, fmt, drawn, options))


def save_steps(
    path: Path, fmt: ExportFormat, drawn: Any, options: ExportOptions
) -> Generator[Progress | None, None, Exported]:
    """Save what fmt.draw() returned to a path, which is replaced if it exists; needs no network.

    Yields steps done and of how many, None in between. If the generator is closed, or fails, nothing is left behind.
    Raises DdsError, one sentence, if it fails.
    """
    if fmt.is_folder:
        return Exported(path, (yield from fmt.write(path, drawn, options)))
    with write_beside(path) as beside:
        note = yield from fmt.write(beside, drawn, options)
    return Exported(path, note)


def free_path(path: Path) -> Path:
    """Return a path at which there is nothing: the given one, or "name (2).png", "name (3).png", …"""
    if not path.exists():
        return path
    numbered = (path.with_name(f"{path.stem} ({number}){path.suffix}") for number in count(2))
    return next(candidate for candidate in numbered if not candidate.exists())
