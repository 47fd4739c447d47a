"""Conversion between tensors and uint8 images, and the reading and writing of picture files and masks."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

from ddsgui.errors import ImageError
from ddsgui.paths import reason_of, write_beside
from ddsgui.xmp import document_text

if TYPE_CHECKING:
    from torch import Tensor

MAX_PNG_SIDE_PX = 4096  # of a picture inside a project
MAX_IMAGE_PIXELS = 64_000_000  # below Pillow's own limit, so that Pillow never has to warn
RECIPE_KEY = "ddsgui"
LATENT_KEY = "ddsgui-latent"
XMP_RECIPE_NAME = "recipe"  # in the metadata of JPEG, WebP and TIFF
# A picture is in colour if more than this fraction of its pixels is further than this distance from the line in RGB on
# which the pixels of a mask are.
COLOURFUL_FRACTION, COLOUR_DISTANCE_LEVELS = 0.1, 8
MAX_COLOUR_SAMPLES = 65_536
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif")


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


def read_image(path: Path) -> np.ndarray:
    """Return any picture file as uint8 RGB [H, W, 3], upright and with transparency laid on white.

    Raises ImageError if it cannot be read.
    """
    with _open(path) as image:
        upright = _to_eight_bit(ImageOps.exif_transpose(image))
        if upright.has_transparency_data:
            rgba = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
        return np.array(upright.convert("RGB"))


def read_mask(path: Path, size: tuple[int, int] | None = None) -> np.ndarray:
    """Return a mask as uint8 [H, W], 255 where the part is: the opacity if the file has any, otherwise the grey.

    size: the (H, W) that the mask must have; a mask belongs to one picture and is never resized.

    Raises ImageError if the file cannot be read, has another size, or is a picture in colour.
    """
    with _open(path) as image:
        mask = _mask(ImageOps.exif_transpose(image), str(path))
    _check_size(mask, size, str(path))
    return mask


def mask_of(rgba: np.ndarray, size: tuple[int, int], place: str) -> np.ndarray:
    """Return read_mask() of an image in memory, uint8 [H, W, 4]. place: "in the clipboard", for messages."""
    mask = _mask(Image.fromarray(rgba), f"The picture {place}")
    _check_size(mask, size, place)
    return mask


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
        info.add_itxt(RECIPE_KEY, json.dumps(recipe, ensure_ascii=False))
    if latent is not None:
        info.add_itxt(LATENT_KEY, json.dumps(latent, ensure_ascii=False))
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
    with _open(path) as image:
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


@contextmanager
def _open(path: Path) -> Iterator[Image.Image]:
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
                image.load()
                yield image
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"There is no file {path}.") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{path} has far too many pixels to be read.") from error
    except Image.UnidentifiedImageError as error:
        raise ImageError(f"{path} is not a picture that can be read. Use PNG, JPEG, WebP or TIFF.") from error
    except Exception as error:  # on broken data Pillow's decoders raise nearly anything
        reason = "it is damaged or cut short"
        if isinstance(error, OSError) and error.errno:
            reason = reason_of(error)
        raise ImageError(f"{path} cannot be read: {reason}.") from error


def _mask(image: Image.Image, name: str) -> np.ndarray:
    """Return the opacity of an upright picture if it has any, otherwise its grey, uint8 [H, W]."""
    upright = _to_eight_bit(image)
    if upright.has_transparency_data:
        alpha = np.array(upright.convert("RGBA").getchannel("A"))
        if alpha.min() < 255:
            return alpha
    return _grey(name, upright)


def _check_size(mask: np.ndarray, size: tuple[int, int] | None, name: str) -> None:
    if size is not None and mask.shape != size:
        has, needs = (f"{width} × {height}" for height, width in (mask.shape, size))
        raise ImageError(f"The mask {name} is {has} pixels; these pictures are {needs}.")


def _grey(name: str, image: Image.Image) -> np.ndarray:
    """Return an opaque mask's grey as uint8 [H, W]. Raises ImageError if it is a picture in colour."""
    if image.mode not in ("1", "L", "LA") and _is_colourful(np.array(image.convert("RGB"))):
        raise ImageError(
            f"{name} is a picture in colour, not a mask. A mask is white where the part is and black elsewhere."
        )
    return np.array((image.convert("RGB") if image.has_transparency_data else image).convert("L"))


def _is_colourful(image: np.ndarray) -> bool:
    """Return whether uint8 [H, W, 3] has more colours than the shades between two colours.

    The pixels of a mask are near one line in RGB, even red on black with soft edges and greys saved as JPEG.
    """
    stride = max(1, round((image.shape[0] * image.shape[1] / MAX_COLOUR_SAMPLES) ** 0.5))
    pixels = image[::stride, ::stride].reshape(-1, 3).astype(np.float32)
    pixels -= pixels.mean(axis=0)
    direction = np.linalg.eigh(pixels.T @ pixels)[1][:, -1]
    distance = np.linalg.norm(pixels - np.outer(pixels @ direction, direction), axis=1)
    return float((distance > COLOUR_DISTANCE_LEVELS).mean()) > COLOURFUL_FRACTION


def _to_eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit or 32-bit greyscale, integer or float, to 8 bits; Pillow would clip it to white."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.nan_to_num(np.array(image, dtype=np.float64))
    # The white of a float picture is 1 or 255; an integer picture has 16 bits in its file.
    top = 65535.0 if image.mode.startswith("I") else 1.0 if values.max() <= 1 else 255.0
    return Image.fromarray(np.clip(np.rint(values / top * 255), 0, 255).astype(np.uint8))
