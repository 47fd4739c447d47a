"""Upscaling is a job: the newest image only, with an upscaler that is loaded once, without a window."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsgui.jobs.mix import Jobs
from ddsgui.jobs.upscaling import UpscaleRequest, UpscalingJobs
from ddsgui.latest import Latest
from ddsgui.library.library import Library
from ddsgui.steps import result_of
from ddsgui.synthesis import upscaler

IMAGE = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


class Repeater:
    """An upscaler that repeats each pixel, in two steps."""

    scale = 4

    def to(self, device: torch.device) -> Repeater:
        return self

    def upscale_steps(self, image: np.ndarray) -> Generator[None, None, np.ndarray]:
        yield
        yield
        return image.repeat(4, 0).repeat(4, 1)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """The paths that upscalers were loaded from."""
    paths: list[Path | None] = []

    def load(path: Path | None) -> Repeater:
        paths.append(path)
        return Repeater()

    monkeypatch.setattr(upscaler, "load_upscaler", load)
    return paths


@pytest.fixture
def jobs(tmp_path: Path, loaded: list[Path | None]) -> UpscalingJobs:
    return UpscalingJobs(Jobs(Library(tmp_path), "cpu"))


def test_the_newest_image_is_upscaled_and_handed_back_with_its_request(jobs: UpscalingJobs) -> None:
    box: Latest[UpscaleRequest] = Latest()
    box.put(UpscaleRequest(255 - IMAGE, "older"))
    newest = UpscaleRequest(IMAGE, "newer")
    box.put(newest)
    upscaled = result_of(jobs.make(None, box))
    assert upscaled is not None
    assert upscaled.request is newest
    assert upscaled.upscaler is None
    assert upscaled.seconds >= 0
    assert upscaled.image.matches(IMAGE)
    np.testing.assert_array_equal(upscaled.image.image, IMAGE.repeat(4, 0).repeat(4, 1))


def test_an_empty_box_gives_nothing(jobs: UpscalingJobs) -> None:
    assert result_of(jobs.make(None, Latest())) is None


def test_an_upscaler_is_loaded_again_only_for_another_file(
    jobs: UpscalingJobs, loaded: list[Path | None]
) -> None:
    custom_path = Path("other.pth")
    for path in (None, None, custom_path, custom_path, None):
        jobs.upscaler(path)
    assert loaded == [None, custom_path, None]
