from __future__ import annotations

from collections.abc import Generator

import numpy as np
import pytest

from ddsgui.errors import ImageError, UsageError
from ddsgui.export import animation
from ddsgui.export.animation import Animation, animation_steps, evenly_spaced, frame_count, preview_animation
from ddsgui.export.options import ExportOptions
from tests.export.examples import a_mix, drained, fade


def animated(content=None, **options) -> Animation:
    return drained(animation_steps(a_mix() if content is None else content, ExportOptions(**options)))


def test_the_result_is_the_last_frame_and_is_held() -> None:
    content = a_mix()
    film = animated(content, fps=10, hold=2, scale=1)
    assert len(film.images) == 6 and film.order == (0, 1, 2, 3, 4, 5)
    assert film.milliseconds == (100,) * 5 + (2000,)
    assert content.result is not None
    np.testing.assert_array_equal(film.images[-1], content.result.image)
    np.testing.assert_array_equal(film.images[0], content.frames[0])


def test_ping_pong_returns_without_showing_the_first_frame_twice() -> None:
    assert animated(ping_pong=True).order == (0, 1, 2, 3, 4, 5, 4, 3, 2, 1)
    assert animated(a_mix(frames=1, result=None), ping_pong=True).order == (0,)


def test_a_length_sets_the_pace_and_leaves_out_frames_that_it_has_no_room_for() -> None:
    assert animated(seconds=3, hold=0).milliseconds == (500,) * 6
    content = a_mix(frames=40)
    short = animated(content, seconds=0.2, hold=0)
    assert sum(short.milliseconds) == pytest.approx(200, abs=10) and short.left_out == 41 - len(short.images)
    assert "10 of 41" in short.note
    assert frame_count(content, ExportOptions(seconds=0.2)) == len(short.images)


def test_small_pictures_are_enlarged_unless_a_scale_is_chosen() -> None:
    assert animated().size == (256, 256)
    assert animated(scale=1).size == (32, 32)
    assert animated(scale=2).size == (64, 64)
    assert animated(scale=3).size == (96, 96), "the upscaler doubles; the rest is resized"


def test_side_by_side_stands_between_source_and_target() -> None:
    content = a_mix()
    row = animated(content, side_by_side=True, scale=1).images[0]
    np.testing.assert_array_equal(row[:, :32], content.source)
    np.testing.assert_array_equal(row[:, -32:], content.target)
    gap = (row.shape[1] - 96) // 2
    np.testing.assert_array_equal(row[:, 32 + gap : 64 + gap], content.frames[0])


def test_a_morph_passes_the_result_holds_all_three_and_returns() -> None:
    content = a_mix()
    morph = animated(content, animate="morph", seconds=4, fps=10, hold=0.5, scale=1)
    count = len(morph.images)
    assert count == 21 == frame_count(content, ExportOptions(animate="morph", seconds=4, fps=10))
    assert content.result is not None
    for index, image in ((0, content.source), (10, content.result.image), (20, content.target)):
        np.testing.assert_array_equal(morph.images[index], image)
    pauses = [index for index, time in zip(morph.order, morph.milliseconds, strict=True) if time == 500]
    assert pauses == [0, 10, 20, 10]
    before = morph.images[5].astype(float)
    assert np.abs(before - (content.source / 2 + content.result.image / 2)).max() <= 1, "halfway, faded"
    assert animation.FADED in morph.note


def test_a_morph_through_the_latent_space_is_used_where_there_is_one() -> None:
    asked: list[tuple[int, tuple[int, int]]] = []

    def draw(count: int, size: tuple[int, int]) -> Generator[tuple[int, int], None, list[np.ndarray]]:
        asked.append((count, size))
        yield 1, count
        return [np.full((32, 32, 3), 7, np.uint8)] * count

    morph = animated(a_mix(morph=draw), animate="morph", scale=1)
    assert asked == [(37, (32, 32))] and (morph.images[3] == 7).all() and morph.note == ""


def test_an_animation_needs_frames_and_a_morph_a_result() -> None:
    with pytest.raises(ImageError, match="morph"):
        animated(a_mix(frames=0))
    with pytest.raises(ImageError, match="no result"):
        animated(a_mix(result=None), animate="morph")
    with pytest.raises(ImageError, match="one size"):
        Animation((*fade(1, 32), *fade(1, 16)), (0, 1), (100, 100))


def test_frames_are_thinned_to_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(animation, "MAX_ANIMATION_PIXELS", 4 * 64 * 64)
    film = animated(a_mix(frames=11), scale=2)
    assert len(film.images) == 4 and film.left_out == 8
    assert evenly_spaced([1, 2, 3], 9) == [1, 2, 3]


def test_a_morph_that_is_thinned_keeps_its_three_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    content = a_mix()
    monkeypatch.setattr(animation, "MAX_ANIMATION_PIXELS", 8 * 32 * 32)
    film = animated(content, animate="morph", scale=1)
    assert len(film.images) == 7 and content.result is not None
    for index, image in ((0, content.source), (3, content.result.image), (6, content.target)):
        np.testing.assert_array_equal(film.images[index], image)


def test_a_thinned_animation_takes_as_long_and_keeps_what_is_held() -> None:
    full = animated(a_mix(frames=11), fps=10, hold=1, scale=1)
    thin = full.thinned(3, 0.5)
    assert sum(thin.milliseconds) == sum(full.milliseconds)
    assert thin.size == (16, 16) and len(thin.images) == 5 and thin.milliseconds[-1] == 1000


@pytest.mark.parametrize(
    "wrong",
    [
        {"fps": 0},
        {"seconds": -1},
        {"hold": 1e9},
        {"scale": 99},
        {"max_mb": 0},
        {"quality": 0},
        {"animate": "x"},
    ],
)
def test_absurd_options_are_refused(wrong) -> None:
    with pytest.raises(UsageError):
        ExportOptions(**wrong)
    assert ExportOptions.from_dict(wrong) == ExportOptions()


def test_options_survive_as_plain_data() -> None:
    options = ExportOptions(animate="morph", scale=2, max_mb=8)
    assert ExportOptions.from_dict(options.as_dict() | {"of a later version": 1}) == options
    assert ExportOptions.from_dict("nothing") == ExportOptions()


def test_a_preview_is_small_and_takes_as_long() -> None:
    content = a_mix(side=100, frames=60)
    small = content.shrunk(32, 10)
    assert small.source.shape == (32, 32, 3) and small.source_mask.shape == (32, 32)
    assert len(small.frames) == 10 and small.result is not None and small.result.image.shape == (32, 32, 3)
    np.testing.assert_array_equal(a_mix(side=20).shrunk(32, 10).source, a_mix(side=20).source)
    film = preview_animation(small, ExportOptions(animate="morph", scale=4, side_by_side=True, hold=0.5))
    full = animated(content, animate="morph", scale=1, hold=0.5)
    assert film.milliseconds == full.milliseconds and film.size[1] == 32
