"""Landmarks: where the corners of the eyes, for instance, lie in each picture, so that pictures can be aligned.

The simplest file is a CSV, one line per picture, all with the same points in the same order:

    file,x0,y0,x1,y1,…
    0001.jpg,0.31,0.42,0.69,0.41,…

x runs to the right and y down, in fractions of the side of the (square) picture. A line with empty cells is a picture
whose points are not known. An NPZ holds the same as two arrays: names [N] and points [N, K, 2].
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from ddsgui.errors import TrainingError
from ddsgui.paths import reason_of

MIN_POINTS = 3  # a warp of the plane needs three
MAX_OVERSHOOT = 0.5  # beyond the picture's edge, as a share of the side: a chin may be cut off
CSV_FORM = "file,x0,y0,x1,y1,… with x and y as fractions of the picture's side"


def read_landmarks(path: Path, names: Sequence[str]) -> np.ndarray:
    """Return the points of the pictures `names`, as in a folder or zip: float64 [N, K, 2], NaN where none are known.

    A name in the file may leave out the folders. Nothing in the file is executed. Raises TrainingError if it is
    neither kind of file or knows none of the pictures.
    """
    try:
        known, points = _read_npz(path) if path.suffix.lower() == ".npz" else _read_csv(path)
    except OSError as error:
        missing = f"There is no file of landmarks {path}."
        sentence = (
            missing if isinstance(error, FileNotFoundError) else f"{path} cannot be read: {reason_of(error)}."
        )
        raise TrainingError(sentence) from error
    _check(path, known, points)
    rows = {name: row for row, name in enumerate(known)}
    numbers = [rows.get(name, rows.get(PurePosixPath(name).name)) for name in names]
    if all(row is None for row in numbers):
        raise TrainingError(
            f"{path} knows none of the {len(names):,} pictures. Use their names in it, such as {names[0]}."
        )
    blank = np.full(points.shape[1:], np.nan)
    return np.stack([blank if row is None else points[row] for row in numbers])


def points_known(points: np.ndarray) -> np.ndarray:
    """Return which pictures have all their points [N, K, 2]: bool [N]."""
    return np.asarray(np.isfinite(points).all((1, 2)))


def _read_csv(path: Path) -> tuple[list[str], np.ndarray]:
    try:
        cells = np.loadtxt(
            path, str, comments=None, delimiter=",", ndmin=2, encoding="utf-8-sig", quotechar='"'
        )
        if len(cells) and cells[0, 0].strip().lower() == "file":
            cells = cells[1:]
        if not len(cells) or cells.shape[1] < 3 or cells.shape[1] % 2 == 0:
            raise ValueError("no lines of a name and pairs")
        numbers = np.char.strip(cells[:, 1:])
        points = np.where(numbers == "", "nan", numbers).astype(np.float64)
    except (ValueError, MemoryError, UserWarning) as error:
        raise TrainingError(f"{path} holds no landmarks. Each line must be {CSV_FORM}.") from error
    return [_slashed(name) for name in cells[:, 0]], points.reshape(len(points), -1, 2)


def _read_npz(path: Path) -> tuple[list[str], np.ndarray]:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            names, points = file["names"], file["points"]
        if names.dtype.kind != "U" or points.dtype.kind not in "fiu":
            raise ValueError("other kinds of arrays")
        if names.ndim != 1 or points.ndim != 3 or len(names) != len(points) or points.shape[2] != 2:
            raise ValueError("arrays that do not fit")
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        EOFError,
        MemoryError,
        NotImplementedError,
        RuntimeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise TrainingError(
            f"{path} holds no landmarks. An NPZ needs names, N texts, and points, N × K × 2 numbers."
        ) from error
    return [_slashed(name) for name in names.tolist()], points.astype(np.float64)


def _check(path: Path, names: list[str], points: np.ndarray) -> None:
    if points.shape[1] < MIN_POINTS:
        raise TrainingError(f"{path} has {points.shape[1]} points per picture. Give {MIN_POINTS} or more.")
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise TrainingError(f"{path} names {twice} twice. Remove one of the lines.")
    known = points[points_known(points)]
    if known.size and not (known.min() >= -MAX_OVERSHOOT and known.max() <= 1 + MAX_OVERSHOOT):
        raise TrainingError(
            f"{path} has points far outside the pictures. Give x and y as fractions of the side, from 0 to 1."
        )


def _slashed(name: str) -> str:
    return name.strip().replace("\\", "/")
