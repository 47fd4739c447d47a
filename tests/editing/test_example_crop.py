from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ddsgui.editing.example_crop import LEFT_EYE, RIGHT_EYE, Crop
from ddsgui.errors import ImageError


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def smooth(height: int, width: int) -> np.ndarray:
    """Make a picture whose colours change slowly, so that interpolation and averaging hardly change it."""
    y, x = np.mgrid[:height, :width].astype(float)
    waves = np.stack([np.sin(x / 9), np.cos(y / 11), np.sin((x + y) / 13)], axis=-1)
    return np.rint(127.5 + 100 * waves).astype(np.uint8)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b).max())


def test_a_crop_of_the_same_size_is_the_picture_itself() -> None:
    picture = noise(32, 32)
    assert np.array_equal(Crop.whole(32, 32).apply(picture, 32), picture)


@pytest.mark.parametrize("times", [2, 3, 4, 8, 16, 23])
def test_a_smaller_size_averages_the_pixels(times: int) -> None:
    picture = noise(16 * times, 16 * times)
    means = picture.reshape(16, times, 16, times, 3).mean((1, 3))
    # Noise is the worst case; powers of two are exact, others may place a sample between two pixels.
    allowed = 1 if times in (2, 4, 8, 16) else 6
    assert difference(Crop.whole(*picture.shape[:2]).apply(picture, 16), means) <= allowed


@pytest.mark.parametrize("angle", [0, 7, 30, 45, -90])
def test_stripes_too_fine_to_show_become_grey_and_do_not_sparkle(angle: float) -> None:
    picture = np.zeros((600, 600, 3), np.uint8)
    picture[:, ::2] = 255
    seen = Crop(300, 300, 400, angle).apply(picture, 16)
    assert difference(seen, np.full_like(seen, 127)) <= 12


def test_a_larger_size_is_interpolated() -> None:
    picture = smooth(64, 64)
    seen = Crop(32, 32, 16).apply(picture, 64)
    assert difference(seen[2::4, 2::4], picture[24:40, 24:40]) <= 12
    assert seen.shape == (64, 64, 3)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turning_the_square_clockwise_turns_the_crop_the_other_way(turns: int) -> None:
    picture = noise(24, 24)
    seen = Crop(12, 12, 24, 90.0 * turns).apply(picture, 24)
    assert difference(seen, np.rot90(picture, turns)) <= 2


def test_the_crop_shows_the_place_of_the_square() -> None:
    picture = noise(40, 60)
    assert np.array_equal(Crop(30, 20, 16).apply(picture, 16), picture[12:28, 22:38])


def test_beyond_the_edge_the_picture_is_mirrored() -> None:
    picture = noise(20, 20)
    seen = Crop(0, 10, 20).apply(picture, 20)
    assert np.array_equal(seen[:, 10:], picture[:, :10])
    assert np.array_equal(seen[:, :10], picture[:, 9::-1])
    corner = Crop(20, 20, 8).apply(picture, 8)
    assert np.array_equal(corner[:4, :4], picture[16:, 16:])
    assert np.array_equal(corner[4:, 4:], picture[:15:-1, :15:-1])


@pytest.mark.parametrize(
    "crop", [Crop(0, 0, 290, 33), Crop(95, 140, 40, -20), Crop(150, 3, 300), Crop(9, 200, 17)]
)
def test_only_the_visible_section_is_read(crop: Crop, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = noise(200, 150)
    with monkeypatch.context() as patch:
        patch.setattr(Crop, "_needed", lambda *_: (slice(0, 200), slice(0, 150)))
        whole = crop.apply(picture, 32)
    assert difference(crop.apply(picture, 32), whole) <= 1


def test_a_very_long_picture_is_cropped() -> None:
    picture = np.zeros((16, 40_000, 3), np.uint8)
    picture[:, 39_000:] = 200
    assert (Crop(39_500, 8, 16).apply(picture, 16) == 200).all()
    assert Crop.whole(40_000, 1).side == 1


def test_the_first_square_is_the_largest_and_high_up_in_a_tall_picture() -> None:
    assert Crop.whole(300, 500) == Crop(250, 150, 300)
    tall = Crop.whole(500, 300)
    assert (tall.x, tall.side) == (150, 300)
    top = tall.y - tall.side / 2
    assert 0 < top < 100


def test_points_go_to_the_square_and_back() -> None:
    crop = Crop(31, 17, 12, 33)
    assert crop.on_picture(0.5, 0.5) == (31, 17)
    for u, v in ((0.0, 0.0), (0.2, 0.9), (1.5, -1.0)):
        assert crop.in_square(*crop.on_picture(u, v)) == pytest.approx((u, v))
    x, y = Crop(0, 0, 2, 90).on_picture(1, 0.5)  # the middle of the square's right side
    assert (x, y) == pytest.approx((0, 1))


@pytest.mark.parametrize("tilt", [0, 20, -35, 80])
def test_two_eyes_become_level_and_are_where_the_domain_has_them(tilt: float) -> None:
    """Two dots drawn on a tilted face are where the eyes belong in the crop."""
    turn = math.radians(tilt)
    eyes = [
        (210 + way * 45 * math.cos(turn), 190 + way * 45 * math.sin(turn)) for way in (1, -1)
    ]  # in the wrong order
    canvas = Image.new("RGB", (420, 400))
    for (x, y), colour in zip(eyes, ("#0000ff", "#ff0000"), strict=True):
        ImageDraw.Draw(canvas).ellipse((x - 6.5, y - 6.5, x + 5.5, y + 5.5), fill=colour)
    seen = Crop.on_eyes(eyes[0], eyes[1]).apply(np.array(canvas), 128)
    for channel, (u, v) in ((0, LEFT_EYE), (2, RIGHT_EYE)):
        weights = seen[..., channel].astype(float)
        ys, xs = np.mgrid[:128, :128] + 0.5
        assert (weights * xs).sum() / weights.sum() / 128 == pytest.approx(u, abs=0.006)
        assert (weights * ys).sum() / weights.sum() / 128 == pytest.approx(v, abs=0.006)


def test_eyes_at_the_same_point_are_refused() -> None:
    with pytest.raises(ImageError, match="same point"):
        Crop.on_eyes((3, 3), (3.5, 3))


def test_a_square_is_kept_on_its_picture() -> None:
    assert Crop(-10, 70, 1, 190).clamped(60, 80) == Crop(0, 60, 8, -170)
    assert Crop(40, 30, 9999).clamped(60, 80).side == 160
    clamped = Crop(10, 20, 30, -45).clamped(60, 80)
    assert clamped == Crop(10, 20, 30, -45)
