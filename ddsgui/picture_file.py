"""Picture files of any kind that Pillow reads: opened by their content, upright, in 8 bits and in sRGB."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from ddsgui.errors import ImageError
from ddsgui.file_signatures import HEAD_BYTES, description_of, is_model, kind_of_file
from ddsgui.paths import reason_of

MAX_IMAGE_PIXELS = 64_000_000  # below Pillow's own limit, so that Pillow never has to warn
JPEG_END = b"\xff\xd9"
# A JPEG whose end is missing is opened if at most this fraction of its rows is.
MAX_MISSING_FRACTION = 0.1
JPEG_FILLING = 128  # of all channels, where a JPEG has no data
# Two profiles count as the same if no colour changes by more than this.
SAME_COLOUR_LEVELS = 2
PROBE_LEVELS = range(0, 256, 51)

# Programs save whole workflows in their PNGs. Pillow refuses a megabyte of packed text, but bounds the sum, too.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY


@contextmanager
def open_picture(path: Path) -> Iterator[Image.Image]:
    """Yield the decoded picture; any error in the file, here or in the caller, becomes an ImageError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a file is read or refused, without Pillow's warnings
            image = Image.open(path)
            with image:
                if image.width * image.height > MAX_IMAGE_PIXELS:
                    raise ImageError(
                        f"{path} has {image.width} × {image.height} pixels;"
                        f" pictures up to {MAX_IMAGE_PIXELS // 1_000_000} megapixels can be read."
                    )
                try:
                    image.load()
                except OSError:
                    if image.format != "JPEG":
                        raise
                    image = _without_end(path)
                yield image
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"There is no file {path}.") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path} has far too many pixels to be read.") from error
    except Image.UnidentifiedImageError as error:
        raise _foreign_error(path) from error
    except Exception as error:  # on broken data Pillow's decoders raise nearly anything
        reason = "it is damaged or cut short"
        if isinstance(error, OSError) and error.errno:
            reason = reason_of(error)
        raise ImageError(f"{path} cannot be read: {reason}.") from error


def is_picture(path: Path) -> bool:
    """Return whether a file is a picture that Pillow knows, by its first bytes; it may still be damaged."""
    try:
        with path.open("rb") as file:
            if is_model(file.read(HEAD_BYTES)):  # Pillow has plugins for formats without a signature
                return False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path):
                return True
    except Exception:  # on broken data Pillow's plugins raise nearly anything
        return False


def upright(image: Image.Image) -> Image.Image:
    """Return a picture turned as its camera was held, in 8 bits per channel."""
    return to_eight_bit(ImageOps.exif_transpose(image))


def to_eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit or 32-bit greyscale, integer or float, to 8 bits; Pillow would clip it to white."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = sample_values(image)
    scaled = np.clip(np.rint(values / white_level(image.mode, values) * 255), 0, 255)
    eight_bit = Image.fromarray(scaled.astype(np.uint8))
    eight_bit.info = image.info
    return eight_bit


def sample_values(image: Image.Image) -> np.ndarray:
    """Return the values of a greyscale picture of 16 or 32 bits, float64 [H, W], without negative ones."""
    values = np.array(image)
    if values.dtype == np.int32 and values.min() < 0:
        values = values.astype(np.uint32)  # Pillow has no mode of 32 bits without a sign
    return np.nan_to_num(values.astype(np.float64)).clip(0)


def white_level(mode: str, values: np.ndarray) -> float:
    """Return the value that stands for white in a greyscale picture of 16 or 32 bits, of one of Pillow's modes."""
    if mode.startswith("F"):
        return 1.0 if values.max() <= 1 else 255.0
    return next(white for white in (2.0**16 - 1, 2.0**31 - 1, 2.0**32 - 1) if white >= values.max())


def to_srgb(image: Image.Image) -> Image.Image:
    """Return a picture of 8 bits as RGB, or RGBA if any of it is transparent, converted from its colour profile.

    A profile that is damaged, or belongs to another kind of picture, is ignored.
    """
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile:
        colours = image if image.mode in ("L", "CMYK") else image.convert(mode)
        try:
            transform = ImageCms.buildTransform(
                io.BytesIO(profile), _srgb(), colours.mode, "RGB" if colours.mode != "RGBA" else "RGBA"
            )
            if _changes_colours(transform, colours.mode):
                return ImageCms.applyTransform(colours, transform) or colours
        except ImageCms.PyCMSError:
            pass
    return image.convert(mode)


def _changes_colours(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Return whether a transform changes the colours of RGB; those of other modes always change."""
    if mode not in ("RGB", "RGBA"):
        return True
    colours = np.array([list(product(PROBE_LEVELS, repeat=3))], dtype=np.uint8)
    probe = Image.fromarray(colours).convert(mode)
    after = ImageCms.applyTransform(probe, transform)
    assert after is not None  # not in place
    differences = np.array(after.convert("RGB")).astype(int) - colours
    return bool(np.abs(differences).max() > SAME_COLOUR_LEVELS)


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _without_end(path: Path) -> Image.Image:
    """Return a JPEG whose last bytes are missing, with grey in place of missing rows.

    Raises OSError if it has an end, and ImageError if much of it is missing.
    """
    content = _content(path)
    if content.endswith(JPEG_END):
        raise OSError("not cut short, but damaged")
    image = Image.open(io.BytesIO(content + JPEG_END))
    image.load()
    rows = np.array(image).reshape(image.height, -1)
    missing = image.height - 1 - np.flatnonzero((rows != JPEG_FILLING).any(axis=1)).max(initial=-1)
    if missing > MAX_MISSING_FRACTION * image.height:
        raise ImageError(f"{path} cannot be read: {missing} of its {image.height} rows are missing.")
    image.info["note"] = f"{path} ends too early; " + (
        f"its last {missing} rows are grey." if missing else "its last pixels may be wrong."
    )
    return image


def _content(path: Path) -> bytes:
    # A picture in a zip comes as bytes with a name: see training/pictures.py.
    return path.getvalue() if isinstance(path, io.BytesIO) else path.read_bytes()


def _foreign_error(path: Path) -> ImageError:
    in_memory = isinstance(path, io.BytesIO)
    what = description_of(path.getvalue()[:HEAD_BYTES]) if in_memory else kind_of_file(path)
    is_what = f"is {what}, not a picture" if what else "is not a picture that can be read"
    return ImageError(f"{path} {is_what}. Use PNG, JPEG, WebP or TIFF.")
