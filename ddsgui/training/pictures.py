"""Pictures to learn from: a folder or a zip of any pictures becomes one tensor of squares."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import cast

import cv2
import numpy as np
import torch
from torch import Tensor

from ddsgui.errors import ImageError
from ddsgui.images import downscale, read_image
from ddsgui.paths import reason_of
from ddsgui.picture_folder import files_below, is_hidden
from ddsgui.steps import result_of
from ddsgui.stylegan.padding import centre_crop

MAX_MEMBER_BYTES = 200_000_000  # of one picture's file within a zip, unpacked
HOLD_OUT_SEED = 100

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class SquarePictures:
    """Pictures cut to squares of one side, and the sides that they had before they were resized."""

    images: Tensor  # uint8 [N, 3, R, R]
    sides: Tensor  # int64 [N], pixels
    names: tuple[str, ...]  # of their files, with folders

    def at(self, which: Tensor) -> SquarePictures:
        """Return some of the pictures: which are indices or a mask [N]."""
        names = np.array(self.names, dtype=object)[which.numpy()]
        return SquarePictures(self.images[which], self.sides[which], tuple(names))


def read_pictures(source: Path, resolution: int, size: tuple[int, int] | None = None) -> Tensor:
    """Return all pictures of a folder (with its subfolders) or of a zip as uint8 [N, 3, R, R], in order of names.

    Each is cropped to its central square and resized by area; see fit_square() for `size`. Every file that is left out
    is logged with the reason. Nothing is unpacked to the disk. Raises ImageError if there is no picture.
    """
    return result_of(read_pictures_steps(source, resolution, size)).images


def read_pictures_steps(
    source: Path, resolution: int, size: tuple[int, int] | None = None
) -> Generator[tuple[int, int], None, SquarePictures]:
    """Read like read_pictures(), yielding the number of pictures read and of all."""
    names: list[str] = []
    sides: list[int] = []
    with _opened(source) as files:
        pictures = torch.empty(len(files), 3, resolution, resolution, dtype=torch.uint8)
        for number, name in enumerate(sorted(files), 1):
            try:
                picture = files[name]()
            except ImageError as error:
                log.warning(f"Left out: {error}")
            else:
                pictures[len(names)] = torch.from_numpy(fit_square(picture, resolution, size)).movedim(-1, 0)
                sides.append(min(picture.shape[:2]))
                names.append(name)
            yield number, len(files)
    if not names:
        raise ImageError(
            f"There are no pictures in {source}. PNG, JPEG, WebP and TIFF files are accepted, among others."
        )
    return SquarePictures(pictures[: len(names)], torch.tensor(sides), tuple(names))


def fit_square(picture: np.ndarray, side: int, size: tuple[int, int] | None = None) -> np.ndarray:
    """Return the middle of uint8 [H, W, 3] as a square of `side` pixels, reduced by area or enlarged cubically.

    size: width and height of the pictures of a domain that are not square: the middle of their shape, with black
    bars around it.
    """
    width, height = size or (side, side)
    scale = min(picture.shape[0] / height, picture.shape[1] / width)
    cut = centre_crop(picture, (max(1, round(width * scale)), max(1, round(height * scale))))
    if cut.shape[:2] != (height, width):
        cut = cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC)
    if (width, height) == (side, side):
        return cut
    square = np.zeros((side, side, 3), np.uint8)
    centre_crop(square, (width, height))[:] = cut
    return square


def hold_out(count: int, held_out: int, seed: int = HOLD_OUT_SEED) -> tuple[Tensor, Tensor]:
    """Return indices of `count` pictures to train on, in order, and of the `held_out` that never are: int64, int64.

    The same count, number and seed hold out the same pictures. Raises ImageError if nothing would be left.
    """
    if not 0 <= held_out < count:
        raise ImageError(
            f"{held_out} of {count} pictures cannot be held out. At least one must be left to learn from."
        )
    order = np.random.default_rng(seed).permutation(count)
    return torch.from_numpy(np.sort(order[held_out:])), torch.from_numpy(order[:held_out].copy())


def as_images(pictures: Tensor) -> Tensor:
    """Return uint8 [N, 3, R, R] as float32 in [-1, 1]."""
    return pictures.float() / 127.5 - 1


class RealPictures:
    """Random batches of training pictures at two sides; the smaller ones are cached."""

    def __init__(self, pictures: Tensor, mirror: bool, rng: torch.Generator) -> None:
        """pictures: uint8 [N, 3, R, R]. mirror: mirror half of the batches. rng: on the CPU."""
        self.pictures, self._mirror, self._rng = pictures, mirror, rng
        self._smaller = pictures

    def draw(self, count: int, side: int) -> tuple[Tensor, Tensor]:
        """Return the same pictures at a side r and in full: float32 [count, 3, r, r], [count, 3, R, R] in [-1, 1]."""
        if self._smaller.shape[-1] != side:
            self._smaller = downscale(self.pictures, side)
        device = self.pictures.device
        which = torch.randint(len(self.pictures), (count,), generator=self._rng)
        flip = torch.rand(count, generator=self._rng) < (0.5 if self._mirror else 0)
        which, flip = which.to(device), flip.to(device)[:, None, None, None]
        small, large = (as_images(p[which]) for p in (self._smaller, self.pictures))
        return torch.where(flip, small.flip(3), small), torch.where(flip, large.flip(3), large)


class _Member(io.BytesIO):
    """A picture in a zip, whose name appears in messages."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.called = name

    def __str__(self) -> str:
        return self.called


@contextmanager
def _opened(source: Path) -> Iterator[dict[str, Callable[[], np.ndarray]]]:
    """Yield, by name with slashes, functions that read the files."""
    try:
        if source.is_dir():
            files, problems = files_below(source)
            for problem in problems:
                log.warning(f"Left out: {problem}")
            yield {path.relative_to(source).as_posix(): _reader(path) for path in files}
        elif zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                yield {
                    info.filename: _member_reader(archive, info, source.name)
                    for info in archive.infolist()
                    if not info.is_dir() and not is_hidden(PurePosixPath(info.filename))
                }
        elif source.exists():
            raise ImageError(f"{source} is neither a folder nor a zip of pictures.")
        else:
            raise ImageError(f"There is no folder or zip {source}.")
    except zipfile.BadZipFile as error:
        raise ImageError(f"The zip {source} is damaged. Download or pack it again.") from error
    except OSError as error:
        raise ImageError(f"{source} cannot be read: {reason_of(error)}.") from error


def _reader(path: Path) -> Callable[[], np.ndarray]:
    return lambda: read_image(path)


def _member_reader(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, zip_name: str
) -> Callable[[], np.ndarray]:
    name = f"{info.filename} in {zip_name}"

    def read() -> np.ndarray:
        if info.file_size > MAX_MEMBER_BYTES:  # zipfile never unpacks more than this header says
            raise ImageError(
                f"{name} is {info.file_size // 1_000_000} MB large, which is too large for a picture."
            )
        try:
            content = archive.read(info)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            locked = info.flag_bits & 1
            reason = "it is locked with a password" if locked else "the zip is damaged"
            raise ImageError(f"{name} cannot be read: {reason}.") from error
        except Exception as error:  # zlib, lzma and bz2 each have an error of their own
            raise ImageError(f"{name} cannot be read: the zip is damaged.") from error
        # Pillow reads an open file as well as a path; only messages ask for its name.
        return read_image(cast("Path", _Member(content, name)))

    return read
