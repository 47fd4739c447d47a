"""One example picture and the square that is cut out of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from ddsgui.editing.example_crop import MIN_SIDE_PX, Crop
from ddsgui.errors import ImageError
from ddsgui.images import read_image, read_noted_image
from ddsgui.paths import reason_of
from ddsgui.picture_folder import files_below

MAX_EXAMPLES = 50
SMALL_COPY_SIDE_PX = 1024  # the longer side of the copy on screen


@dataclass(frozen=True, eq=False)
class Example:
    """An example picture, kept as a small copy: fifty whole photographs would fill the memory."""

    path: Path
    height: int
    width: int
    small_copy: np.ndarray  # uint8 [h, w, 3], at most SMALL_COPY_SIDE_PX large
    crop: Crop  # in the picture's own pixels
    note: str = ""  # a sentence about what is wrong with the file, although it can be read

    def cropped(self, crop: Crop) -> Example:
        """Return the same picture with another square."""
        return replace(self, crop=crop)

    def preview(self, resolution: int) -> np.ndarray:
        """Return the square at the domain's resolution, cut from the small copy: uint8 [R, R, 3]."""
        scale, crop = self.small_copy.shape[1] / self.width, self.crop
        small = replace(crop, x=crop.x * scale, y=crop.y * scale, side=crop.side * scale)
        return small.apply(self.small_copy, resolution)

    def cut(self, resolution: int) -> np.ndarray:
        """Return the square cut from the file: uint8 [R, R, 3].

        Raises ImageError if the file can no longer be read or holds another picture.
        """
        picture = read_image(self.path)
        if picture.shape[:2] != (self.height, self.width):
            raise ImageError(f"{self.path.name} has changed since it was added. Remove it and add it again.")
        return self.crop.apply(picture, resolution)


def read_example(path: Path) -> Example:
    """Read an example with the largest square. Raises ImageError if it is not a picture or is too small."""
    picture, note = read_noted_image(path)
    height, width = picture.shape[:2]
    if min(height, width) < MIN_SIDE_PX:
        raise ImageError(
            f"{path} has only {width} × {height} pixels. An example needs {MIN_SIDE_PX:.0f} or more on each side."
        )
    scale = min(1.0, SMALL_COPY_SIDE_PX / max(height, width))
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return Example(path, height, width, picture, Crop.whole(height, width), note)


def picture_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files and, for each folder, the files in it with its subfolders, by name; no file twice.

    What is not a picture is among them, so that it can be named. Raises ImageError if a folder cannot be read.
    """
    files: dict[Path, None] = {}
    for path in paths:
        try:
            files |= dict.fromkeys(files_below(path)[0] if path.is_dir() else [path])
        except OSError as error:
            raise ImageError(f"{path} cannot be read: {reason_of(error)}.") from error
    yield from files
