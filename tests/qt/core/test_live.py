"""The live blend of the session: drawn by the engine, one picture at a time."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSlider
from pytestqt.qtbot import QtBot

from ddsgui.jobs.live_pictures import LiveJobs, LivePicture, LiveRequest
from ddsgui.project.run import BLEND_CAPTION
from ddsgui.qt.main_window import MainWindow
from ddsgui.synthesis.blend_settings import BlendSettings
from tests.qt.artist import action, at, begin_run, end_run, image_on, run_of, stroke


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until the blend is that of the session as it is."""
    qtbot.waitUntil(lambda: not window.live.drawing, timeout=20_000)


def fill_masks(qtbot: QtBot, window: MainWindow) -> np.ndarray:
    """Fill both masks and return the blend."""
    window.controller.session.fill("source")  # and the target, which is linked
    window.live.request()
    settle(qtbot, window)
    return image_on(window.panes.result).copy()


@pytest.fixture
def live_window(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """A window that shows its first live blend, without masks, which is the target's picture."""
    for role in ("source", "target"):
        window.controller.clear(role)
    settle(qtbot, window)
    assert np.array_equal(image_on(window.panes.result), window.controller.session.crossover().target)
    return window


def test_the_result_pane_follows_the_brush_before_it_is_lifted(qtbot: QtBot, live_window: MainWindow) -> None:
    window, session = live_window, live_window.controller.session
    assert window.panes.result.caption == BLEND_CAPTION
    before, revision = image_on(window.panes.result).copy(), session.revision
    canvas = window.panes.source
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at(canvas, 0.3, 0.3))
    QTest.mouseMove(canvas, at(canvas, 0.7, 0.7))
    settle(qtbot, window)
    assert session.is_painting and session.revision == revision
    painted = image_on(window.panes.result).copy()
    assert not np.array_equal(painted, before)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at(canvas, 0.7, 0.7))
    settle(qtbot, window)
    assert session.revision > revision
    assert np.array_equal(image_on(window.panes.result), painted)


def test_undo_and_swap_are_followed(qtbot: QtBot, live_window: MainWindow) -> None:
    window, target = live_window, live_window.controller.session.crossover().target
    assert not np.array_equal(fill_masks(qtbot, window), target)
    window.controller.undo()
    settle(qtbot, window)
    assert np.array_equal(image_on(window.panes.result), target)
    window.controller.swap()
    settle(qtbot, window)
    assert np.array_equal(image_on(window.panes.result), window.controller.session.crossover().target)
    assert not np.array_equal(image_on(window.panes.result), target)


def test_many_changes_cost_one_more_picture_not_one_each(
    qtbot: QtBot, live_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[LiveRequest] = []
    draw = LiveJobs.draw

    def count(self: LiveJobs, request: LiveRequest) -> Generator[LivePicture | None, None, LivePicture]:
        drawn.append(request)
        return draw(self, request)

    monkeypatch.setattr(LiveJobs, "draw", count)
    for _ in range(20):
        live_window.live.request()
    settle(qtbot, live_window)
    assert len(drawn) == 2


def test_a_failure_is_reported_once_and_the_next_good_setting_shows(
    qtbot: QtBot, live_window: MainWindow
) -> None:
    live, sentences = live_window.live, []
    live.failed.connect(sentences.append)
    wrong = BlendSettings(depth=1024, last_layers="target")
    for strength in (0.9, 0.8):
        live.set_settings(replace(wrong, strength=strength))
        settle(qtbot, live_window)
    assert live.image is None and len(sentences) == 1 and "1024" in sentences[0]
    live.set_settings(BlendSettings())
    settle(qtbot, live_window)
    assert live.image is not None


def test_the_timeline_begins_with_the_blend(qtbot: QtBot, live_window: MainWindow, all_frames: None) -> None:
    window = live_window
    fill_masks(qtbot, window)
    blend = image_on(window.panes.result)
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=3)
    frames = run_of(window).frames
    assert [frames[i].iteration for i in range(len(frames))] == [0, 1, 2, 3]
    assert len(frames.images()) == run_of(window).searched_frames == 3
    window.timeline.strip.setFocus()
    window.timeline.strip.triggerAction(QAbstractSlider.SliderAction.SliderToMinimum)
    assert np.array_equal(image_on(window.panes.result), blend)
    assert window.panes.result.caption == BLEND_CAPTION


def test_a_result_gives_way_to_the_blend_of_newer_masks(qtbot: QtBot, live_window: MainWindow) -> None:
    window = live_window
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=3)
    qtbot.waitUntil(lambda: not window.controller.running)
    assert window.panes.result.caption != BLEND_CAPTION
    stroke(window.panes.target, (0.2, 0.2), (0.5, 0.5))
    settle(qtbot, window)
    assert window.panes.result.caption == BLEND_CAPTION
    assert window.controller.result_run is not None  # and can still be exported


def test_settings_of_the_form_are_drawn(qtbot: QtBot, live_window: MainWindow) -> None:
    window, target = live_window, live_window.controller.session.crossover().target
    assert not np.array_equal(fill_masks(qtbot, window), target)
    window.inspector.live.strength.setValue(0)
    settle(qtbot, window)
    assert np.array_equal(image_on(window.panes.result), target)
    assert window.controller.session.blend.strength == 0


def test_the_blend_stays_until_the_search_is_nearer(qtbot: QtBot, live_window: MainWindow) -> None:
    window = live_window
    fill_masks(qtbot, window)
    steps = begin_run(qtbot, window)
    run = run_of(window)
    for beats_baseline in (False, True):
        action(window, "pause").trigger()
        qtbot.waitUntil(lambda: window.controller.paused)
        run.add(replace(steps[-1], beats_baseline=beats_baseline, image=steps[0].image))
        window.controller.stepped.emit(replace(steps[-1], image=steps[0].image))
        assert (window.panes.result.caption == BLEND_CAPTION) is not beats_baseline
        action(window, "pause").trigger()
    end_run(qtbot, window)
    assert window.panes.result.caption != BLEND_CAPTION


def test_a_part_may_be_weaker_than_another(qtbot: QtBot, live_window: MainWindow) -> None:
    window, session, form = live_window, live_window.controller.session, live_window.inspector.live
    assert session.square is not None
    side = len(session.square.target)
    owners = np.zeros((side, side), np.uint8)
    owners[:, side // 2 :] = 1
    session.load(replace(session.square, owners=owners, part_names=("left", "right")))
    window.controller.pictures_changed.emit()
    session.set_blend(BlendSettings(last_layers="source", feather=0))
    blend, target = fill_masks(qtbot, window), session.crossover().target
    form.show_settings(session.blend, session.part_blends)
    form.part_choice.setCurrentIndex(form.part_choice.findData("right"))
    form.strength.setValue(0)
    settle(qtbot, window)
    weaker = image_on(window.panes.result)
    assert np.array_equal(weaker[:, -4:], target[:, -4:]) and not np.array_equal(
        blend[:, -4:], target[:, -4:]
    )
    assert np.array_equal(weaker[:, :4], blend[:, :4])
    run = window.live.as_run()
    assert run is not None and len(run.recipe.part_masks) == 2
