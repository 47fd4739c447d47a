"""Frames and losses of a run are kept in bounded memory."""

from __future__ import annotations

import numpy as np

from ddsgui.project.frames import Frame, FrameBuffer
from ddsgui.project.losses import MAX_ROWS, LossTable
from ddsgui.synthesis.loss_terms import LOSSES


def frame(iteration: int) -> Frame:
    image = np.full((8, 8, 3), iteration % 256, np.uint8)
    return Frame(iteration, image, np.full((1, 4, 8), iteration, np.float32))


def test_a_long_run_keeps_even_frames_in_bounded_memory() -> None:
    room = 20
    frames = FrameBuffer(max_bytes=room * frame(0).nbytes)
    for iteration in range(1, 1001):
        frames.add(frame(iteration))
        assert len(frames) <= room
    iterations = [frames[i].iteration for i in range(len(frames))]
    assert iterations[0] == 1 and iterations[-1] == 1000
    gaps = set(np.diff(iterations[:-1]))
    assert len(gaps) == 1 and gaps.pop() <= 2 * 1000 / (room / 2)
    assert all(frames[i].image[0, 0, 0] == n % 256 for i, n in enumerate(iterations))


def test_the_size_of_a_frame_includes_its_latent() -> None:
    assert frame(1).nbytes == 8 * 8 * 3 + 4 * 8 * 4


def test_chosen_frames_include_the_first_and_the_newest() -> None:
    frames = FrameBuffer()
    for iteration in range(1, 101):
        frames.add(frame(iteration))
    chosen = [int(image[0, 0, 0]) for image in frames.images(10)]
    assert len(chosen) == 10 and chosen[0] == 1 and chosen[-1] == 100


def test_the_nearest_frame_is_the_last_one_before() -> None:
    frames = FrameBuffer()
    for iteration in (1, 5, 9):
        frames.add(frame(iteration))
    assert [frames.nearest(n) for n in (0, 1, 4, 5, 8, 9, 99)] == [0, 0, 0, 1, 1, 2, 2]


def test_losses_are_thinned_and_span_the_run() -> None:
    table = LossTable()
    for iteration in range(1, 3 * MAX_ROWS):
        table.add(iteration, dict.fromkeys(LOSSES, 1.0))
    columns = table.columns()
    assert len(columns) <= MAX_ROWS
    assert columns[0, 0] == 1 and columns[-1, 0] > 3 * MAX_ROWS - 10
