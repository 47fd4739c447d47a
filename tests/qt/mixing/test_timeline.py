"""Frames and losses of a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ddsgui.jobs.eta import Eta, step_time
from ddsgui.jobs.frames import FrameBuffer
from ddsgui.qt.mixing.loss_plot import CURVES, MAX_POINTS, LossHistory
from ddsgui.qt.mixing.timeline import Timeline
from ddsgui.synthesis.settings import OptimizerStep
from ddsgui.text import duration_text


def frame(value: int) -> np.ndarray:
    return np.full((8, 8, 3), value % 256, np.uint8)


def step(iteration: int) -> OptimizerStep:
    losses = dict.fromkeys(CURVES, 1.0 / iteration)
    return OptimizerStep(iteration, 500, losses, frame(iteration), 1, 0.01, True)


@pytest.fixture
def timeline(qtbot: QtBot) -> Timeline:
    timeline = Timeline()
    qtbot.addWidget(timeline)
    timeline.resize(800, 160)
    with qtbot.waitExposed(timeline):
        timeline.show()
    timeline.losses.prepare()
    return timeline


def test_a_long_run_keeps_even_frames_in_bounded_memory() -> None:
    room = 20
    film = FrameBuffer(memory=room * frame(0).nbytes)
    for iteration in range(1, 1001):
        film.add(iteration, frame(iteration))
        assert len(film) <= room
    kept = [film.frame(i)[0] for i in range(len(film))]
    assert kept[0] == 1 and kept[-1] == 1000
    gaps = set(np.diff(kept[:-1]))
    assert len(gaps) == 1 and gaps.pop() <= 2 * 1000 / (room / 2)
    assert all(film.frame(i)[1][0, 0, 0] == n % 256 for i, n in enumerate(kept))


def test_chosen_frames_hold_the_first_and_the_newest() -> None:
    film = FrameBuffer()
    for iteration in range(1, 101):
        film.add(iteration, frame(iteration))
    chosen = [int(one[0, 0, 0]) for one in film.frames(10)]
    assert len(chosen) == 10 and chosen[0] == 1 and chosen[-1] == 100


def test_the_nearest_frame_is_the_last_one_before() -> None:
    film = FrameBuffer()
    for iteration in (1, 5, 9):
        film.add(iteration, frame(iteration))
    assert [film.nearest(n) for n in (0, 1, 4, 5, 8, 9, 99)] == [0, 0, 0, 1, 1, 2, 2]


def test_loss_curves_are_thinned_and_span_the_run() -> None:
    history = LossHistory()
    for iteration in range(1, 3 * MAX_POINTS):
        history.add(iteration, dict.fromkeys(CURVES, 1.0))
    columns = history.columns()
    assert len(columns) <= MAX_POINTS
    assert columns[0, 0] == 1 and columns[-1, 0] > 3 * MAX_POINTS - 10


def test_keys_scrub_and_live_returns(qtbot: QtBot, timeline: Timeline) -> None:
    shown: list[np.ndarray] = []
    timeline.frame_shown.connect(shown.append)
    for iteration in range(1, 11):
        timeline.add(step(iteration))
    assert timeline.live and not shown
    QTest.keyClick(timeline.strip, Qt.Key.Key_Left)
    assert not timeline.live and shown[-1][0, 0, 0] == 9
    timeline.add(step(11))
    assert shown[-1][0, 0, 0] == 9
    QTest.keyClick(timeline.strip, Qt.Key.Key_Home)
    assert shown[-1][0, 0, 0] == 1
    with qtbot.waitSignal(timeline.live_wanted):
        timeline.go_live()
    assert timeline.live and timeline.strip.value() == 10


def test_another_run_shows_its_own_frames(qtbot: QtBot, timeline: Timeline) -> None:
    def middle() -> int:
        qtbot.wait(20)  # painted
        picture = timeline.strip.grab().toImage()
        return picture.pixelColor(10, picture.height() // 2).red()

    timeline.add(replace(step(1), image=frame(40)))
    assert middle() == 40
    timeline.clear()
    timeline.add(replace(step(1), image=frame(200)))
    assert middle() == 200


def test_a_loss_of_zero_leaves_a_gap_and_no_warning(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.losses.add(1, dict.fromkeys(CURVES, 0.0))
    timeline.losses.add(2, dict.fromkeys(CURVES, 1.0))
    qtbot.wait(150)
    timeline.grab()


def test_the_time_left_counts_all_the_time_that_passes() -> None:
    now = [0.0]
    pace = Eta(clock=lambda: now[0])
    for iteration in range(1, 6):
        pace.tick(iteration)
        now[0] += 2.0  # an iteration and what else the machine does
    assert pace.seconds_per_step == pytest.approx(2.0)
    assert pace.seconds_left(105) == pytest.approx(200.0)
    now[0] += 1000
    pace.forget()
    assert pace.seconds_left(105) is None
    for iteration in range(6, 11):
        pace.tick(iteration)
        now[0] += 1.0
    assert pace.seconds_left(110) == pytest.approx(100.0)


def test_durations_duration_text() -> None:
    assert [duration_text(s) for s in (4.4, 89, 150, 4800)] == ["4 s", "89 s", "2 min", "80 min"]
    assert duration_text(6000) == "1 h 40 min"
    assert [step_time(s) for s in (0.085, 1.24)] == ["85 ms/it", "1.2 s/it"]
