"""The window says where it stands: linked masks, a run that continues, an outdated result, a training."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from ddsgui.qt.canvas.result_pane import OUTDATED
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.mixing.action_table import SPECS
from ddsgui.qt.mixing.window_state import WindowState
from ddsgui.qt.new_domain.training_page import TrainingPage
from ddsgui.qt.parts.training_panel import TrainingPanel
from ddsgui.qt.widgets.action import NO_MASKS
from tests.qt.artist import action, begin_run, end_run, stroke

READY = WindowState(pictures=True, masks=True, has_domain=True)


def test_a_stroke_on_one_picture_shows_on_both_and_is_one_step(window: MainWindow) -> None:
    session = window.controller.session
    before = [session.mask(role).copy() for role in ("source", "target")]
    seen = window.panes.source.grab().toImage()
    stroke(window.panes.target, (0.2, 0.2), (0.4, 0.4))
    painted = [
        session.mask(role).astype(int) - was for role, was in zip(("source", "target"), before, strict=True)
    ]
    assert painted[0].any() and np.array_equal(painted[0], painted[1])
    assert window.panes.source.grab().toImage() != seen
    action(window, "undo").trigger()
    assert np.array_equal(session.mask("source"), before[0])
    assert np.array_equal(session.mask("target"), before[1])


def test_unlinked_masks_are_changed_one_at_a_time(window: MainWindow) -> None:
    session = window.controller.session
    assert action(window, "link").isChecked()
    action(window, "link").trigger()
    target = session.mask("target").copy()
    stroke(window.panes.source, (0.2, 0.2), (0.4, 0.4))
    action(window, "clear").trigger()
    assert not session.mask("source").any() and np.array_equal(session.mask("target"), target)
    action(window, "link").trigger()
    action(window, "clear").trigger()
    assert not session.mask("target").any()


def test_run_says_when_it_continues_and_needs_a_mask(needs_masks: None) -> None:
    run = SPECS["run"]
    assert run.label is not None
    assert "Run" in run.label(READY)
    for state in (WindowState(continues=True), WindowState(running=True, paused=True)):
        assert "Continue" in run.label(state)
    assert run.blocked(READY) is None
    assert run.blocked(WindowState(pictures=True)) == NO_MASKS


def test_a_result_is_marked_once_the_dials_have_moved(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=3)
    qtbot.waitUntil(lambda: "Best result" in window.panes.result.caption, timeout=10_000)
    assert OUTDATED not in window.panes.result.caption
    assert "Continue" in action(window, "run").text()
    box = window.inspector.optimizer.weight_boxes["alpha"]
    before = box.value()
    box.setValue(9)
    qtbot.waitUntil(lambda: OUTDATED in window.panes.result.caption)
    box.setValue(before)
    qtbot.waitUntil(lambda: OUTDATED not in window.panes.result.caption)
    window.inspector.optimizer.choose_preset("paper")  # its latents are of another space
    assert "Run" in action(window, "run").text()


def test_there_is_one_button_to_stop_a_run(qtbot: QtBot, window: MainWindow) -> None:
    begin_run(qtbot, window)
    buttons = [b for b in window.findChildren(QAbstractButton) if b.isVisible() and "Stop" in b.text()]
    assert len(buttons) == 1
    end_run(qtbot, window)


def test_the_status_bar_shows_all_trainings_and_makes_the_window_no_wider(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain, part = window.dialogs.make_domain(), window.dialogs.paint_part()
    assert window.status.training == ""
    width = window.minimumSizeHint().width()
    with monkeypatch.context() as patch:
        patch.setattr(TrainingPage, "summary", f"Training: {60 * 'pencil'}, 42 %")
        patch.setattr(TrainingPanel, "summary", "Training part: beard, 9 %")
        domain.training.progressed.emit("")
        assert "pencil" in window.status.training and "beard" in window.status.training
        assert window.minimumSizeHint().width() == width
    part.panel.progressed.emit("")
    assert window.status.training == ""
