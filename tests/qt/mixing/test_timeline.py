"""The timeline shows the frames and losses of a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from ddsgui.editing.recipe import Recipe
from ddsgui.jobs.eta import Eta, step_time
from ddsgui.project.run import Run
from ddsgui.qt.mixing.timeline import Timeline
from ddsgui.qt.widgets.theme import Theme, apply_theme
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.loss_terms import LOSSES, TOTAL
from ddsgui.synthesis.settings import OptimizerSettings, OptimizerStep
from ddsgui.text import duration_text


def frame(value: int) -> np.ndarray:
    return np.full((8, 8, 3), value % 256, np.uint8)


def step(iteration: int) -> OptimizerStep:
    losses = dict.fromkeys(LOSSES, 1.0 / iteration)
    return OptimizerStep(iteration, 500, losses, frame(iteration), 1, 0.01, True)


@pytest.fixture
def run() -> Run:
    return Run(Recipe("a", "b", "", Seed(0), None, OptimizerSettings().as_dict()), "w+")


@pytest.fixture
def timeline(qtbot: QtBot) -> Timeline:
    timeline = Timeline()
    qtbot.addWidget(timeline)
    timeline.resize(800, 160)
    with qtbot.waitExposed(timeline):
        timeline.show()
    timeline.losses.prepare()
    return timeline


def test_keys_scrub_and_going_live_shows_the_newest_frame(qtbot: QtBot, timeline: Timeline, run: Run) -> None:
    wanted: list[int] = []
    timeline.frame_wanted.connect(wanted.append)
    timeline.show_run(run)
    for iteration in range(1, 11):
        run.add(step(iteration))
        timeline.follow()
    assert timeline.live and not wanted
    QTest.keyClick(timeline.strip, Qt.Key.Key_Left)
    assert not timeline.live and run.frames[wanted[-1]].iteration == 9
    run.add(step(11))
    timeline.follow()
    assert timeline.strip.value() == 8 and len(wanted) == 1
    QTest.keyClick(timeline.strip, Qt.Key.Key_Home)
    assert run.frames[wanted[-1]].iteration == 1
    with qtbot.waitSignal(timeline.live_wanted):
        timeline.go_live()
    assert timeline.live and timeline.strip.value() == 10


def test_another_run_shows_other_frames(qtbot: QtBot, timeline: Timeline, run: Run) -> None:
    def middle() -> int:
        picture = timeline.strip.grab().toImage()
        return picture.pixelColor(10, picture.height() // 2).red()

    for value, next_run in ((40, run), (200, Run(run.recipe, "w+"))):
        next_run.add(replace(step(1), image=frame(value)))
        timeline.show_run(next_run)
        timeline.follow()
        assert middle() == value


def test_a_loss_of_zero_leaves_a_gap_and_no_warning(qtbot: QtBot, timeline: Timeline, run: Run) -> None:
    timeline.show_run(run)
    run.add(replace(step(1), losses=dict.fromkeys(LOSSES, 0.0)))
    run.add(replace(step(2), losses=dict.fromkeys(LOSSES, 1.0)))
    timeline.follow()  # draws a moment later
    qtbot.waitUntil(lambda: not timeline.losses._redraw.isActive(), timeout=5000)
    timeline.grab()
    (x, y) = timeline.losses._curves[TOTAL].getOriginalDataset()
    assert x is not None and y is not None
    assert list(x) == [1, 2] and np.isnan(y[0]) and y[1] == 1


def test_the_losses_take_the_background_of_a_new_theme(
    qtbot: QtBot, qapp: QApplication, timeline: Timeline, run: Run
) -> None:
    themes: tuple[Theme, ...] = "dark", "light"
    run.add(step(1))
    run.add(step(2))
    timeline.show_run(run)
    for theme in themes:
        apply_theme(qapp, theme)
        qapp.processEvents()
        plot = timeline.losses._plot
        assert plot is not None
        corner = plot.grab().toImage().pixelColor(2, 2)
        assert corner == timeline.palette().window().color(), theme


def test_the_time_left_includes_the_time_between_iterations() -> None:
    now = [0.0]
    eta = Eta(clock=lambda: now[0])
    for iteration in range(1, 6):
        eta.tick(iteration)
        now[0] += 2.0  # an iteration and other work
    assert eta.seconds_per_step == pytest.approx(2.0)
    assert eta.seconds_left(105) == pytest.approx(200.0)
    now[0] += 1000
    eta.forget()
    assert eta.seconds_left(105) is None
    for iteration in range(6, 11):
        eta.tick(iteration)
        now[0] += 1.0
    assert eta.seconds_left(110) == pytest.approx(100.0)


def test_durations_have_readable_units() -> None:
    assert [duration_text(s) for s in (4.4, 89, 150, 4800)] == ["4 s", "89 s", "2 min", "80 min"]
    assert duration_text(6000) == "1 h 40 min"
    assert [step_time(s) for s in (0.085, 1.24)] == ["85 ms/it", "1.2 s/it"]


def test_the_legend_is_shown_with_curves_only(timeline: Timeline, run: Run) -> None:
    legend = next(label for label in timeline.losses.findChildren(QLabel) if TOTAL in label.text())
    assert not legend.isVisible()
    run.add(step(1))
    timeline.show_run(run)
    assert legend.isVisible()


def test_a_run_that_is_shown_again_is_at_its_end(timeline: Timeline, run: Run) -> None:
    for number in range(1, 6):
        run.add(step(number))
    timeline.show_run(run)
    assert timeline.live and timeline.strip.value() == 4
