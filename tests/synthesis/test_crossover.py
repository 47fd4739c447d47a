import numpy as np
import pytest

from ddsgui.synthesis.crossover import Crossover, compose


def picture(value: int) -> np.ndarray:
    return np.full((4, 4, 3), value, np.uint8)


def test_the_mask_selects_between_source_and_target() -> None:
    mask = np.zeros((4, 4), np.uint8)
    mask[:2] = 255
    image = Crossover(picture(10), picture(200), mask, mask).image
    assert (image[:2] == 10).all()
    assert (image[2:] == 200).all()


def test_eq_1_is_computed_from_minus_one_to_one_where_masks_differ() -> None:
    none, full = np.zeros((4, 4), np.uint8), np.full((4, 4), 255, np.uint8)
    neither = compose(picture(10), picture(200), none, full)
    both = compose(picture(100), picture(120), full, none)
    assert set(neither.flatten()) <= {127, 128}  # 0 in [-1, 1]
    assert (both == round(127.5 + (100 - 127.5) + (120 - 127.5))).all()


def test_a_mask_of_one_half_blends() -> None:
    half = np.full((4, 4), 128, np.uint8)
    image = compose(picture(0), picture(255), half, half)
    assert abs(int(image[0, 0, 0]) - 127) <= 1


def test_a_rectangle_equals_the_same_rectangle_of_the_whole() -> None:
    rng = np.random.default_rng(0)
    s, t = (rng.integers(0, 256, (9, 9, 3), np.uint8) for _ in range(2))
    ys, yt = (rng.integers(0, 256, (9, 9), np.uint8) for _ in range(2))
    cut = (slice(2, 5), slice(3, 8))
    np.testing.assert_array_equal(compose(s, t, ys, yt)[cut], compose(s[cut], t[cut], ys[cut], yt[cut]))


def test_sizes_must_agree() -> None:
    with pytest.raises(ValueError, match="sizes"):
        Crossover(picture(0), picture(0), np.zeros((4, 5), np.uint8), np.zeros((4, 4), np.uint8))
