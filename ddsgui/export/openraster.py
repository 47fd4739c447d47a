"""OpenRaster: a zip of layers that Krita, GIMP, MyPaint and others open (openraster.org, baseline 0.0.3)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Generator
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
from PIL import Image

from ddsgui.export.content import Progress
from ddsgui.export.layers import Layer, flattened
from ddsgui.export.options import ExportOptions

MIME_TYPE = "image/openraster"
THUMBNAIL_PX = 256
DATE = (1980, 1, 1, 0, 0, 0)  # of every entry, so that the same pictures give the same file


def write_openraster_steps(
    path: Path, layers: list[Layer], options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write layers. The format has no layer masks: masked layers are transparent outside their mask."""
    flat = flattened(layers)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        _add(
            archive, "mimetype", MIME_TYPE.encode()
        )  # first and not compressed, so that it says what the file is
        _add(archive, "stack.xml", _stack(layers).encode())
        for number, layer in enumerate(layers):
            _add(archive, _source(number), _png(_with_opacity(layer)))
            yield number + 1, len(layers)
        _add(archive, "mergedimage.png", _png(flat))
        thumbnail = Image.fromarray(flat)
        thumbnail.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        _add(archive, "Thumbnails/thumbnail.png", _png(np.asarray(thumbnail)))
    return ""


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, DATE), content)


def _stack(layers: list[Layer]) -> str:
    """Return the document that lists the layers, the topmost first."""
    height, width = layers[0].image.shape[:2]
    rows = "".join(
        f'    <layer name={quoteattr(layer.name)} src={quoteattr(_source(number))} x="0" y="0" opacity="1.0"'
        f' visibility="{"visible" if layer.visible else "hidden"}" composite-op="svg:src-over"/>\n'
        for number, layer in reversed(list(enumerate(layers)))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<image version="0.0.3" w="{width}" h="{height}" xres="72" yres="72">\n  <stack>\n{rows}  </stack>\n</image>\n'
    )


def _source(number: int) -> str:
    return f"data/layer{number}.png"


def _with_opacity(layer: Layer) -> np.ndarray:
    return layer.image if layer.mask is None else np.dstack([layer.image, layer.mask])


def _png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=4)
    return file.getvalue()
