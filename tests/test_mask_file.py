from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ddsgui.errors import ImageError
from ddsgui.mask_file import read_mask
from ddsgui.paths import assets

SIDE = 48
Y, X = np.mgrid[:SIDE, :SIDE]
SHAPE = (X - 20) ** 2 / 2 + (Y - 26) ** 2 < 120
SOFT = np.clip((14 - np.hypot(X - 24, Y - 24)) / 6, 0, 1)


def save(image: Image.Image | np.ndarray, path: Path, **options: Any) -> Path:
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(path, **options)
    return path


def palette_picture(numbers: np.ndarray, colours: list[tuple[int, int, int]]) -> Image.Image:
    image = Image.fromarray(numbers.astype(np.uint8), "P")
    image.putpalette([value for colour in colours for value in colour])
    return image


def shape(path: Path, class_name: str | None = None) -> np.ndarray:
    """Return where a mask is white; it has only black and white."""
    mask = read_mask(path, class_name).mask
    assert set(np.unique(mask)) <= {0, 255}
    return mask == 255


def test_a_mask_may_be_drawn_on_a_transparent_layer(tmp_path):
    a = np.zeros((2, 2, 4), dtype=np.uint8)
    a[0, 1] = (0, 0, 0, 255)
    path = save(Image.fromarray(a), tmp_path / "m.png")
    np.testing.assert_array_equal(read_mask(path).mask, [[0, 255], [0, 0]])


def test_an_opaque_layer_counts_by_its_grey(tmp_path):
    a = np.full((1, 2, 4), 255, dtype=np.uint8)
    a[0, 0, :3] = 0
    path = save(Image.fromarray(a), tmp_path / "m.png")
    np.testing.assert_array_equal(read_mask(path).mask, [[0, 255]])


def test_a_black_and_white_mask_becomes_0_and_255(tmp_path):
    path = save(Image.new("1", (2, 2), 1), tmp_path / "m.png")
    assert read_mask(path, size=(2, 2)).mask.min() == 255


def test_a_mask_of_another_size_is_refused_with_both_sizes(tmp_path):
    path = save(Image.new("L", (30, 20), 255), tmp_path / "m.png")
    with pytest.raises(ImageError, match=r"30 × 20 .*64 × 128"):
        read_mask(path, size=(128, 64))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
@pytest.mark.parametrize("name", ["caricature/00.png", "caricature/05.png", "caricature/06.png"])
def test_a_picture_in_colour_is_not_taken_for_a_mask(tmp_path, name, suffix):
    with Image.open(assets() / "examples" / name) as example:
        path = save(example.convert("RGB"), tmp_path / f"photo.{suffix}")
    with pytest.raises(ImageError, match="not a mask"):
        read_mask(path)


@pytest.mark.parametrize("colour", [(255, 255, 255), (255, 0, 0), (0, 200, 120), (230, 180, 150)])
@pytest.mark.parametrize("ground", [(0, 0, 0), (255, 255, 255)])
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "gif"])
def test_a_mask_may_be_of_one_colour_with_soft_edges(tmp_path, colour, ground, suffix):
    y, x = np.mgrid[:96, :96]
    soft = np.clip((40 - np.hypot(y - 48, x - 48)) / 6, 0, 1)[..., None]
    image = Image.fromarray(np.uint8(soft * colour + (1 - soft) * ground))
    path = save(image, tmp_path / f"mask.{suffix}")
    mask = read_mask(path).mask
    if ground == (0, 0, 0):  # the colour counts as white
        full = np.clip(soft[..., 0], 0, 1) * 255 / (255 / max(colour) if max(colour) == min(colour) else 1)
        assert np.abs(mask - full).max() < (60 if suffix in ("jpg", "webp") else 6)
    else:
        with Image.open(path) as saved:
            np.testing.assert_array_equal(mask, np.array(saved.convert("L")))


def test_a_grey_picture_saved_as_rgb_jpeg_is_still_a_mask(tmp_path):
    with Image.open(assets() / "examples/caricature/00.png") as example:
        path = save(example.convert("L").convert("RGB"), tmp_path / "grey.jpg", quality=30)
    assert read_mask(path).mask.std() > 10


# ---- what the values mean


@pytest.mark.parametrize("value", [1, 7, 63])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "I;16", "I", "F"])
def test_a_dark_picture_of_few_values_has_classes(tmp_path, mode, value):
    array = SHAPE * np.uint8(value)
    types = {"I;16": np.uint16, "I": np.int32, "F": np.float32}
    image = (
        Image.fromarray(array.astype(types[mode])) if mode in types else Image.fromarray(array).convert(mode)
    )
    path = save(image, tmp_path / "m.tif")
    np.testing.assert_array_equal(shape(path), SHAPE)


