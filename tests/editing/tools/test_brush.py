from __future__ import annotations

import numpy as np

from ddsgui.editing.mask import Coverage, Mask, Point, Stroke
from ddsgui.editing.tools.base import Modifiers, Surface
from ddsgui.editing.tools.brush import Brush
from ddsgui.rect import Rect

A, B, C = (10.0, 20.0, 3.0), (30.0, 22.0, 6.0), (50.0, 10.0, 2.0)


def surface(last: Point | None = None) -> Surface:
    return Surface(np.zeros((48, 64, 3), np.uint8), np.zeros((48, 64), np.uint8), last)


def drawn(points: tuple[Point, ...]) -> np.ndarray:
    mask = Mask(np.zeros((48, 64), np.uint8))
    mask.draw(Stroke(points))
    return mask.array


def whole(coverage: Coverage | None) -> np.ndarray:
    assert coverage is not None
    return coverage.drawn_on(np.zeros((48, 64), np.uint8), Rect(0, 0, 64, 48))


def test_a_stroke_is_covered_and_every_move_returns_the_changed_rectangle() -> None:
    brush, covered = Brush(surface()), np.zeros((48, 64), np.uint8)
    for i, point in enumerate((A, B, C)):
        rect = brush.move(point) if i else brush.press(point, Modifiers.NONE)
        after = whole(brush.preview())
        assert rect is not None
        outside = after != covered
        outside[rect.slices] = False
        assert not outside.any()
        covered = after
    assert np.array_equal(covered, drawn((A, B, C)))
    assert np.array_equal(whole(brush.release()), covered)


def test_shift_starts_where_the_last_gesture_ended() -> None:
    brush = Brush(surface(last=A))
    brush.press(B, Modifiers.STRAIGHT)
    assert np.array_equal(whole(brush.release()), drawn((A, B)))
    brush = Brush(surface(last=None))
    brush.press(B, Modifiers.STRAIGHT)
    assert np.array_equal(whole(brush.release()), drawn((B,)))
    brush = Brush(surface(last=A))
    brush.press(B, Modifiers.NONE)
    assert np.array_equal(whole(brush.release()), drawn((B,)))


def test_erasing_removes_the_same_pixels() -> None:
    brush = Brush(surface())
    brush.press(A, Modifiers.ERASE)
    brush.move(B)
    coverage = brush.release()
    assert coverage is not None and coverage.value == 0 and brush.label == "eraser stroke"
    full = np.full((48, 64), 255, np.uint8)
    assert np.array_equal(coverage.drawn_on(full, Rect(0, 0, 64, 48)), 255 - drawn((A, B)))


def test_a_stroke_outside_the_mask_covers_nothing() -> None:
    brush = Brush(surface())
    assert brush.press((-50.0, -50.0, 4.0), Modifiers.NONE) is None
    assert brush.preview() is None
    assert brush.move((-50.0, 90.0, 4.0)) is None
    assert brush.release() is None
    assert brush.move((200.0, 20.0, 4.0)) is not None, "the stroke enters the mask again"
