from __future__ import annotations

import math

import numpy as np
import pytest

from ddsgui.editing.mask import Mask, Point, Stroke
from ddsgui.errors import ImageError
from ddsgui.rect import Rect


def blank(height: int = 64, width: int = 96) -> Mask:
    return Mask(np.zeros((height, width), np.uint8))


def area(mask: Mask) -> float:
    return float(mask.array.sum()) / 255


def test_a_dot_between_pixels_has_the_area_of_its_disc() -> None:
    for radius in (1.0, 1.3, 1.7, 5.25, 20.0):
        mask = blank()
        mask.draw(Stroke(((40.3, 30.8, radius),)))
        # 1/12: an edge one pixel wide has a little more area outside the circle than is missing inside
        assert area(mask) == pytest.approx(math.pi * (radius**2 + 1 / 12), rel=0.02)


def test_a_segment_is_a_capsule() -> None:
    mask = blank()
    mask.draw(Stroke(((20.0, 30.0, 6.0), (60.0, 30.0, 6.0))))
    assert area(mask) == pytest.approx(math.pi * 36 + 40 * 12, rel=0.01)


def by_many_discs(start: Point, end: Point) -> np.ndarray:
    mask = blank()
    for t in np.linspace(0, 1, 400):
        x, y, r = ((1 - t) * a + t * b for a, b in zip(start, end, strict=True))
        mask.draw(Stroke(((x, y, r),)))
    return mask.array


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ((20.0, 20.0, 3.0), (70.0, 45.0, 12.0)),
        ((70.0, 45.0, 12.0), (20.0, 20.0, 3.0)),
        ((30.0, 30.0, 4.0), (32.0, 31.0, 15.0)),  # the second disc swallows the first
        ((30.2, 50.1, 8.0), (30.2, 10.7, 2.5)),
    ],
)
def test_pressure_tapers_the_segment_as_infinitely_many_discs_would(start: Point, end: Point) -> None:
    mask = blank()
    mask.draw(Stroke((start, end)))
    difference = np.abs(mask.array.astype(int) - by_many_discs(start, end).astype(int))
    assert difference.max() <= 3


def test_drawing_the_same_stroke_again_changes_nothing() -> None:
    for value in (255, 0):
        mask = Mask(np.full((64, 96), 255 - value, np.uint8))
        stroke = Stroke(((20.0, 30.0, 6.3), (60.0, 33.0, 8.1)), value)
        mask.draw(stroke)
        once = mask.array.copy()
        mask.draw(stroke)
        assert np.array_equal(mask.array, once)
        assert set(np.unique(once)) - {0, 255}, "the edge is anti-aliased"


def test_erasing_is_the_inverse_of_painting() -> None:
    points = ((20.0, 30.0, 6.3), (60.0, 33.0, 8.1))
    painted, erased = blank(), Mask(np.full((64, 96), 255, np.uint8))
    painted.draw(Stroke(points, 255))
    erased.draw(Stroke(points, 0))
    assert np.array_equal(painted.array, 255 - erased.array)


def test_the_rectangle_holds_every_change_and_fits_closely() -> None:
    mask = blank()
    rect = mask.draw(Stroke(((30.5, 20.5, 5.0), (50.0, 40.0, 5.0))))
    assert rect is not None
    outside = mask.array.copy()
    outside[rect.slices] = 0
    assert not outside.any()
    assert rect.w <= 20 + 2 * 5 + 4
    assert rect.h <= 20 + 2 * 5 + 4


def test_strokes_may_begin_and_end_off_the_mask_or_miss_it() -> None:
    mask = blank()
    assert mask.draw(Stroke(((-40.0, -40.0, 5.0), (-20.0, 400.0, 5.0)))) is None
    assert mask.draw(Stroke(((500.0, 10.0, 5.0),))) is None
    assert not mask.array.any()
    rect = mask.draw(Stroke(((-100.0, 32.0, 4.0), (1000.0, 32.0, 4.0))))
    assert rect == Rect(0, 27, 96, 10)
    assert (mask.array[32] == 255).all()


def test_an_empty_stroke_draws_nothing() -> None:
    assert blank().draw(Stroke(())) is None


def test_a_mask_is_a_copy_and_accepts_bytes_only() -> None:
    array = np.zeros((4, 4), np.uint8)
    Mask(array).draw(Stroke(((2.0, 2.0, 3.0),)))
    assert not array.any()
    for wrong in (np.zeros((4, 4)), np.zeros((4, 4, 3), np.uint8), np.zeros((0, 4), np.uint8)):
        with pytest.raises(ImageError):
            Mask(wrong)


def test_rectangles_unite() -> None:
    assert Rect(1, 2, 3, 4).united(None) == Rect(1, 2, 3, 4)
    assert Rect(5, 5, 2, 2).united(Rect(1, 6, 2, 7)) == Rect(1, 5, 6, 8)
