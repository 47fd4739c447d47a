"""Animated PNG: lossless, written chunk by chunk around pictures that Pillow encodes, so that it can be cancelled."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from ddsgui.export.animation import Animation
from ddsgui.export.content import Progress
from ddsgui.export.options import ExportOptions

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def write_apng_steps(
    path: Path, animation: Animation, options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write an animation as PNG: its first picture is shown where animations are not supported."""
    count, number = len(animation.order), 0
    before: np.ndarray | None = None
    with path.open("wb") as file:
        file.write(SIGNATURE)
        for done, (index, milliseconds) in enumerate(
            zip(animation.order, animation.milliseconds, strict=True), start=1
        ):
            image = animation.images[index]
            top, left, changed = _changed(image, before)
            chunks = dict(_chunks(changed))
            height, width = changed.shape[:2]
            if before is None:
                file.write(_chunk(b"IHDR", chunks[b"IHDR"]))
                file.write(_chunk(b"acTL", struct.pack(">II", count, 0)))  # for ever
            control = struct.pack(">IIIIIHHBB", number, width, height, left, top, milliseconds, 1000, 0, 0)
            file.write(_chunk(b"fcTL", control))
            number += 1
            if before is None:
                file.write(_chunk(b"IDAT", chunks[b"IDAT"]))
            else:
                file.write(_chunk(b"fdAT", struct.pack(">I", number) + chunks[b"IDAT"]))
                number += 1
            before = image
            yield done, count
        file.write(_chunk(b"IEND", b""))
    return ""


def _changed(image: np.ndarray, before: np.ndarray | None) -> tuple[int, int, np.ndarray]:
    """Return top, left and pixels of the rectangle that differs from the picture before."""
    if before is None:
        return 0, 0, image
    differs = (image != before).any(axis=2)
    rows, columns = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0, 0, image[:1, :1]
    top, left = int(rows[0]), int(columns[0])
    return top, left, np.ascontiguousarray(image[top : rows[-1] + 1, left : columns[-1] + 1])


def _chunks(image: np.ndarray) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of a picture's PNG file, its pixels as one chunk."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    content, at, pixels = file.getvalue(), len(SIGNATURE), b""
    while at < len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        data = content[at + 8 : at + 8 + length]
        at += length + 12
        if name == b"IDAT":
            pixels += data
        else:
            yield name, data
    yield b"IDAT", pixels


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
