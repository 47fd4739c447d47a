"""The result as a picture file: PNG, JPEG, WebP or TIFF, with its recipe inside."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from PIL import Image

from ddsgui.errors import ImageError
from ddsgui.export.bundle import Picture
from ddsgui.export.content import ExportContent, Progress
from ddsgui.export.options import ExportOptions
from ddsgui.images import XMP_RECIPE_NAME
from ddsgui.xmp import encode_xmp

MAX_JPEG_XMP_BYTES = 65_000  # of one segment
MAX_WEBP_SIDE_PX = 16_383
RECIPE_LEFT_OUT = "The recipe with its masks is too large for a JPEG; PNG, WebP and TIFF carry it."
XMP_TAG = 700  # of TIFF


def draw_result_steps(
    content: ExportContent, options: ExportOptions
) -> Generator[Progress | None, None, Picture]:
    """Return the result, scaled, with its recipe and its latent. Raises ImageError if there is none."""
    picture = content.the_result()
    image = yield from content.scale_steps(picture.image, options.scale or 1)
    return picture.upscaled(image)


def write_png_steps(
    path: Path, picture: Picture, options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write a result as PNG, with its recipe and its latent."""
    yield
    path.write_bytes(picture.encode())
    return ""


def write_jpeg_steps(
    path: Path, picture: Picture, options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write a result as JPEG, with its recipe if there is room for it."""
    yield
    packet, note = _packet(picture), ""
    if len(packet) > MAX_JPEG_XMP_BYTES:
        packet, note = encode_xmp({}), RECIPE_LEFT_OUT
    Image.fromarray(picture.image).save(path, "JPEG", quality=options.quality, subsampling=0, xmp=packet)
    return note


def write_webp_picture_steps(
    path: Path, picture: Picture, options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write a result as WebP, lossless at a quality of 100, with its recipe."""
    yield
    image = Image.fromarray(picture.image)
    if max(image.size) > MAX_WEBP_SIDE_PX:
        raise ImageError(f"WebP has no room for {image.width} × {image.height} pixels. Choose PNG or TIFF.")
    lossless = options.quality == 100
    image.save(path, "WEBP", quality=options.quality, method=6, lossless=lossless, xmp=_packet(picture))
    return ""


def write_tiff_steps(
    path: Path, picture: Picture, options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write a result as TIFF with its recipe.

    Not compressed: libtiff would keep all other threads, and so the window, from working.
    """
    yield
    tags = {XMP_TAG: _packet(picture)}
    Image.fromarray(picture.image).save(path, "TIFF", tiffinfo=tags)
    return ""


def _packet(picture: Picture) -> bytes:
    recipe = picture.recipe
    return encode_xmp({} if recipe is None else {XMP_RECIPE_NAME: recipe.as_dict()})
