from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ddsgui.export.animation import Animation
from ddsgui.export.apng import write_apng_steps
from ddsgui.export.options import ExportOptions
from tests.export.examples import drained, fade


def test_frames_are_lossless_and_in_order(tmp_path: Path) -> None:
    frames, path = fade(4, 33), tmp_path / "a.png"
    animation = Animation(frames, (0, 1, 2, 2, 3, 1), (80, 80, 80, 1000, 80, 80))
    drained(write_apng_steps(path, animation, ExportOptions()))
    with Image.open(path) as image:
        assert (getattr(image, "n_frames", 1), image.size, image.info["loop"]) == (6, (33, 33), 0)
        for number, index in enumerate(animation.order):
            image.seek(number)
            np.testing.assert_array_equal(np.array(image.convert("RGB")), frames[index])
            assert image.info["duration"] == animation.milliseconds[number]


def test_a_single_frame_is_an_ordinary_png(tmp_path: Path) -> None:
    frame = fade(1)[0]
    drained(write_apng_steps(tmp_path / "a.png", Animation((frame,), (0,), (100,)), ExportOptions()))
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.array(image.convert("RGB")), frame)
