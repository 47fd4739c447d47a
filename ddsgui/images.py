"""Conversion between tensors and uint8 images, and the reading and writing of pictures."""

from __future__ import annotations

import io
import json
import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, PngImagePlugin

from ddsgui.errors import ImageError
from ddsgui.paths import write_beside
from ddsgui.picture_file import open_picture, to_srgb, upright
from ddsgui.text import json_text
from ddsgui.xmp import document_text

if TYPE_CHECKING:
    from torch import Tensor

MAX_PNG_SIDE_PX = 4096  # of a picture inside a project
RECIPE_KEY = "ddsgui"
LATENT_KEY = "ddsgui-latent"
XMP_RECIPE_NAME = "recipe"  # in the metadata of JPEG, WebP and TIFF
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif")

log = logging.getLogger(__name__)


def to_uint8(x: Tensor) -> np.ndarray:
    """Convert [3, H, W] or [N, 3, H, W] in [-1, 1] (clamped) to uint8 [H, W, 3] or [N, H, W, 3]."""
    scaled = x.detach().float().clamp(-1, 1).add(1).mul(127.5).round()
    return scaled.movedim(-3, -1).byte().cpu().contiguous().numpy()


def to_tensor(a: np.ndarray) -> Tensor:
    """Convert uint8 [H, W, 3] to float32 [1, 3, H, W] in [-1, 1]."""
    import torch

    scaled = a.astype(np.float32) / 127.5 - 1
    return torch.from_numpy(scaled).movedim(-1, 0).unsqueeze(0).contiguous()


def downscale(images: Tensor, side: int) -> Tensor:
    """Return images [N, C, R, R] at `side` pixels, averaged over whole squares, or unchanged if they are not larger.

    R is a multiple of `side`. uint8 stays uint8, rounded; float32 passes gradients.
    """
    import torch
    import torch.nn.functional as F

    factor = images.shape[-1] // side
    if factor <= 1:
        return images
    if images.dtype != torch.uint8:
        return F.avg_pool2d(images, factor)
    parts = (F.avg_pool2d(part.float(), factor).round().byte() for part in images.split(256))
    return torch.cat(list(parts))


def thumbnail(image: np.ndarray, side: int) -> np.ndarray:
    """Return an image, uint8 [H, W, …], averaged to at most `side` pixels high and wide; a smaller one as it is."""
    import cv2

    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def read_image(path: Path) -> np.ndarray:
    """Return any picture file as uint8 RGB [H, W, 3] in sRGB, upright and with transparency laid on white.

    What is wrong with a picture that can still be read is logged. Raises ImageError if it cannot be read.
    """
    image, note = read_noted_image(path)
    if note:
        log.warning(note)
    return image


def read_noted_image(path: Path) -> tuple[np.ndarray, str]:
    """Return read_image(), and a sentence about what is wrong with the picture; "" if nothing is."""
    with open_picture(path) as picture:
        colours = to_srgb(upright(picture))
        if colours.mode == "RGBA":
            colours = Image.alpha_composite(Image.new("RGBA", colours.size, "white"), colours)
        return np.array(colours.convert("RGB")), picture.info.get("note", "")


def read_grey(path: Path) -> np.ndarray:
    """Return a greyscale picture as it is, uint8 [H, W]: a mask that ddsgui wrote. Other masks: see mask_file.py.

    Raises ImageError if it cannot be read.
    """
    with open_picture(path) as picture:
        return np.array(picture.convert("L"))


def encode_png(
    array: np.ndarray,
    recipe: dict[str, Any] | None = None,
    latent: dict[str, Any] | None = None,
    *,
    compress_level: int = 6,
) -> bytes:
    """Return uint8 [H, W, 3] or [H, W] as a PNG file, with `recipe` and `latent` as JSON in an iTXt chunk each.

    compress_level: 0 … 9; 3 is nearly three times as fast as 6, and its files are an eighth larger.
    """
    info = PngImagePlugin.PngInfo()
    if recipe is not None:
        # Not compressed: Pillow refuses to inflate more than a megabyte of text.
        info.add_itxt(RECIPE_KEY, json_text(recipe))
    if latent is not None:
        info.add_itxt(LATENT_KEY, json_text(latent))
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG", pnginfo=info, compress_level=compress_level)
    return file.getvalue()


def decode_png(content: bytes, name: str) -> np.ndarray:
    """Return a PNG file's content as uint8 [H, W, 3], or [H, W] if it is greyscale.

    Only PNG, and only these two: the content may come from anywhere, and the fewer decoders see it the better.

    Raises ImageError, which names `name`, if it is anything else or larger than MAX_PNG_SIDE_PX.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
                if max(image.size) > MAX_PNG_SIDE_PX:
                    raise ImageError(f"{name} is larger than {MAX_PNG_SIDE_PX} pixels.")
                if image.mode not in ("RGB", "L"):
                    raise ImageError(f"{name} is not a picture that ddsgui writes.")
                return np.array(image)
    except ImageError:
        raise
    except Exception as error:  # on broken data Pillow's decoders raise nearly anything
        raise ImageError(f"{name} is damaged.") from error


def write_png(path: Path, array: np.ndarray, recipe: dict[str, Any] | None = None) -> None:
    """Write encode_png() to a file, completely or not at all.

    Raises DdsError if it cannot be written.
    """
    content = encode_png(array, recipe)
    with write_beside(path) as beside:
        beside.write_bytes(content)


def read_recipe(path: Path) -> dict[str, Any] | None:
    """Return the recipe in a picture, None if there is none. Raises ImageError if the file or the recipe is damaged."""
    return _read_document(path, RECIPE_KEY, "recipe")


def read_latent(path: Path) -> dict[str, Any] | None:
    """Return ẑ of a result, None if there is none. Raises ImageError if the file or the latent is damaged."""
    return _read_document(path, LATENT_KEY, "latent")


def _read_document(path: Path, key: str, noun: str) -> dict[str, Any] | None:
    with open_picture(path) as image:
        text = image.info.get(key)
        if text is None and key == RECIPE_KEY and isinstance(packet := image.info.get("xmp"), bytes):
            text = document_text(packet, XMP_RECIPE_NAME)
    if not isinstance(text, str):
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ImageError(f"The {noun} in {path} is damaged.") from error
    if not isinstance(document, dict):
        raise ImageError(f"The {noun} in {path} is damaged.")
    return document
