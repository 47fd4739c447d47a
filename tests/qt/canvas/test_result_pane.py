from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ddsgui.jobs.upscaled_image import UpscaledImage
from ddsgui.qt.canvas.image_view import PaneImage
from ddsgui.qt.canvas.result_pane import ResultPane
from ddsgui.qt.canvas.shared_view import SharedView


@pytest.fixture
def pane(qtbot: QtBot) -> ResultPane:
    pane = ResultPane("Result", SharedView())
    qtbot.addWidget(pane)
    pane.show()
    return pane


def frame(value: int, generation: object) -> PaneImage:
    return PaneImage(np.full((8, 8, 3), value, np.uint8), f"iteration {value}", generation)


def upscaled(frame: PaneImage) -> UpscaledImage:
    assert frame.image is not None
    return UpscaledImage(frame.image, frame.image.repeat(4, 0).repeat(4, 1))


def test_frames_are_shown_at_once_until_one_is_sharp(pane: ResultPane) -> None:
    first, second, third = (frame(value, 0) for value in (1, 2, 3))
    pane.show_frame(first)
    pane.show_frame(second)
    assert pane.image is second.image and pane.caption == "iteration 2"
    pane.offer(first, upscaled(first))
    assert pane.image is first.image and pane.is_sharp
    assert pane.wanted() is second, "it is only delayed"
    pane.show_frame(third)
    assert pane.image is first.image and pane.wanted() is third
    pane.offer(third, upscaled(third))
    assert pane.image is third.image and pane.caption == "iteration 3" and pane.is_sharp
    assert pane.wanted() is None


def test_a_frame_of_another_generation_is_shown_at_once_and_late_results_are_dropped(
    pane: ResultPane,
) -> None:
    old, new = frame(1, (1, 1)), frame(2, (1, 2))
    pane.show_frame(old)
    pane.offer(old, upscaled(old))
    pane.show_frame(new)
    assert pane.image is new.image
    pane.offer(old, upscaled(old))
    assert pane.image is new.image and not pane.is_sharp


def test_without_upscaling_no_frame_is_delayed(pane: ResultPane) -> None:
    old, new = frame(1, 0), frame(2, 0)
    pane.show_frame(old)
    pane.offer(old, upscaled(old))
    pane.show_frame(new)
    assert pane.image is old.image
    pane.set_upscaled(None)
    assert pane.image is new.image and not pane.is_sharp


def test_a_comparison_hides_frames_that_arrive_meanwhile(pane: ResultPane) -> None:
    pane.show_frame(frame(1, 0))
    crossover = np.full((8, 8, 3), 99, np.uint8)
    pane.compare(crossover, "Crossover, to compare")
    new = frame(2, 0)
    pane.show_frame(new)
    pane.offer(new, upscaled(new))
    assert pane.image is crossover and pane.caption == "Crossover, to compare"
    pane.compare(None)
    assert pane.image is new.image and pane.caption == "iteration 2"
