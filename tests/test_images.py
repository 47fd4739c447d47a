from __future__ import annotations

import errno
import struct
import zlib
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms, PngImagePlugin

from ddsgui.errors import DdsError, ImageError
from ddsgui.images import (
    downscale,
    read_grey,
    read_image,
    read_noted_image,
    read_recipe,
    thumbnail,
    to_tensor,
    to_uint8,
    write_png,
)

RED = (200, 30, 40)


@pytest.fixture
def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def display_p3() -> bytes:
    """A profile with the primaries of Display P3 and the curve of sRGB."""
    return rgb_profile((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))


SRGB_CURVE = (3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
GAMMA = 563 / 256  # of Adobe RGB
ADOBE_PRIMARIES = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB_PRIMARIES = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))


def srgb_of(xyz: np.ndarray) -> np.ndarray:
    """Return the sRGB colour of a point in XYZ (D50), 0 to 255."""
    linear = np.clip(np.linalg.solve(np.array(SRGB_PRIMARIES).T, xyz), 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def cmyk_profile(labs: dict[tuple[int, ...], tuple[int, int, int]]) -> bytes:
    """Return an ICC profile of four inks: the CIELAB colour of paper (0, 0, 0, 0) and of each overprint; else black."""
    nodes = b"".join(
        bytes((round(L * 2.55), a + 128, b + 128))
        for L, a, b in (labs.get(inks, (0, 0, 0)) for inks in product((0, 1), repeat=4))
    )
    ramp = bytes(range(256))
    unit = b"".join(struct.pack(">i", 65536 * (i % 4 == 0)) for i in range(9))
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + unit + 4 * ramp + nodes + 3 * ramp
    lut += bytes(-len(lut) % 4)
    start = 128 + 4 + 12
    head = (
        struct.pack(">I", start + len(lut))
        + bytes(4)
        + b"\2\x40\0\0prtrCMYKLab "
        + bytes(12)
        + b"acsp"
        + bytes(28)
    )
    head += b"".join(struct.pack(">i", round(v * 65536)) for v in (0.9642, 1, 0.8249)) + bytes(48)
    return head + struct.pack(">I", 1) + b"A2B0" + struct.pack(">II", start, len(lut)) + lut


def rgb_profile(*primaries: tuple[float, float, float], curve: tuple[float, ...] = SRGB_CURVE) -> bytes:
    """Return an ICC profile of three primaries in XYZ (D50) and a curve: its kind in ICC's list, and its numbers."""

    def numbers(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    trc = b"para" + bytes(4) + struct.pack(">HH", int(curve[0]), 0) + numbers(*curve[1:])
    points = [b"XYZ \0\0\0\0" + numbers(*point) for point in ((0.9642, 1, 0.8249), *primaries)]
    tags = dict(zip((b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ"), points, strict=True))
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), trc)
    start, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content
    size = struct.pack(">I", start + len(data))
    head = size + bytes(4) + b"\4\x30\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    head += numbers(0.9642, 1, 0.8249) + bytes(48)
    return head + struct.pack(">I", len(tags)) + table + data


def save(image: Image.Image, path: Path, **options: Any) -> Path:
    image.save(path, **options)
    return path


# ---- tensors


def test_every_byte_survives_as_a_tensor():
    a = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    x = to_tensor(a)
    assert x.shape == (1, 3, 16, 16)
    assert x.dtype == torch.float32
    assert (x.min(), x.max()) == (-1, 1)
    np.testing.assert_array_equal(to_uint8(x)[0], a)
    np.testing.assert_array_equal(to_uint8(x[0]), a)


def test_channels_and_rows_keep_their_places(picture):
    x = to_tensor(picture)
    assert float(x[0, 2, 4, 1]) == pytest.approx(picture[4, 1, 2] / 127.5 - 1)


def test_values_outside_the_range_are_clamped():
    x = torch.tensor([-3.0, 3.0, 0.0]).view(3, 1, 1).requires_grad_()
    np.testing.assert_array_equal(to_uint8(x), [[[0, 255, 128]]])


def test_a_read_only_picture_becomes_a_tensor(picture):
    picture.flags.writeable = False
    assert to_tensor(picture).shape == (1, 3, 5, 7)


# ---- writing


def test_a_picture_is_read_back_with_its_recipe(tmp_path, picture):
    recipe = {"seed": 7, "name": "Ähre ẑ", "masks": None}
    write_png(tmp_path / "a.png", picture, recipe)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), picture)
    assert read_recipe(tmp_path / "a.png") == recipe
    chunks = (tmp_path / "a.png").read_bytes()
    assert b"iTXtddsgui\0" in chunks


def test_a_large_recipe_is_read_back(tmp_path, picture):
    recipe = {"masks": "A" * 3_000_000}
    write_png(tmp_path / "a.png", picture, recipe)
    assert read_recipe(tmp_path / "a.png") == recipe


def test_a_mask_is_written_as_grey(tmp_path, picture):
    write_png(tmp_path / "m.png", picture[..., 0])
    with Image.open(tmp_path / "m.png") as image:
        assert image.mode == "L"
    assert read_recipe(tmp_path / "m.png") is None
    np.testing.assert_array_equal(read_grey(tmp_path / "m.png"), picture[..., 0])


def test_a_full_disk_leaves_the_old_picture(tmp_path, picture, monkeypatch):
    path = tmp_path / "a.png"
    write_png(path, picture)

    def full(self: Path, content: bytes) -> None:
        self.open("wb").close()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DdsError, match="the disk is full"):
        write_png(path, picture[::-1])
    np.testing.assert_array_equal(read_image(path), picture)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", ["{", "[1]", "7", "[" * 100_000])
def test_a_damaged_recipe_is_reported(tmp_path, text):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("ddsgui", text)
    path = save(Image.new("RGB", (2, 2)), tmp_path / "a.png", pnginfo=info)
    with pytest.raises(ImageError, match=r"recipe in .* is damaged"):
        read_recipe(path)


# ---- modes


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "CMYK", "YCbCr"])
def test_colours_survive_every_mode(tmp_path, mode):
    image = Image.new("RGB", (3, 2), RED)
    image = image.quantize() if mode == "P" else image.convert(mode)
    path = save(image, tmp_path / ("a.tif" if mode in ("CMYK", "YCbCr") else "a.png"))
    a = read_image(path)
    assert a.shape == (2, 3, 3)
    assert np.abs(a.astype(int) - RED).max() <= 2


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path):
    deep = np.array([[0, 257, 32896, 65535]], dtype=np.uint16)
    path = save(Image.fromarray(deep), tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(path)[..., 1], [[0, 1, 128, 255]])


