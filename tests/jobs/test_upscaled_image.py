"""An upscaled image replaces the pixels that have not changed, and the cache remembers it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ddsgui.jobs.upscaled_image import UpscaledCache, UpscaledImage
from ddsgui.rect import Rect

RAW = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
FINE = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)


@pytest.fixture
def picture() -> UpscaledImage:
    return UpscaledImage(RAW, FINE)


def block(rect: Rect) -> tuple[slice, slice]:
    return slice(4 * rect.y, 4 * (rect.y + rect.h)), slice(4 * rect.x, 4 * (rect.x + rect.w))


def test_unchanged_pixels_are_upscaled_and_not_copied(picture: UpscaledImage) -> None:
    assert picture.composed(RAW.copy()) is FINE
    assert picture.composed(RAW, FINE, Rect(2, 3, 4, 5)) is FINE


def test_changed_pixels_are_raw_and_enlarged_in_their_place(picture: UpscaledImage) -> None:
    raw, before, rect = RAW.copy(), FINE.copy(), Rect(3, 2, 5, 4)
    raw[rect.slices] = 255 - raw[rect.slices]
    composed = picture.composed(raw, FINE, rect)
    enlarged = cv2.resize(raw, (64, 48), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_array_equal(composed[block(rect)], enlarged[block(rect)])
    outside = np.ones((48, 64), bool)
    outside[block(rect)] = False
    np.testing.assert_array_equal(composed[outside], FINE[outside])
    np.testing.assert_array_equal(picture.composed(raw), composed)
    np.testing.assert_array_equal(FINE, before)


def test_within_the_rectangle_only_changed_pixels_are_raw(picture: UpscaledImage) -> None:
    raw = RAW.copy()
    raw[5, 6] ^= 128
    composed = picture.composed(raw, FINE, Rect(0, 0, 16, 12))
    changed = np.any(composed != FINE, axis=-1)
    assert changed[block(Rect(6, 5, 1, 1))].mean() > 0.9
    changed[block(Rect(6, 5, 1, 1))] = False
    assert not changed.any()


def test_restored_pixels_are_upscaled_again(picture: UpscaledImage) -> None:
    raw, rect = RAW.copy(), Rect(11, 7, 5, 5)  # up to the corner
    raw[rect.slices] = 0
    composed = picture.composed(raw, FINE, rect)
    assert not np.array_equal(composed, FINE)
    raw[rect.slices] = RAW[rect.slices]
    np.testing.assert_array_equal(picture.composed(raw, composed, rect), FINE)


def test_the_cache_finds_by_content_and_drops_the_least_recently_used() -> None:
    def upscaled(value: int) -> UpscaledImage:
        raw = np.full((2, 2, 3), value, np.uint8)
        return UpscaledImage(raw, raw.repeat(4, 0).repeat(4, 1))

    cache = UpscaledCache(max_bytes=2 * upscaled(0).image.nbytes)
    pictures = [upscaled(value) for value in range(3)]
    cache.put(pictures[0])
    cache.put(pictures[1])
    assert cache.find(pictures[0].raw.copy()) is pictures[0]
    cache.put(pictures[2])
    assert cache.find(pictures[1].raw) is None and cache.find(pictures[0].raw) is pictures[0]
    assert cache.find(np.zeros((1, 4, 3), np.uint8)) is None
    cache.clear()
    assert cache.find(pictures[0].raw) is None
