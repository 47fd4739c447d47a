from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from ddsgui.errors import DdsError, ImageError
from ddsgui.export import gif
from ddsgui.export.gif import GifEncoder, encode_gif, evenly_spaced, thin_to_memory
from ddsgui.paths import write_all


def fade(count: int = 12, side: int = 32) -> list[np.ndarray]:
    """Make frames of a smooth picture whose right half brightens while the left half stands still."""
    y, x = np.mgrid[0:side, 0:side] / side
    frames = []
    for i in range(count):
        lift = np.where(x >= 0.5, i / count, 0)
        frames.append(np.uint8(np.stack([x * 120 + lift * 80, y * 200, 90 + lift * 100], axis=-1)))
    return frames


def write_gif(path: Path, frames: list[np.ndarray], **options: Any) -> None:
    write_all(path.parent, {path.name: encode_gif(frames, **options)})


def read(path: Path) -> tuple[np.ndarray, list[int]]:
    with Image.open(path) as gif:
        pairs = [(np.array(f.convert("RGB")), f.info["duration"]) for f in ImageSequence.Iterator(gif)]
    return np.stack([a for a, _ in pairs]), [d for _, d in pairs]


def test_frames_are_in_order_and_the_last_one_lasts_longer(tmp_path):
    frames = fade()
    write_gif(tmp_path / "a.gif", frames, fps=10, hold_last=2.0, scale=1)
    decoded, durations = read(tmp_path / "a.gif")
    assert durations == [100] * 11 + [2000]
    assert np.abs(decoded.astype(int) - np.stack(frames)).mean() < 4
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.info["loop"] == 0


def test_pixels_that_do_not_change_do_not_flicker(tmp_path):
    write_gif(tmp_path / "a.gif", fade(), scale=1)
    decoded, _ = read(tmp_path / "a.gif")
    still = decoded[:, :, :16]
    np.testing.assert_array_equal(still, np.broadcast_to(still[0], still.shape))


def test_small_pictures_are_enlarged_and_large_ones_unchanged(tmp_path):
    for side, shown_side in ((32, 256), (96, 192), (256, 256), (300, 300)):
        write_gif(tmp_path / "a.gif", fade(2, side))
        decoded, _ = read(tmp_path / "a.gif")
        assert decoded.shape[1:3] == (shown_side, shown_side)


def test_enlarging_is_smooth(tmp_path):
    frame = np.zeros((8, 8, 3), np.uint8)
    frame[:, 4:] = 255
    write_gif(tmp_path / "a.gif", [frame], scale=8)
    decoded, _ = read(tmp_path / "a.gif")
    across = decoded[0, 32, 24:40, 0].astype(int)
    assert np.abs(np.diff(across)).max() < 80


def test_a_single_frame_and_equal_frames_are_fine(tmp_path):
    frame = fade(1)[0]
    write_gif(tmp_path / "one.gif", [frame], hold_last=0.5)
    assert read(tmp_path / "one.gif")[1] == [500]
    write_gif(tmp_path / "same.gif", [frame] * 3, fps=10, hold_last=0.5)
    assert sum(read(tmp_path / "same.gif")[1]) == 700


def test_frames_that_are_missing_or_differ_in_size_are_refused():
    with pytest.raises(ImageError, match="no frames"):
        encode_gif([])
    with pytest.raises(ImageError, match="one size"):
        encode_gif([fade(1, 32)[0], fade(1, 16)[0]])


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*args: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DdsError, match="the disk is full"):
        write_gif(tmp_path / "a.gif", fade(2))
    assert list(tmp_path.iterdir()) == []


def test_frames_can_be_larger_than_those_of_the_palette(tmp_path):
    small = fade(3)
    encoder = GifEncoder(small)
    large = [frame.repeat(16, axis=0).repeat(16, axis=1) for frame in small]
    for frame in large:
        encoder.add(frame)
    (tmp_path / "a.gif").write_bytes(encoder.encode())
    decoded, _ = read(tmp_path / "a.gif")
    assert np.abs(decoded.astype(int) - np.stack(large)).mean() < 4


def test_frames_are_thinned_to_the_memory_and_keep_the_first_and_the_last(monkeypatch):
    monkeypatch.setattr(gif, "MAX_ANIMATION_PIXELS", 5 * 64 * 64)
    frames = fade(12, 32)
    few = thin_to_memory(frames, 2)
    assert len(few) == 5 and few[0] is frames[0] and few[-1] is frames[-1]
    assert len(thin_to_memory(frames, 1)) == 12
    assert len(thin_to_memory(frames, 100)) == 2
    assert evenly_spaced([1, 2, 3], 9) == [1, 2, 3] and thin_to_memory([], 4) == []
