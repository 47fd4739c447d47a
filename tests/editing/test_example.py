from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ddsgui.editing.example import SMALL_COPY_SIDE_PX, Example, picture_files, read_example
from ddsgui.editing.example_crop import Crop
from ddsgui.errors import ImageError
from ddsgui.paths import assets


def smooth(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width] / max(height, width)
    return (255 * np.stack([x, y, (x + y) / 2], axis=-1)).astype(np.uint8)


def test_a_large_picture_has_a_small_copy_and_is_cropped_from_the_file(tmp_path: Path) -> None:
    picture = smooth(1500, 2400)
    Image.fromarray(picture).save(tmp_path / "large.png")
    example = read_example(tmp_path / "large.png")
    assert (example.height, example.width) == (1500, 2400)
    assert example.small_copy.shape == (640, SMALL_COPY_SIDE_PX, 3)
    assert example.crop == Crop.whole(1500, 2400)
    cut = example.cut(32)
    assert np.array_equal(cut, example.crop.apply(picture, 32))
    assert np.abs(example.preview(32).astype(int) - cut).max() <= 3


def test_a_small_picture_is_its_own_copy(tmp_path: Path) -> None:
    picture = smooth(30, 20)
    Image.fromarray(picture).save(tmp_path / "small.png")
    example = read_example(tmp_path / "small.png")
    assert np.array_equal(example.small_copy, picture)
    assert np.array_equal(example.preview(16), example.cut(16))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_pictures_of_any_mode_are_read(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "picture.tif"
    grey = Image.fromarray(smooth(40, 30)[..., 0])
    if mode == "I;16":
        Image.fromarray(np.array(grey).astype(np.uint16) * 257).save(path)
    else:
        grey.convert(mode).save(path)
    assert read_example(path).cut(16).shape == (16, 16, 3)


def test_a_photograph_taken_upright_is_upright(tmp_path: Path) -> None:
    path = tmp_path / "phone.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright, stored on its side
    Image.fromarray(smooth(40, 60)).save(path, exif=exif)
    example = read_example(path)
    assert (example.height, example.width) == (60, 40)
    assert example.cut(16).shape == (16, 16, 3)


def test_a_file_that_is_not_a_picture_or_too_thin_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a picture")
    with pytest.raises(ImageError, match=r"notes\.txt is a text file, not a picture"):
        read_example(tmp_path / "notes.txt")
    Image.new("RGB", (300, 5)).save(tmp_path / "line.png")
    with pytest.raises(ImageError, match="only 300 × 5 pixels"):
        read_example(tmp_path / "line.png")


def test_a_picture_that_changed_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(smooth(30, 20)).save(path)
    example = read_example(path)
    Image.fromarray(smooth(31, 20)).save(path)
    with pytest.raises(ImageError, match=r"a\.png has changed"):
        example.cut(16)
    path.unlink()
    with pytest.raises(ImageError, match="no file"):
        example.cut(16)


def test_a_folder_stands_for_the_pictures_in_it(tmp_path: Path) -> None:
    (tmp_path / "sub.png").mkdir()
    for name in ("b.png", "a.JPG", "notes.txt", "._a.jpg", "sub.png/c.dat"):
        (tmp_path / name).touch()
    lone = tmp_path / "notes.txt"
    names = ["a.JPG", "b.png", "notes.txt", "c.dat"]
    assert [p.name for p in picture_files([tmp_path, lone])] == names


@pytest.mark.parametrize("name", ["caricature", "engraving"])
def test_the_bundled_examples_can_be_used_as_they_are(name: str) -> None:
    files = list(picture_files([assets() / "examples" / name]))
    assert len(files) == 10
    for file in files:
        example = read_example(file)
        assert isinstance(example, Example)
        assert example.crop == Crop(128, 128, 256)
        assert example.cut(128).std() > 20
