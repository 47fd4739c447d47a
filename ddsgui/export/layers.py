"""The pictures of a mix as layers, for programs that paint."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from ddsgui.export.content import ExportContent, Progress, fitted, size_of
from ddsgui.export.options import ExportOptions


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer of the size of all others."""

    name: str
    image: np.ndarray  # uint8 [H, W, 3]
    mask: np.ndarray | None = None  # uint8 [H, W], 255 where the layer is opaque; None: everywhere
    visible: bool = True


def layers_of(content: ExportContent) -> list[Layer]:
    """Return the layers, the lowest first, at the size of the largest picture.

    The masked source over the masked target is the crossover, which the artist can change; the result covers them.
    """
    size = size_of(content.source)
    if content.result is not None:
        size = max(size, size_of(content.result.image))
    layers = [
        Layer("Target", content.target),
        Layer("Source", content.source, visible=False),
        Layer("Target without the part", content.target, 255 - content.target_mask),
        Layer("Part of the source", content.source, content.source_mask),
        Layer("Cut and paste", content.crossover, visible=False),
    ]
    if content.live is not None:
        layers.append(Layer("Live blend", content.live, visible=False))
    if content.result is not None:
        layers.append(Layer("Result", content.result.image))
    return [
        Layer(
            layer.name,
            fitted(layer.image, size),
            None if layer.mask is None else fitted(layer.mask, size),
            layer.visible,
        )
        for layer in layers
    ]


def draw_layers_steps(
    content: ExportContent, options: ExportOptions
) -> Generator[Progress | None, None, list[Layer]]:
    """Return the layers of a mix."""
    yield
    return layers_of(content)


def flattened(layers: list[Layer]) -> np.ndarray:
    """Return the picture that the visible layers show, uint8 [H, W, 3]; the lowest covers everything."""
    flat = np.zeros_like(layers[0].image, np.float32)
    for layer in layers:
        if not layer.visible:
            continue
        if layer.mask is None:
            flat = layer.image.astype(np.float32)
        else:
            opacity = layer.mask[..., None].astype(np.float32) / 255
            flat += (layer.image - flat) * opacity
    return np.rint(flat).astype(np.uint8)