def test_one_class_can_be_chosen_by_its_number(tmp_path):
    numbers = np.where(SHAPE, 1, 0) + 4 * (X > 40)
    colours = [(0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128)]
    for path in (
        save(numbers.astype(np.uint8), tmp_path / "grey.png"),
        save(palette_picture(numbers, colours), tmp_path / "palette.png"),
    ):
        np.testing.assert_array_equal(shape(path), numbers > 0)
        np.testing.assert_array_equal(shape(path, "4"), X > 40)
        assert "1 and 4" in read_mask(path).note
        assert not read_mask(path, "4").note
        for missing in ("0", "2", "hair"):
            with pytest.raises(ImageError, match=f"no class {missing}; it has 1 and 4"):
                read_mask(path, missing)
    path = save(SHAPE * np.uint8(200), tmp_path / "shade.png")
    np.testing.assert_array_equal(shape(path, "200"), SHAPE)


def test_the_colours_of_classes_do_not_count(tmp_path):
    for colours in ([(0, 0, 0), (64, 0, 0), (192, 0, 0)], [(90, 90, 200), (10, 40, 10), (200, 0, 0)]):
        path = save(palette_picture(SHAPE * 1 + SHAPE * (X > 20), colours), tmp_path / "m.png")
        np.testing.assert_array_equal(shape(path), SHAPE)


@pytest.mark.parametrize("colours", [[(255, 255, 255), (0, 0, 0)], [(250, 250, 250), (3, 3, 3)]])
def test_black_and_white_count_in_a_palette_of_any_order(tmp_path, colours):
    path = save(palette_picture(~SHAPE, colours), tmp_path / "m.png")
    np.testing.assert_array_equal(read_mask(path).mask > 128, SHAPE)


def test_a_photograph_in_a_palette_is_a_picture_in_colour(tmp_path):
    with Image.open(assets() / "examples/caricature/00.png") as example:
        path = save(example.convert("RGB").quantize(200), tmp_path / "photo.png")
    with pytest.raises(ImageError, match="not a mask"):
        read_mask(path)


@pytest.mark.parametrize(
    ("mode", "brightest"), [(np.uint8, 90), (np.uint16, 255), (np.int32, 255), (np.uint16, 4095)]
)
def test_a_dark_mask_is_stretched_with_a_sentence(tmp_path, mode, brightest):
    shades = np.rint(SOFT * brightest)
    read = read_mask(save(shades.astype(mode), tmp_path / "m.tif"))
    np.testing.assert_array_equal(read.mask, np.rint(shades / brightest * 255))
    assert str(brightest) in read.note


def test_a_mask_at_half_strength_stays_as_it_is(tmp_path):
    shades = np.rint(SOFT * 128).astype(np.uint8)
    read = read_mask(save(shades, tmp_path / "m.png"))
    np.testing.assert_array_equal(read.mask, shades)
    assert not read.note


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "P", "I;16"])
def test_an_empty_mask_is_refused(tmp_path, mode):
    path = save(Image.new(mode, (8, 8), (0, 0, 0, 255) if mode == "RGBA" else 0), tmp_path / "m.png")
    with pytest.raises(ImageError, match="empty"):
        read_mask(path)


@pytest.mark.parametrize("alpha", [0, 127, 254])
def test_a_few_transparent_pixels_do_not_make_an_opaque_mask_a_layer(tmp_path, alpha):
    layer = np.dstack([SHAPE * np.uint8(255)] * 3 + [np.full((SIDE, SIDE), 255, np.uint8)])
    layer[0, 0, 3] = alpha
    layer[5, 5:9, 3] = 254
    np.testing.assert_array_equal(shape(save(layer, tmp_path / "m.png")), SHAPE)
    layer[..., 3] = 200
    np.testing.assert_array_equal(shape(save(layer, tmp_path / "veil.png")), SHAPE)


def test_black_and_white_on_a_smaller_layer_counts_by_its_grey(tmp_path):
    layer = np.dstack([SHAPE * np.uint8(255)] * 3 + [(X < 44) * np.uint8(255)])
    np.testing.assert_array_equal(shape(save(layer, tmp_path / "m.png")), SHAPE)


def test_a_shape_in_any_colours_on_a_transparent_layer_counts_by_its_opacity(tmp_path):
    random = np.random.default_rng(3).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    layer = np.dstack([random, SHAPE * np.uint8(255)])
    np.testing.assert_array_equal(shape(save(layer, tmp_path / "m.png")), SHAPE)


def test_a_sound_file_of_another_kind_is_named(tmp_path):
    text = '{"version": "5.0.1", "flags": {}, "shapes": [], "imagePath": "a.jpg"}'
    for content, words in (
        (text.encode("utf-8-sig"), "labelme"),
        (b'{"size": [4, 4], "counts": "abc"}', "COCO"),
        (b"%PDF-1.7", "PDF"),
        (b"\x80\x04N.", "model"),
        (b"hello", "text file"),
    ):
        (tmp_path / "m.png").write_bytes(content)
        with pytest.raises(ImageError, match=words):
            read_mask(tmp_path / "m.png")


@pytest.mark.parametrize("name", ["mask.jfif", "mask.dat", "mask"])
def test_the_name_of_a_mask_does_not_matter(tmp_path, name):
    path = save(SHAPE * np.uint8(255), tmp_path / name, format="JPEG" if name.endswith("jfif") else "PNG")
    assert ((read_mask(path).mask > 128) != SHAPE).mean() < 0.01
