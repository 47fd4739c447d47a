from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from ddsgui.export.bundle import Picture
from ddsgui.export.layers import flattened, layers_of
from ddsgui.export.openraster import write_openraster_steps
from ddsgui.export.options import ExportOptions
from tests.export.examples import a_mix, drained, smooth


def test_an_archive_has_the_parts_that_the_specification_asks_for(tmp_path: Path) -> None:
    content, path = a_mix(), tmp_path / "a.ora"
    drained(write_openraster_steps(path, layers_of(content), ExportOptions()))
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, archive.read("mimetype")) == (
            "mimetype",
            zipfile.ZIP_STORED,
            b"image/openraster",
        )
        assert path.read_bytes()[30:54] == b"mimetypeimage/openraster"
        stack = ElementTree.fromstring(archive.read("stack.xml"))
        assert (stack.get("w"), stack.get("h")) == ("32", "32")
        listed = [(layer.get("name"), layer.get("visibility")) for layer in stack.iter("layer")]
        assert listed[0] == ("Result", "visible") and listed[-1] == ("Target", "visible")
        images = {
            layer.get("name"): np.array(Image.open(io.BytesIO(archive.read(layer.get("src", "")))))
            for layer in stack.iter("layer")
        }
        np.testing.assert_array_equal(images["Source"], content.source)
        np.testing.assert_array_equal(
            images["Part of the source"], np.dstack([content.source, content.source_mask])
        )
        assert content.live is not None and content.result is not None
        np.testing.assert_array_equal(images["Live blend"], content.live)
        merged = np.array(Image.open(io.BytesIO(archive.read("mergedimage.png"))))
        np.testing.assert_array_equal(merged, content.result.image)
        with Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))) as thumbnail:
            assert max(thumbnail.size) <= 256


def test_without_a_result_the_masked_layers_show_the_cut_and_paste() -> None:
    content = a_mix(result=None, target_mask=a_mix().source_mask)
    cut_and_paste = np.where(content.source_mask[..., None] > 0, content.source, content.target)
    np.testing.assert_array_equal(flattened(layers_of(content)), cut_and_paste)


def test_layers_have_the_size_of_an_upscaled_result() -> None:
    layers = layers_of(a_mix(result=Picture(smooth(64))))
    assert {layer.image.shape for layer in layers} == {(64, 64, 3)}
    assert {layer.mask.shape for layer in layers if layer.mask is not None} == {(64, 64)}
