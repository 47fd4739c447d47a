import numpy as np

from ddsgui.synthesis.blending.colour import colour_excess, colour_offset, from_lab, to_lab


def plain(*rgb: int) -> np.ndarray:
    return np.full((32, 32, 3), rgb, np.uint8)


def test_a_picture_survives_lab() -> None:
    image = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    np.testing.assert_allclose(from_lab(to_lab(image)), image, atol=1)


def test_the_offset_between_two_colours_carries_one_over_to_the_other() -> None:
    skin, tanned = plain(220, 180, 160), plain(150, 100, 80)
    offset = colour_offset(skin, tanned, np.ones((32, 32), np.float32))
    np.testing.assert_allclose(from_lab(to_lab(skin) + offset), tanned, atol=1)


def test_only_weighted_pixels_count_for_the_offset() -> None:
    image, weights = plain(100, 100, 100), np.zeros((32, 32), np.float32)
    image[:, 16:] = 250
    weights[:, :16] = 1
    assert colour_offset(image, plain(100, 100, 100), weights).tolist() == [0, 0, 0]
    assert colour_offset(image, plain(9, 9, 9), 0 * weights).tolist() == [0, 0, 0]


def test_only_a_colour_beyond_two_others_has_an_excess() -> None:
    dark, grey, light = plain(40, 40, 40), plain(128, 128, 128), plain(200, 200, 200)
    assert colour_excess(grey, dark, light) == 0
    assert colour_excess(light, dark, grey) > 20
