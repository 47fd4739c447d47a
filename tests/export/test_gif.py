from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ddsgui.errors import ImageError
from ddsgui.export import gif
from ddsgui.export.animation import Animation
from ddsgui.export.gif import write_gif_steps
from ddsgui.export.options import ExportOptions
from tests.export.examples import drained, fade


def write_gif(path: Path, frames: tuple[np.ndarray, ...], milliseconds: int = 100, **options) -> str:
    times = (milliseconds,) * (len(frames) - 1) + (2000,)
    animation = Animation(frames, tuple(range(len(frames))), times)
    return drained(write_gif_steps(path, animation, ExportOptions(**options)))


def read(path: Path) -> tuple[np.ndarray, list[int]]:
    with Image.open(path) as image:
        pairs = [(np.array(f.convert("RGB")), f.info["duration"]) for f in ImageSequence.Iterator(image)]
    return np.stack([a for a, _ in pairs]), [d for _, d in pairs]


def noisy(count: int, side: int) -> tuple[np.ndarray, ...]:
    """Make frames that compress badly, of few colours."""
    noise = np.random.default_rng(0).integers(0, 4, (count, side, side, 3), dtype=np.uint8)
    return tuple(noise * 64)


def test_frames_are_in_order_and_the_last_one_lasts_longer(tmp_path: Path) -> None:
    frames = fade()
    assert write_gif(tmp_path / "a.gif", frames) == ""
    decoded, durations = read(tmp_path / "a.gif")
    assert durations == [100] * 11 + [2000]
    assert np.abs(decoded.astype(int) - np.stack(frames)).mean() < 4
    with Image.open(tmp_path / "a.gif") as image:
        assert image.info["loop"] == 0


def test_pixels_that_do_not_change_do_not_flicker(tmp_path: Path) -> None:
    write_gif(tmp_path / "a.gif", fade())
    decoded, _ = read(tmp_path / "a.gif")
    still = decoded[:, :, :16]
    np.testing.assert_array_equal(still, np.broadcast_to(still[0], still.shape))


def test_a_single_frame_and_equal_frames_are_fine(tmp_path: Path) -> None:
    frame = fade(1)[0]
    write_gif(tmp_path / "one.gif", (frame,))
    with Image.open(tmp_path / "one.gif") as image:
        assert image.size == (32, 32)
    write_gif(tmp_path / "same.gif", (frame,) * 3)
    decoded, durations = read(tmp_path / "same.gif")
    assert sum(durations) == 2200
    assert (decoded == decoded[0]).all()


def test_a_picture_that_moves_leaves_no_trace(tmp_path: Path) -> None:
    frames = []
    for at in range(6):
        frame = np.zeros((24, 24, 3), np.uint8)
        frame[at * 3 : at * 3 + 4, 8:12] = 255
        frames.append(frame)
    write_gif(tmp_path / "a.gif", tuple(frames))
    np.testing.assert_array_equal(read(tmp_path / "a.gif")[0], np.stack(frames))


@pytest.mark.parametrize("limit", [0.05, 0.02, 0.006])
def test_a_limit_is_kept_and_its_price_reported(tmp_path: Path, limit: float) -> None:
    frames = noisy(12, 64)
    note = write_gif(tmp_path / "a.gif", frames, max_mb=limit)
    assert 0.01 * limit * 1e6 < (tmp_path / "a.gif").stat().st_size <= limit * 1e6
    assert "colours" in note and f"{limit:g} MB" in note
    assert abs(sum(read(tmp_path / "a.gif")[1]) - 3100) <= 20, "it takes as long"


def test_a_limit_that_is_not_reached_changes_nothing(tmp_path: Path) -> None:
    assert write_gif(tmp_path / "a.gif", fade(), max_mb=8) == ""
    write_gif(tmp_path / "b.gif", fade())
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


def test_a_limit_that_cannot_be_kept_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gif, "REDUCTIONS", gif.REDUCTIONS[:2])
    with pytest.raises(ImageError, match=r"0\.01 MB"):
        write_gif(tmp_path / "a.gif", noisy(4, 128), max_mb=0.01)
    assert not (tmp_path / "a.gif").exists()
