from __future__ import annotations

import errno
import io
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ddsgui.errors import ImageError
from ddsgui.images import downscale
from ddsgui.steps import result_of
from ddsgui.training import pictures
from ddsgui.training.pictures import (
    RealPictures,
    as_images,
    fit_square,
    hold_out,
    read_pictures,
    read_pictures_steps,
)


def encoded(array: np.ndarray, kind: str = "PNG", mode: str | None = None) -> bytes:
    file = io.BytesIO()
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(file, kind)
    return file.getvalue()


def blocks(side: int = 4, value: int = 200) -> np.ndarray:
    """Make a square whose left half is `value` and whose right half is black."""
    picture = np.zeros((side, side, 3), np.uint8)
    picture[:, : side // 2] = value
    return picture


@pytest.fixture
def files() -> dict[str, bytes]:
    return {
        "b.png": encoded(blocks(8, 100)),
        "a.png": encoded(blocks(4, 200)),
        "deep/c.JPG": encoded(np.full((4, 4, 3), 50, np.uint8), "JPEG"),
        "grey.png": encoded(np.full((4, 4, 3), 9, np.uint8), mode="L"),
        "palette.gif": encoded(np.full((4, 4, 3), 255, np.uint8), "GIF"),
        "readme.txt": b"not a picture",
        "._a.png": b"a file of macOS",
        "__MACOSX/a.png": b"a file of macOS",
    }


def folder_of(files: dict[str, bytes], at: Path) -> Path:
    for name, content in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(content)
    return at


def zip_of(files: dict[str, bytes], at: Path) -> Path:
    with zipfile.ZipFile(at, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return at


def test_a_folder_and_its_zip_give_the_same_pictures_in_order_of_names(tmp_path, files):
    seen: list[tuple[int, int]] = []
    pictures = result_of(read_pictures_steps(folder_of(files, tmp_path / "f"), 4), seen.append).images
    assert pictures.dtype == torch.uint8
    assert pictures.shape == (5, 3, 4, 4)
    assert pictures[:, 0, 0, 0].tolist() == [200, 100, 50, 9, 255]
    assert pictures[0, 0, 0].tolist() == [200, 200, 0, 0]
    assert seen == [(i, 6) for i in range(1, 7)], "readme.txt is read, too"
    assert torch.equal(pictures, read_pictures(zip_of(files, tmp_path / "f.zip"), 4))


def test_pictures_shrink_by_area():
    picture = np.arange(16, dtype=np.uint8).reshape(4, 4, 1).repeat(3, 2) * 10
    means = picture.reshape(2, 2, 2, 2, 3).mean((1, 3))
    np.testing.assert_array_equal(fit_square(picture, 2), means)
    striped = np.zeros((6, 6, 3), np.uint8)
    striped[:, ::2] = 240  # each new pixel covers one and a half old ones
    np.testing.assert_allclose(fit_square(striped, 4)[0, :, 0], [160, 160, 80, 80])


def test_the_sides_that_pictures_had_are_known(tmp_path):
    for name, size in (("a.png", (20, 12)), ("b.png", (8, 8))):
        Image.new("RGB", size).save(tmp_path / name)
    pictures = result_of(read_pictures_steps(tmp_path, 16))
    assert pictures.sides.tolist() == [12, 8]
    assert pictures.images.shape == (2, 3, 16, 16)
    assert pictures.at(torch.tensor([1])).sides.tolist() == [8]


def test_a_picture_is_cut_to_the_square_at_its_centre():
    wide = np.zeros((2, 6, 3), np.uint8)
    wide[:, 2:4] = 255
    assert fit_square(wide, 2).min() == 255
    assert fit_square(wide.transpose(1, 0, 2), 2).min() == 255
    assert fit_square(wide, 8).shape == (8, 8, 3)


def test_pictures_for_an_oblong_domain_keep_their_shape_between_bars():
    tall = np.zeros((12, 6, 3), np.uint8)
    tall[2:10, 1:5] = 255  # the middle, twice as high as wide
    square = fit_square(tall, 8, (4, 8))
    assert square[:, 2:6, 0].mean() == pytest.approx(tall.mean(), abs=5)
    assert not square[:, :2].any() and not square[:, 6:].any()
    wide = fit_square(np.full((4, 4, 3), 7, np.uint8), 8, (8, 4))
    assert (wide[2:6] == 7).all() and wide.sum() == 7 * 8 * 4 * 3


def test_images_run_from_minus_one_to_one():
    assert as_images(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [-1, 1]


def test_every_file_that_is_left_out_is_named_with_its_reason(tmp_path, files, caplog):
    sound = files["a.png"]
    content = {"a": sound, "sub/b.dat": sound, "c.png": b"hello", "d.png": sound[:-30], "e.pkl": b"\x80\4N."}
    for source in (folder_of(content, tmp_path / "f"), zip_of(content, tmp_path / "f.zip")):
        caplog.clear()
        pictures = result_of(read_pictures_steps(source, 4))
        assert pictures.names == ("a", "sub/b.dat")
        assert len(pictures.images) == len(pictures.sides) == 2
        for record, words in zip(
            caplog.records, (("c.png", "text"), ("d.png", "damaged"), ("e.pkl", "model")), strict=True
        ):
            assert all(word in record.message for word in words)


def test_linked_folders_are_read_once_and_locked_ones_are_named(tmp_path, files, caplog, monkeypatch):
    folder, elsewhere = folder_of({"a.png": files["a.png"]}, tmp_path / "f"), tmp_path / "elsewhere"
    folder_of({"b.png": files["b.png"]}, elsewhere)
    (folder / "linked").symlink_to(elsewhere)
    (folder / "loop").symlink_to(folder)
    (folder / "locked").mkdir()
    scandir = os.scandir

    def locked(path):
        if str(path).endswith("locked"):
            raise PermissionError(errno.EACCES, "denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", locked)
    assert result_of(read_pictures_steps(folder, 4)).names == ("a.png", "linked/b.png")
    assert "locked cannot be read" in caplog.text


def test_a_folder_without_pictures_is_refused(tmp_path):
    for source in (folder_of({"n.txt": b"x"}, tmp_path / "f"), zip_of({"n.txt": b"x"}, tmp_path / "f.zip")):
        with pytest.raises(ImageError, match="There are no pictures"):
            read_pictures(source, 4)


def test_a_path_that_is_neither_a_folder_nor_a_zip_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ImageError, match="neither a folder nor a zip"):
        read_pictures(tmp_path / "a.txt", 4)
    with pytest.raises(ImageError, match="There is no folder or zip"):
        read_pictures(tmp_path / "gone", 4)


def test_a_damaged_zip_is_refused_and_a_damaged_picture_in_it_left_out(tmp_path, files, caplog):
    whole = zip_of({"a.png": files["a.png"], "b.png": files["b.png"]}, tmp_path / "a.zip")
    content = bytearray(whole.read_bytes())
    content[45] ^= 0xFF  # within the first picture
    whole.write_bytes(content)
    assert len(read_pictures(whole, 4)) == 1
    assert re.search(r"a\.png in a\.zip.*damaged", caplog.text)
    whole.write_bytes(content[:60])
    with pytest.raises(ImageError, match="neither a folder nor a zip"):
        read_pictures(whole, 4)


def test_a_member_of_absurd_size_is_not_unpacked(tmp_path, files, monkeypatch, caplog):
    monkeypatch.setattr(pictures, "MAX_MEMBER_BYTES", 10)
    with pytest.raises(ImageError, match="no pictures"):
        read_pictures(zip_of({"a.png": files["a.png"]}, tmp_path / "a.zip"), 4)
    assert "too large for a picture" in caplog.text


def test_held_out_pictures_are_those_of_the_seed():
    used, held_out = hold_out(1253, 100)
    assert held_out.tolist() == np.random.default_rng(100).permutation(1253)[:100].tolist()
    assert sorted([*used.tolist(), *held_out.tolist()]) == list(range(1253))
    assert used.tolist() == sorted(used.tolist())
    assert hold_out(5, 0)[0].tolist() == [0, 1, 2, 3, 4]
    for held_number in (5, 9, -1):
        with pytest.raises(ImageError, match="cannot be held out"):
            hold_out(5, held_number)


PICTURES = torch.randint(0, 256, (5, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_the_same_pictures_are_drawn_at_both_sides():
    real = RealPictures(PICTURES, mirror=False, rng=torch.Generator().manual_seed(1))
    for side in (4, 4, 8):
        small, large = real.draw(6, side)
        assert small.shape == (6, 3, side, side)
        for picture, whole in zip(small, large, strict=True):
            number = next(i for i, p in enumerate(as_images(PICTURES)) if torch.equal(p, whole))
            assert torch.equal(picture, as_images(downscale(PICTURES, side))[number])


def test_half_of_the_pictures_are_mirrored():
    real = RealPictures(PICTURES[:1], mirror=True, rng=torch.Generator().manual_seed(1))
    _, large = real.draw(200, 4)
    plain = sum(torch.equal(picture, as_images(PICTURES)[0]) for picture in large)
    assert 70 < plain < 130
