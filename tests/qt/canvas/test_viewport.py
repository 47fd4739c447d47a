from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF

from ddsgui.qt.canvas.viewport import Viewport
from ddsgui.rect import Rect

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (40, 56, 3), dtype=np.uint8)


def test_widget_and_image_coordinates_are_inverse() -> None:
    viewport = Viewport(scale=2.5, x=10.0, y=-4.0)
    assert viewport.to_widget(Rect(4, 2, 2, 3)) == QRectF(20.0, 1.0, 5.0, 7.5)
    assert viewport.to_image(QPointF(20.0, 1.0)) == QPointF(4.0, 2.0)


def test_a_picture_at_its_own_size_is_unchanged() -> None:
    assert np.array_equal(Viewport(1.0, 5.0, 7.0).sample(PICTURE, QRect(5, 7, 56, 40)), PICTURE)


def test_pixels_are_squares_at_high_zoom_and_any_device_ratio() -> None:
    for ratio in (1, 2):
        viewport, side = Viewport(24.0, 3.0, 2.0, device_ratio=ratio), 24 * ratio
        seen = viewport.sample(PICTURE, QRect(3 * ratio, 2 * ratio, 10 * side, 6 * side))
        assert np.array_equal(seen, PICTURE[:6, :10].repeat(side, axis=0).repeat(side, axis=1))


@pytest.mark.parametrize("scale", [0.13, 0.3, 0.7, 1.0, 3.3, 7.0, 20.0, 33.0])
@pytest.mark.parametrize("picture", [PICTURE, PICTURE[..., 0]], ids=["picture", "mask"])
def test_a_section_equals_that_section_of_the_whole(scale: float, picture: np.ndarray) -> None:
    """Otherwise the edge of every dirty rectangle would be visible."""
    viewport = Viewport(scale, 3.0, 5.0, device_ratio=1.5)
    whole = viewport.sample(picture, QRect(0, 0, 120, 90))
    part = viewport.sample(picture, QRect(31, 17, 40, 50))
    difference = np.abs(whole[17:67, 31:71].astype(int) - part.astype(int))
    assert difference.max() <= 1  # coordinates are rounded to 1/32 pixel


def test_an_enlarged_picture_is_smooth() -> None:
    step = np.zeros((8, 8), np.uint8)
    step[:, 4:] = 255
    row = Viewport(6.0, 0.0, 0.0).sample(step, QRect(0, 0, 48, 48))[24].astype(int)
    assert (np.diff(row) >= 0).all()
    assert len(set(row)) > 4


def test_a_reduced_picture_is_averaged() -> None:
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 200
    seen = Viewport(0.2, 0.0, 0.0).sample(stripes, QRect(2, 2, 8, 8))
    assert np.abs(seen.astype(int) - 100).max() <= 2


def test_sections_outside_the_picture_can_be_drawn() -> None:
    assert Viewport(4.0, 0.0, 0.0).sample(PICTURE, QRect(9000, -9000, 3, 2)).shape == (2, 3, 3)
    assert Viewport(0.1, 0.0, 0.0).sample(PICTURE[:1, :1], QRect(-5, -5, 3, 2)).shape == (2, 3, 3)


def test_a_change_is_visible_only_within_the_touched_rectangle() -> None:
    for scale in (0.13, 0.4, 2.6, 30.0):
        viewport = Viewport(scale, 7.0, 9.0)
        changed = PICTURE.copy()
        changed[10:14, 20:25] ^= 255
        area = QRect(0, 0, 900, 500)
        differs = (viewport.sample(PICTURE, area) != viewport.sample(changed, area)).any(axis=2)
        ys, xs = np.nonzero(differs)
        touched = viewport.touched(Rect(20, 10, 5, 4))
        assert ys.size
        first, last = QPoint(int(xs.min()), int(ys.min())), QPoint(int(xs.max()), int(ys.max()))
        assert touched.contains(QRect(first, last))