def test_floats_are_scaled(tmp_path):
    path = save(Image.fromarray(np.array([[0.0, 0.5, 1.0]], dtype=np.float32)), tmp_path / "a.tif")
    np.testing.assert_array_equal(read_image(path)[..., 0], [[0, 128, 255]])


def test_colours_are_converted_from_their_profile(tmp_path, display_p3):
    path = save(
        Image.new("RGB", (2, 2), (200, 120, 90)), tmp_path / "a.jpg", icc_profile=display_p3, quality=100
    )
    assert np.abs(read_image(path).astype(int) - (213, 115, 83)).max() <= 1
    clear = Image.new("RGBA", (2, 1), (200, 120, 90, 255))
    clear.putpixel((1, 0), (200, 120, 90, 0))
    path = save(clear, tmp_path / "a.png", icc_profile=display_p3)
    np.testing.assert_array_equal(read_image(path), [[(213, 115, 83), (255, 255, 255)]])


@pytest.mark.parametrize("colour", [(200, 120, 90), (90, 200, 120), (10, 10, 10), (255, 255, 255)])
def test_adobe_rgb_is_converted(tmp_path, colour):
    profile = rgb_profile(*ADOBE_PRIMARIES, curve=(0, GAMMA))
    path = save(Image.new("RGB", (2, 2), colour), tmp_path / "a.png", icc_profile=profile)
    expected = srgb_of(np.array(ADOBE_PRIMARIES).T @ (np.array(colour) / 255) ** GAMMA)
    np.testing.assert_allclose(read_image(path)[0, 0], expected, atol=1.5)


def test_inks_are_converted_by_their_profile(tmp_path):
    paper, cyan = (100, 0, 0), (60, -20, -30)
    profile = cmyk_profile({(0, 0, 0, 0): paper, (1, 0, 0, 0): cyan})
    picture = Image.new("CMYK", (2, 1))
    picture.putpixel((1, 0), (255, 0, 0, 0))
    path = save(picture, tmp_path / "a.tif", icc_profile=profile)

    def xyz_of(L: float, a: float, b: float) -> np.ndarray:
        f = np.array([(L + 16) / 116 + a / 500, (L + 16) / 116, (L + 16) / 116 - b / 200])
        return np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * (0.9642, 1, 0.8249)

    expected = [srgb_of(xyz_of(*paper)), srgb_of(xyz_of(*cyan))]
    np.testing.assert_allclose(read_image(path)[0], expected, atol=3)


def test_srgb_and_unusable_profiles_change_nothing(tmp_path, picture, display_p3):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"no profile", display_p3[:200], display_p3[:-40] + bytes(40)):
        path = save(Image.fromarray(picture), tmp_path / "a.png", icc_profile=profile)
        if profile[-40:] != bytes(40):
            np.testing.assert_array_equal(read_image(path), picture)
        assert read_image(path).shape == picture.shape
    grey = save(Image.new("L", (2, 2), 100), tmp_path / "grey.png", icc_profile=display_p3)
    assert read_image(grey).tolist() == [[[100] * 3] * 2] * 2


