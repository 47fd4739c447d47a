from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ddsgui.errors import ImageError
from ddsgui.export.bundle import Picture
from ddsgui.export.layers import layers_of
from ddsgui.export.options import ExportOptions
from ddsgui.export.psd import write_psd_steps
from tests.export.examples import a_mix, drained


def test_another_library_reads_the_picture_and_the_names_of_the_layers(tmp_path: Path) -> None:
    content, path = a_mix(), tmp_path / "a.psd"
    drained(write_psd_steps(path, layers_of(content), ExportOptions()))
    assert content.result is not None
    with Image.open(path) as image:
        assert image.format == "PSD" and image.size == (32, 32)
        np.testing.assert_array_equal(np.array(image.convert("RGB")), content.result.image)
        names = [layer[0] for layer in image.layers]  # type: ignore[attr-defined]
    # Pillow passes over layers with a mask.
    assert names == ["Target", "Source", "Cut and paste", "Live blend", "Result"]


def test_masks_are_layer_masks_over_whole_pictures(tmp_path: Path) -> None:
    from psd_tools import PSDImage

    content, path = a_mix(), tmp_path / "a.psd"
    drained(write_psd_steps(path, layers_of(content), ExportOptions()))
    layers = {layer.name: layer for layer in PSDImage.open(path)}
    for name, pixels, mask in (
        ("Part of the source", content.source, content.source_mask),
        ("Target without the part", content.target, 255 - content.target_mask),
    ):
        layer = layers[name]
        assert layer.is_visible() and layer.mask is not None
        stored = layer.mask.topil()
        assert stored is not None
        np.testing.assert_array_equal(np.array(stored), mask)
        image = layer.topil(apply_icc=False)
        assert image is not None
        np.testing.assert_array_equal(np.array(image.convert("RGB")), pixels)
    assert [name for name, layer in layers.items() if not layer.is_visible()] == [
        "Source",
        "Cut and paste",
        "Live blend",
    ]


def test_the_header_is_that_of_an_eight_bit_rgb_document(tmp_path: Path) -> None:
    drained(write_psd_steps(tmp_path / "a.psd", layers_of(a_mix()), ExportOptions()))
    signature, version, channels, height, width, depth, mode = struct.unpack(
        ">4sH6xHIIHH", (tmp_path / "a.psd").read_bytes()[:26]
    )
    assert (signature, version, height, width, depth, mode) == (b"8BPS", 1, 32, 32, 8, 3)
    assert channels in (3, 4)


def test_a_picture_that_is_too_large_is_refused(tmp_path: Path) -> None:
    wide = Picture(np.zeros((2, 30_001, 3), np.uint8))
    with pytest.raises(ImageError, match="OpenRaster"):
        drained(write_psd_steps(tmp_path / "a.psd", layers_of(a_mix(result=wide)), ExportOptions()))
