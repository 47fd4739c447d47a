"""A run of the optimiser, controlled from the window."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ddsgui.qt.core.controller import MixController
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.widgets.action import NO_RUN, Action
from ddsgui.synthesis.settings import OptimizerStep
from tests.qt.artist import action, begin_run, best_of, end_run, image_on, run_of, stroke


def test_a_run_ends_with_the_best_picture_on_the_result_pane(qtbot: QtBot, window: MainWindow) -> None:
    assert not action(window, "export_gif").isEnabled()
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        steps = begin_run(qtbot, window, iterations=6)
    qtbot.waitUntil(lambda: not window.controller.running)
    result = best_of(window)
    assert np.array_equal(image_on(window.panes.result), result.image)
    losses = {
        step.iteration: step.losses["total"] for step in steps
    }  # without those that newer ones overtook
    assert result.loss is not None and result.iteration is not None
    assert result.loss == pytest.approx(losses.get(result.iteration, result.loss))
    assert result.loss <= min(losses.values()) * (1 + 1e-6)
    assert run_of(window).searched_frames == len(steps)
    assert action(window, "export_png").isEnabled() and action(window, "run").isEnabled()
    assert window.status.activity.startswith("Done in")


def test_running_again_continues_from_the_result_or_starts_from_scratch(
    qtbot: QtBot, window: MainWindow, all_frames: None
) -> None:
    def run(command: Action) -> float:
        """Run to the end and return the first loss."""
        steps: list[OptimizerStep] = []
        window.controller.stepped.connect(steps.append)
        with qtbot.waitSignal(window.controller.finished, timeout=20_000):
            command.trigger()
        window.controller.stepped.disconnect(steps.append)
        qtbot.waitUntil(lambda: not window.controller.running)
        return steps[0].losses["total"]

    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        first = begin_run(qtbot, window, iterations=8)[0].losses["total"]
    qtbot.waitUntil(lambda: not window.controller.running)
    best = best_of(window)
    assert best.loss is not None and best.loss < first
    assert run(action(window, "run")) == pytest.approx(best.loss, rel=1e-3)
    assert run(action(window, "run_from_scratch")) == pytest.approx(first, rel=1e-3)


def test_a_stroke_during_a_run_reaches_the_next_steps(
    qtbot: QtBot, window: MainWindow, all_frames: None
) -> None:
    steps = begin_run(qtbot, window)
    stroke(window.panes.target, (0.2, 0.2), (0.4, 0.3))
    revision = window.controller.session.revision
    assert steps[-1].revision < revision
    seen = steps[-1].iteration
    qtbot.waitUntil(lambda: steps[-1].revision == revision, timeout=5000)
    first = next(step for step in steps if step.revision == revision)
    assert first.iteration <= seen + 3  # one being computed, one on its way to the screen
    end_run(qtbot, window)


def test_weights_change_during_a_run_and_other_settings_are_disabled(
    qtbot: QtBot, window: MainWindow
) -> None:
    steps = begin_run(qtbot, window)
    form = window.inspector.optimizer
    for box in form.weight_boxes.values():
        box.setValue(0)
    qtbot.waitUntil(lambda: steps[-1].losses["total"] == 0, timeout=5000)
    assert steps[0].losses["total"] > 0
    assert not form.iterations.isEnabled() and "during a run" in form.iterations.toolTip()
    assert not window.inspector.pair.isEnabled()
    end_run(qtbot, window)
    assert form.iterations.isEnabled() and "during a run" not in form.iterations.toolTip()


def test_pause_resume_and_cancel(qtbot: QtBot, window: MainWindow, all_frames: None) -> None:
    steps = begin_run(qtbot, window)
    window.activateWindow()
    window.timeline.strip.setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Space)
    assert window.controller.paused
    paused_at = steps[-1].iteration
    qtbot.wait(600)
    assert steps[-1].iteration <= paused_at + 2  # one being computed, one on its way to the screen
    assert window.status.activity == "Paused" and action(window, "run").isEnabled()
    action(window, "run").trigger()
    count = len(steps)
    qtbot.waitUntil(lambda: len(steps) > count, timeout=5000)
    at = steps[-1].iteration
    action(window, "stop").trigger()
    qtbot.waitUntil(lambda: not window.controller.running, timeout=5000)
    assert steps[-1].iteration <= at + 2
    assert best_of(window)
    assert NO_RUN in action(window, "stop").toolTip()


def test_scrubbing_stays_on_its_frame_until_going_live(qtbot: QtBot, window: MainWindow) -> None:
    begin_run(qtbot, window)
    strip = window.timeline.strip
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(1, 10))
    QTest.keyClick(strip, Qt.Key.Key_Right)  # past the live blend
    first = run_of(window).frames[1].image
    assert window.panes.result.image is first
    frames = len(run_of(window).frames)
    qtbot.waitUntil(lambda: len(run_of(window).frames) > frames + 1)
    assert window.panes.result.image is first
    window.timeline.go_live()
    assert window.panes.result.image is not first
    end_run(qtbot, window)


def test_closing_during_a_run_ends_at_once(
    qtbot: QtBot, window: MainWindow, controller: MixController
) -> None:
    begin_run(qtbot, window)
    began = time.monotonic()
    assert window.close()
    assert controller.engine.shut_down(2000)
    assert time.monotonic() - began < 2


def test_the_preset_live_is_a_run_of_one_step(qtbot: QtBot, window: MainWindow) -> None:
    form = window.inspector.optimizer
    form.preset.setCurrentIndex(form.preset.findData("live"))
    stroke(window.panes.target, (0.2, 0.2), (0.8, 0.8))
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        action(window, "run").trigger()
    qtbot.waitUntil(lambda: not window.controller.running)
    run, result = run_of(window), best_of(window)
    assert (run.searched_frames, len(run.losses), run.latent) == (1, 0, None)
    assert np.array_equal(image_on(window.panes.result), result.image)
    assert run.recipe.settings["live"]
    assert action(window, "export_png").isEnabled() and action(window, "run").isEnabled()
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        action(window, "run").trigger()
    qtbot.waitUntil(lambda: not window.controller.running)