def test_a_jpeg_without_its_last_bytes_opens_with_a_sentence(tmp_path):
    noise = np.random.default_rng(2).integers(0, 256, (320, 32, 3), dtype=np.uint8)
    path = save(Image.fromarray(noise), tmp_path / "a.jpg", quality=90)
    whole, content = read_image(path), path.read_bytes()
    for missing, rows in ((1, 0), (2, 0), (600, 33)):
        path.write_bytes(content[:-missing])
        image, note = read_noted_image(path)
        np.testing.assert_array_equal(image[: len(whole) - rows], whole[: len(whole) - rows])
        assert str(path) in note
        assert ("grey" in note) == (rows > 0)
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ImageError, match="rows are missing"):
        read_image(path)


def test_a_picture_with_megabytes_of_packed_text_opens(tmp_path, picture):
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", "a lighthouse " * 200_000, zip=True)
    path = save(Image.fromarray(picture), tmp_path / "a.png", pnginfo=info)
    np.testing.assert_array_equal(read_image(path), picture)


def test_transparency_becomes_white(tmp_path):
    a = np.array([[[0, 255], [0, 0]]], dtype=np.uint8)
    path = save(Image.fromarray(a, "LA"), tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(path), [[[0] * 3, [255] * 3]])


def test_a_photo_taken_sideways_is_turned_upright(tmp_path):
    image = Image.new("RGB", (8, 4))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter, clockwise
    image.putpixel((0, 3), (255, 255, 255))
    path = save(image, tmp_path / "a.png", exif=exif)
    a = read_image(path)
    assert a.shape == (8, 4, 3)
    assert a[0, 0].tolist() == [255, 255, 255]


# ---- broken files


def png_claiming(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(b"\0" * 16)
    chunks = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, data)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("side", [8_001, 10_000, 100_000])
def test_decompression_bombs_are_refused(tmp_path, side):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_claiming(side, 8_000))
    with pytest.raises(ImageError, match="pixels"):
        read_image(path)


def test_a_text_bomb_is_refused(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_itxt("ddsgui", "0" * 10_000_000, zip=True)
    path = save(Image.new("RGB", (2, 2)), tmp_path / "a.png", pnginfo=info)
    with pytest.raises(ImageError, match="damaged"):
        read_recipe(path)


def test_a_file_cut_off_anywhere_never_gives_half_a_picture(tmp_path, picture):
    write_png(tmp_path / "a.png", picture, {"seed": 1})
    whole = (tmp_path / "a.png").read_bytes()
    path = tmp_path / "cut.png"
    refused = 0
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        try:
            np.testing.assert_array_equal(read_image(path), picture)
        except ImageError:
            refused += 1
    assert refused > len(whole) - 24  # the bytes after the last pixel may be missing


def test_flipped_bytes_give_a_picture_or_an_image_error(tmp_path, picture):
    random = np.random.default_rng(1)
    for suffix in ("png", "jpg", "webp", "tif", "gif", "bmp"):
        whole = save(Image.fromarray(picture), tmp_path / f"a.{suffix}").read_bytes()
        path = tmp_path / f"broken.{suffix}"
        for _ in range(60):
            broken = bytearray(whole)
            for place in random.integers(0, len(whole), 4):
                broken[place] = random.integers(256)
            path.write_bytes(bytes(broken))
            try:
                assert read_image(path).dtype == np.uint8
            except ImageError as error:
                assert str(path) in str(error)


def test_foreign_and_missing_files_get_different_errors(tmp_path):
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(ImageError, match="is a text file, not a picture"):
        read_image(tmp_path / "a.png")
    with pytest.raises(ImageError, match="There is no file"):
        read_image(tmp_path / "b.png")
    with pytest.raises(ImageError, match="directory"):
        read_grey(tmp_path)


def test_images_are_downscaled_by_area():
    images = torch.arange(16, dtype=torch.uint8).view(1, 1, 4, 4).repeat(1, 3, 1, 1) * 10
    assert downscale(images, 4) is images
    assert downscale(images, 8) is images
    assert downscale(images, 2)[0, 0].tolist() == [[25, 45], [105, 125]]
    floats = torch.arange(16.0).view(1, 1, 4, 4)
    assert downscale(floats, 2).flatten().tolist() == [2.5, 4.5, 10.5, 12.5]
    assert downscale(floats, 8) is floats
    half = torch.arange(4.0).view(1, 1, 2, 2).requires_grad_()
    downscale(half, 1).sum().backward()
    assert half.grad is not None
    assert half.grad.flatten().tolist() == [0.25] * 4


def test_a_thumbnail_keeps_the_proportions_and_enlarges_nothing():
    image = np.random.default_rng(0).integers(0, 256, (20, 40, 3), np.uint8)
    small = thumbnail(image, 10)
    assert small.shape == (5, 10, 3)
    assert abs(float(small.mean()) - float(image.mean())) < 1
    assert thumbnail(image, 40) is image
