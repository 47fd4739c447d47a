from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ddsgui.editing.recipe import Recipe, read_recipe_file
from ddsgui.export.bundle import Picture
from ddsgui.export.content import ExportContent
from ddsgui.export.exports import export_steps
from ddsgui.export.options import ExportOptions
from ddsgui.export.registry import FORMATS
from ddsgui.images import read_image, read_latent, read_recipe
from tests.export.examples import RECIPE, a_mix, drained, smooth


def exported(path: Path, name: str, content: ExportContent, **options: Any) -> str:
    """Export a picture and return the note."""
    return drained(export_steps(path, FORMATS[name], content, ExportOptions(**options))).note


@pytest.mark.parametrize(
    ("name", "suffix", "distance"),
    [("png", ".png", 0), ("tiff", ".tif", 0), ("webp", ".webp", 4), ("jpeg", ".jpg", 4)],
)
def test_a_picture_carries_its_recipe(tmp_path: Path, name: str, suffix: str, distance: int) -> None:
    content, path = a_mix(side=48), tmp_path / f"a{suffix}"
    assert FORMATS[name].suffix == suffix
    assert exported(path, name, content) == ""
    assert read_recipe(path) == RECIPE.as_dict()
    assert read_recipe_file(path) == RECIPE
    assert content.result is not None
    assert np.abs(read_image(path).astype(int) - content.result.image).mean() <= distance
    with Image.open(path) as image:
        assert image.mode == "RGB", "no transparency"
    assert (read_latent(path) is not None) == (name == "png")


@pytest.mark.parametrize("name", ["png", "tiff", "webp", "jpeg"])
def test_a_picture_is_scaled_by_the_upscaler(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"a{FORMATS[name].suffix}"
    exported(path, name, a_mix(side=16), scale=2)
    assert read_image(path).shape == (32, 32, 3) and read_recipe(path) == RECIPE.as_dict()


def test_webp_of_full_quality_is_lossless(tmp_path: Path) -> None:
    content = a_mix()
    exported(tmp_path / "a.webp", "webp", content, quality=100)
    assert content.result is not None
    np.testing.assert_array_equal(read_image(tmp_path / "a.webp"), content.result.image)


def test_a_recipe_that_has_no_room_in_a_jpeg_is_reported_and_fits_elsewhere(tmp_path: Path) -> None:
    long = Recipe(
        **{**vars(RECIPE), "source": "ü<&\"'>" * 600, "target": "x" * 4000, "settings": RECIPE.settings}
    )
    large = Recipe.from_dict(long.as_dict())
    content = a_mix(result=Picture(smooth(16), large))
    from ddsgui.export import pictures

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "MAX_JPEG_XMP_BYTES", 1000)
        assert exported(tmp_path / "a.jpg", "jpeg", content)
    assert read_recipe(tmp_path / "a.jpg") is None
    for name in ("webp", "tiff", "jpeg"):
        path = tmp_path / f"b{FORMATS[name].suffix}"
        exported(path, name, content)
        assert read_recipe(path) == large.as_dict()
