from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ddsgui.errors import ImageError
from ddsgui.export.animated_webp import write_webp_steps
from ddsgui.export.animation import Animation
from ddsgui.export.options import ExportOptions
from tests.export.examples import drained, fade


def test_frames_order_and_times_are_read_by_another_decoder(tmp_path: Path) -> None:
    frames, path = fade(4, 33), tmp_path / "a.webp"
    animation = Animation(frames, (0, 1, 2, 3, 2, 1), (80, 80, 80, 1000, 80, 80))
    drained(write_webp_steps(path, animation, ExportOptions(quality=95)))
    with Image.open(path) as image:
        assert (getattr(image, "n_frames", 1), image.size, image.info["loop"]) == (6, (33, 33), 0)
        times = []
        for number, index in enumerate(animation.order):
            image.seek(number)
            picture = np.array(image.convert("RGB")).astype(int)
            times.append(image.info["duration"])
            assert np.abs(picture - frames[index]).mean() < 4
        assert times == list(animation.milliseconds)


def test_a_picture_that_is_too_large_is_refused(tmp_path: Path) -> None:
    wide = Animation((np.zeros((2, 17_000, 3), np.uint8),), (0,), (100,))
    with pytest.raises(ImageError, match="17000"):
        drained(write_webp_steps(tmp_path / "a.webp", wide, ExportOptions()))
