"""Masks in picture files of any kind: shades of grey, one colour, opacity, or the numbers of classes.

The content decides how a mask is meant, because programs differ: 255 or 1 for the part, 16 bits with values to 255, a
palette with the numbers of classes, a shape on a transparent layer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ddsgui.errors import ImageError
from ddsgui.picture_file import open_picture, sample_values, white_level
from ddsgui.text import listing

# A picture with more values than this, or with this value or a larger one, has no classes but shades of grey.
MAX_LABELS, MIN_SHADE = 32, 64
MAX_PALETTE_LABELS = 64  # a palette with more colours belongs to a photograph
MAX_TINTS = 8  # of one hue, that may be classes in a palette
MAX_LISTED_CLASSES = 12
# A picture is transparent if more than this fraction of its pixels is seen through. Fewer are a program's accident.
TRANSPARENT_FRACTION = 0.001
# What is seen of a transparent picture is a mask in black and white if both have more than this fraction of it.
BLACK_AND_WHITE_FRACTION = 0.01
# A picture is in colour if more than this fraction of its pixels is further than this distance from the line in RGB on
# which the pixels of a mask are.
COLOURFUL_FRACTION, COLOUR_DISTANCE_LEVELS = 0.1, 8
MAX_COLOUR_SAMPLES = 65_536
SATURATED_LEVELS = 64  # between the largest and the smallest channel of a colour that is not a shade of grey


@dataclass(frozen=True, eq=False)
class MaskFile:
    """A mask as it was read, and a sentence about how, where that is not plain."""

    mask: np.ndarray  # uint8 [H, W], 255 where the part is
    note: str = ""
    classes: tuple[int, ...] = ()  # of a label picture of which no class was asked for, if it has several


def read_mask(path: Path, class_name: str | None = None, size: tuple[int, int] | None = None) -> MaskFile:
    """Read a mask from a picture.

    class_name: the number of the class that is the part; by default, all classes but 0 are. size: the (H, W) that the
    mask must have; a mask belongs to one picture and is never resized.

    Raises ImageError if the file cannot be read, has another size, is a picture in colour, has no such class, or
    leaves the mask empty.
    """
    with open_picture(path) as picture:
        read = _read(ImageOps.exif_transpose(picture), str(path), class_name)
        note = picture.info.get("note", "")
    _check_size(read.mask, size, str(path))
    return replace(read, note=" ".join(filter(None, (note, read.note))))


def mask_of(rgba: np.ndarray, size: tuple[int, int], place: str) -> MaskFile:
    """Return the mask in an image in memory, uint8 [H, W, 4], as read_mask() does. place: "in the clipboard"."""
    read = _read(Image.fromarray(rgba), f"The picture {place}")
    _check_size(read.mask, size, place)
    return read


def _read(image: Image.Image, name: str, class_name: str | None = None) -> MaskFile:
    labels = _labels(image, class_name is not None)
    return _shades(name, image) if labels is None else _classes(name, labels, class_name)


def _check_size(mask: np.ndarray, size: tuple[int, int] | None, name: str) -> None:
    if size is not None and mask.shape != size:
        has, needs = (f"{width} × {height}" for height, width in (mask.shape, size))
        raise ImageError(f"The mask {name} is {has} pixels; these pictures are {needs}.")


def _labels(image: Image.Image, wanted: bool) -> np.ndarray | None:
    """Return the class of each pixel, integers [H, W]; None if the picture has shades instead.

    wanted: a class was asked for, so that all pictures but those in colour have classes.
    """
    if image.mode in ("P", "PA"):
        numbers = np.array(image.getchannel(0) if image.mode == "PA" else image)
        return numbers.astype(np.int64) if wanted or _has_palette_of_classes(image, numbers) else None
    if image.mode == "1":
        return np.array(image).astype(np.int64) if wanted else None
    if image.mode.startswith(("I", "F")):
        values = sample_values(image)
        if not (values == np.rint(values)).all() or (image.mode == "F" and values.max() <= 1):
            return None
    else:
        rgba = np.array(image.convert("RGBA"))
        values = rgba[..., :3].max(axis=2)
        is_grey = (rgba[..., :3] == values[..., None]).all()
        if (not is_grey and values.max() >= MIN_SHADE) or (not wanted and _is_transparent(rgba[..., 3])):
            return None
    is_dark = values.max() < MIN_SHADE and len(np.unique(values)) <= MAX_LABELS
    return values.astype(np.int64) if wanted or is_dark else None


def _has_palette_of_classes(image: Image.Image, numbers: np.ndarray) -> bool:
    """Return whether the colours of a palette stand for classes, and not for the shades between two colours."""
    if image.has_transparency_data and _is_transparent(np.array(image.convert("RGBA").getchannel("A"))):
        return False
    used, first = np.unique(numbers, return_index=True)
    colours = np.array(image.convert("RGB")).reshape(-1, 3)[first]
    if len(used) > MAX_PALETTE_LABELS:
        return False
    if colours.max() < MIN_SHADE:
        return True
    # Programs that save space turn a mask of shades, too, into a palette; its colours are near one line in RGB.
    if _distances(colours).max() > COLOUR_DISTANCE_LEVELS:
        return True
    is_tinted = (colours.max(axis=1) - colours.min(axis=1)).max() >= SATURATED_LEVELS
    # Number 0 is the ground, which is black if any colour is.
    has_ground = used[0] == 0 and (not colours[0].any() or colours.any(axis=1).all())
    return bool(is_tinted and len(used) <= MAX_TINTS and has_ground)


def _classes(name: str, labels: np.ndarray, class_name: str | None) -> MaskFile:
    numbers = np.unique(labels)
    numbers = numbers[numbers != 0]
    if not len(numbers):
        raise _empty_error(name)
    names = listing([str(number) for number in numbers[:MAX_LISTED_CLASSES]])
    if len(numbers) > MAX_LISTED_CLASSES:
        names += f" and {len(numbers) - MAX_LISTED_CLASSES} more"
    if class_name is None:
        note = f"{name} has numbers of classes. All but 0 are the part: {names}."
        return MaskFile(_mask(labels != 0), note, tuple(numbers.tolist()) if len(numbers) > 1 else ())
    if not class_name.strip().isdecimal() or int(class_name) not in numbers:
        raise ImageError(f"{name} has no class {class_name}; it has {names}.")
    return MaskFile(_mask(labels == int(class_name)))


def _mask(part: np.ndarray) -> np.ndarray:
    return part.astype(np.uint8) * np.uint8(255)


def _shades(name: str, image: Image.Image) -> MaskFile:
    """Return the mask in the opacity or the shades of a picture; the brightest becomes white where it is dark."""
    note = ""
    if image.mode.startswith(("I", "F")):
        shades = sample_values(image)
        white = white_level(image.mode, shades)
    else:
        rgba = np.array(image.convert("RGBA"))
        white = 255.0
        if _is_transparent(rgba[..., 3]):
            shades = _opacity(rgba)
        else:
            shades, note = _grey(name, rgba[..., :3])
    brightest = float(shades.max())
    if brightest <= 0:
        raise _empty_error(name)
    if brightest < white / 2:
        note = f"{name} is dark: its brightest value is {brightest:g} of {white:g}; the mask was stretched to it."
        white = brightest
    return MaskFile(np.clip(np.rint(shades / white * 255), 0, 255).astype(np.uint8), note)


def _opacity(rgba: np.ndarray) -> np.ndarray:
    """Return the opacity of a shape on a transparent layer, [H, W]; of a mask in black and white, what is white."""
    colours, alpha = rgba[..., :3], rgba[..., 3]
    visible = colours[alpha >= 128]
    if len(visible):
        black, white = visible.max(axis=1) < MIN_SHADE, visible.min(axis=1) > 255 - MIN_SHADE
        if min(black.mean(), white.mean()) > BLACK_AND_WHITE_FRACTION and not _is_colourful(visible):
            return colours.max(axis=2) * (alpha / 255)
    return alpha


def _is_transparent(alpha: np.ndarray) -> bool:
    """Return whether a picture has a shape by its opacity, uint8 [H, W]; an even veil over all of it is none."""
    if alpha.min() == alpha.max():
        return False
    return bool((alpha < 128).mean() > TRANSPARENT_FRACTION)


def _grey(name: str, colours: np.ndarray) -> tuple[np.ndarray, str]:
    """Return the grey of an opaque mask, uint8 [H, W, 3], and a note; one colour on black counts as white.

    Raises ImageError if it is a picture in colour.
    """
    if _is_colourful(colours):
        raise ImageError(
            f"{name} is a picture in colour, not a mask. A mask is white where the part is and black elsewhere."
        )
    brightness = colours.max(axis=2)
    saturation = int((brightness - colours.min(axis=2)).max())
    has_black = (brightness < MIN_SHADE).mean() > BLACK_AND_WHITE_FRACTION
    if saturation >= SATURATED_LEVELS and has_black:
        return brightness * (255 / brightness.max()), f"{name} has one colour, which counts as white."
    return np.array(Image.fromarray(colours).convert("L")), ""


def _is_colourful(colours: np.ndarray) -> bool:
    """Return whether uint8 […, 3] has more colours than the shades between two colours.

    The pixels of a mask are near one line in RGB, even red on black with soft edges and greys saved as JPEG.
    """
    pixels = colours.reshape(-1, 3)
    distance = _distances(pixels[:: max(1, round(len(pixels) / MAX_COLOUR_SAMPLES))])
    return float((distance > COLOUR_DISTANCE_LEVELS).mean()) > COLOURFUL_FRACTION


def _distances(colours: np.ndarray) -> np.ndarray:
    """Return the distances of colours [N, 3] from the line in RGB that is nearest to them, float32 [N]."""
    pixels = colours.astype(np.float32)
    pixels -= pixels.mean(axis=0)
    direction = np.linalg.eigh(pixels.T @ pixels)[1][:, -1]
    return np.linalg.norm(pixels - np.outer(pixels @ direction, direction), axis=1)


def _empty_error(name: str) -> ImageError:
    return ImageError(f"{name} is an empty mask: no pixel is brighter than black.")
