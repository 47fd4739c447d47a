"""Animated WebP: a container of pictures that Pillow encodes one by one, so that it can be cancelled."""

from __future__ import annotations

import io
import struct
from collections.abc import Generator
from pathlib import Path

import numpy as np
from PIL import Image

from ddsgui.errors import ImageError
from ddsgui.export.animation import Animation
from ddsgui.export.content import Progress
from ddsgui.export.options import ExportOptions

MAX_SIDE_PX = 16_383
ANIMATION_FLAG = 0x02
DO_NOT_BLEND = 0x02  # each picture replaces the one before


def write_webp_steps(
    path: Path, animation: Animation, options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write an animation as WebP. Raises ImageError if its pictures are too large for the format."""
    width, height = animation.size
    if max(width, height) > MAX_SIDE_PX:
        raise ImageError(f"WebP has no room for {width} × {height} pixels. Choose a smaller scale.")
    header = struct.pack("<B3x", ANIMATION_FLAG) + _three_bytes(width - 1) + _three_bytes(height - 1)
    body = [b"WEBP", _chunk(b"VP8X", header), _chunk(b"ANIM", bytes(6))]  # no background, for ever
    encoded: dict[int, bytes] = {}
    for done, (index, milliseconds) in enumerate(
        zip(animation.order, animation.milliseconds, strict=True), start=1
    ):
        if index not in encoded:
            encoded[index] = _picture(animation.images[index], options.quality)
        place = bytes(6) + _three_bytes(width - 1) + _three_bytes(height - 1)
        frame = place + _three_bytes(milliseconds) + bytes([DO_NOT_BLEND]) + encoded[index]
        body.append(_chunk(b"ANMF", frame))
        yield done, len(animation.order)
    content = b"".join(body)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(content)) + content)
    return ""


def _picture(image: np.ndarray, quality: int) -> bytes:
    """Return the chunk that holds the pixels of a picture's WebP file."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "WEBP", quality=quality, method=4)
    content, at = file.getvalue(), 12
    while at < len(content):
        name, length = content[at : at + 4], struct.unpack_from("<I", content, at + 4)[0]
        end = at + 8 + length + length % 2
        if name in (b"VP8 ", b"VP8L"):
            return content[at:end]
        at = end
    raise ImageError("A frame cannot be saved as WebP.")


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _three_bytes(number: int) -> bytes:
    return struct.pack("<I", number)[:3]
