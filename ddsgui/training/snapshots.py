"""Snapshots of a training: what its domain was at some steps. Free of torch."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MAX_SNAPSHOTS = 20


@dataclass(frozen=True)
class Snapshot:
    """The domain at a step: a domain file in half precision."""

    step: int
    path: Path


def list_snapshots(folder: Path) -> list[Snapshot]:
    """Return the snapshots in a folder, the oldest first."""
    paths = folder.glob("[0-9]*.safetensors")
    return sorted(
        (Snapshot(int(path.stem), path) for path in paths if path.stem.isdecimal()),
        key=lambda snapshot: snapshot.step,
    )


def thin_snapshots(folder: Path) -> None:
    """Remove snapshots, the most crowded first, until MAX_SNAPSHOTS are left; the first and the newest stay."""
    snapshots = list_snapshots(folder)
    while len(snapshots) > MAX_SNAPSHOTS:
        gaps = [after.step - before.step for before, after in zip(snapshots, snapshots[2:], strict=False)]
        dropped = snapshots.pop(1 + min(range(len(gaps)), key=gaps.__getitem__))
        with suppress(OSError):  # it is open, and is removed the next time
            dropped.path.unlink()
