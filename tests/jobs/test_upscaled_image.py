"""Which pixels of a picture are shown crisp."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ddsgui.editing.mask import Rect
from ddsgui.jobs.upscaled_image import UpscaledCache, UpscaledImage

RAW = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
FINE = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)


@pytest.fixture
def picture() -> UpscaledImage:
    return UpscaledImage(RAW, FINE)


def block(rect: Rect) -> tuple[slice, slice]:
    return slice(4 * rect.y, 4 * (rect.y + rect.h)), slice(4 * rect.x, 4 * (rect.x + rect.w))


def test_what_is_unchanged_is_crisp_and_not_copied(picture: UpscaledImage) -> None:
    assert picture.laid_on(RAW.copy()) is FINE
    assert picture.laid_on(RAW, FINE, Rect(2, 3, 4, 5)) is FINE


def test_what_has_changed_is_raw_and_lifted_to_the_very_place(picture: UpscaledImage) -> None:
    raw, before, rect = RAW.copy(), FINE.copy(), Rect(3, 2, 5, 4)
    raw[rect.slices] = 255 - raw[rect.slices]
    shown = picture.laid_on(raw, FINE, rect)
    lifted = cv2.resize(raw, (64, 48), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_array_equal(shown[block(rect)], lifted[block(rect)])
    outside = np.ones((48, 64), bool)
    outside[block(rect)] = False
    np.testing.assert_array_equal(shown[outside], FINE[outside])
    np.testing.assert_array_equal(picture.laid_on(raw), shown)
    np.testing.assert_array_equal(FINE, before)


def test_within_the_rectangle_only_what_differs_is_raw(picture: UpscaledImage) -> None:
    raw = RAW.copy()
    raw[5, 6] ^= 128
    shown = picture.laid_on(raw, FINE, Rect(0, 0, 16, 12))
    changed = np.any(shown != FINE, axis=-1)
    assert changed[block(Rect(6, 5, 1, 1))].mean() > 0.9
    changed[block(Rect(6, 5, 1, 1))] = False
    assert not changed.any()


def test_what_is_put_back_is_crisp_again(picture: UpscaledImage) -> None:
    raw, rect = RAW.copy(), Rect(11, 7, 5, 5)  # up to the corner
    raw[rect.slices] = 0
    shown = picture.laid_on(raw, FINE, rect)
    assert not np.array_equal(shown, FINE)
    raw[rect.slices] = RAW[rect.slices]
    np.testing.assert_array_equal(picture.laid_on(raw, shown, rect), FINE)


def test_the_shelf_finds_by_content_and_forgets_the_oldest() -> None:
    def made(value: int) -> UpscaledImage:
        raw = np.full((2, 2, 3), value, np.uint8)
        return UpscaledImage(raw, raw.repeat(4, 0).repeat(4, 1))

    shelf = UpscaledCache(memory=2 * made(0).image.nbytes)
    pictures = [made(value) for value in range(3)]
    shelf.put(pictures[0])
    shelf.put(pictures[1])
    assert shelf.find(pictures[0].raw.copy()) is pictures[0]
    shelf.put(pictures[2])
    assert shelf.find(pictures[1].raw) is None and shelf.find(pictures[0].raw) is pictures[0]
    assert shelf.find(np.zeros((1, 4, 3), np.uint8)) is None
    shelf.clear()
    assert shelf.find(pictures[0].raw) is None
