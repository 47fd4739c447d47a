"""PSD: layers with layer masks that Photoshop, Krita, GIMP, Affinity and others open."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from PIL import Image

from ddsgui.errors import ImageError
from ddsgui.export.content import Progress
from ddsgui.export.layers import Layer, flattened
from ddsgui.export.options import ExportOptions

MAX_SIDE_PX = 30_000


def write_psd_steps(
    path: Path, layers: list[Layer], options: ExportOptions
) -> Generator[Progress | None, None, str]:
    """Write layers, with the masks as layer masks. Raises ImageError if a side is too long."""
    yield
    from psd_tools import PSDImage  # takes a third of a second to import

    height, width = layers[0].image.shape[:2]
    if max(width, height) > MAX_SIDE_PX:
        raise ImageError(f"PSD has no room for {width} × {height} pixels. Export OpenRaster instead.")
    document = PSDImage.frompil(Image.fromarray(flattened(layers)))
    for number, layer in enumerate(layers):
        pixels = document.create_pixel_layer(Image.fromarray(layer.image), layer.name)
        if layer.mask is not None:
            pixels.create_mask(Image.fromarray(layer.mask))
        pixels.visible = layer.visible
        yield number + 1, len(layers)
    with path.open("wb") as file:
        document.save(file)
    return ""
