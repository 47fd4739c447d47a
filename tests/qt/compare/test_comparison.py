"""Two pictures of a window compared, in every mode."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox
from pytestqt.qtbot import QtBot

from ddsgui.comparison import SAME, Comparison
from ddsgui.qt.compare.compare_view import MIN_INTERVAL_MS, CompareView
from ddsgui.qt.compare.picture_picker import PicturePicker
from ddsgui.qt.compare.pictures import (
    BEST,
    CROSSOVER,
    FIRST,
    LAST,
    LIVE,
    RESULT,
    SOURCE,
    TARGET,
)
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.widgets import hold_key
from ddsgui.qt.widgets.action import NO_FRAMES, NO_TWO_RUNS
from tests.qt.artist import action, begin_run, best_of, end_run, image_on, run_of
from tests.qt.projects.test_controller import run
from tests.qt.projects.test_run_list import choose_frame, click, rows


@pytest.fixture
def view(qtbot: QtBot, window: MainWindow) -> CompareView:
    """The comparison of source and target, and a live blend."""
    qtbot.waitUntil(lambda: window.live.image is not None and not window.live.drawing, timeout=10_000)
    window.centre.comparison.compare(SOURCE, TARGET)
    action(window, "compare_pictures").trigger()
    return window.centre.comparison


def choose(picker: PicturePicker, key: str) -> None:
    """Choose a picture in a picker, as an artist does."""
    index = picker.box.findData(key)
    assert index >= 0
    picker.box.setCurrentIndex(index)
    picker.box.activated.emit(index)


def images(view: CompareView) -> tuple[np.ndarray, np.ndarray]:
    """Return the images of A and B, side by side."""
    view.set_mode("side")
    return image_on(view.stage.first), image_on(view.stage.second)


def test_two_pictures_are_compared_in_place_of_the_four(window: MainWindow, view: CompareView) -> None:
    assert view.isVisible() and not window.panes.isVisible()
    assert (
        action(window, "compare_pictures").isChecked()
        and view.stage.first.hasFocus() is view.isActiveWindow()
    )
    sample = window.controller.session.sample
    assert sample is not None
    a, b = images(view)
    assert a is sample.source and b is sample.target
    QTest.keyClick(view.stage.first, Qt.Key.Key_Escape)
    assert window.panes.isVisible() and not view.isVisible()
    assert not action(window, "compare_pictures").isChecked()


def test_c_shows_b_while_it_is_held(
    qtbot: QtBot, window: MainWindow, view: CompareView, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.activateWindow()
    view.stage.take_focus()
    qtbot.waitUntil(view.stage.first.hasFocus)
    view.set_mode("hold")
    sample, handle = window.controller.session.sample, window.windowHandle()
    assert sample is not None and image_on(view.stage.first) is sample.source
    monkeypatch.setattr(hold_key, "HOLD_MS", 0)
    QTest.keyPress(handle, Qt.Key.Key_C)
    assert image_on(view.stage.first) is sample.target and view.stage.first.title == "B"
    QTest.keyRelease(handle, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: image_on(view.stage.first) is sample.source)
    assert not window.panes.comparing


def test_the_keys_of_the_modes_work_in_the_comparison_only(window: MainWindow, view: CompareView) -> None:
    modes = ("hold", "side", "wipe", "difference", "blink")
    for key, mode in zip("12345", modes, strict=True):
        action(window, f"compare_{mode}").trigger()
        assert view.mode == mode and action(window, f"compare_{mode}").isChecked()
        assert [k.toString() for k in action(window, f"compare_{mode}").shortcuts()] == [key]
        assert window.mix_actions[f"compare_{mode}"] in view.actions()
        assert view.stage.second.isVisible() is (mode == "side")
    window.centre.show_comparison(False)
    action(window, "compare_wipe").trigger()
    assert view.isVisible() and view.mode == "wipe"


def test_the_difference_is_that_of_the_pictures_times_the_gain(window: MainWindow, view: CompareView) -> None:
    sample, session = window.controller.session.sample, window.controller.session
    assert sample is not None
    view.set_mode("difference")
    comparison = Comparison.of(sample.source, sample.target)
    for gain in (1, 8):
        view.gain.setValue(gain)
        assert np.array_equal(image_on(view.stage.first), comparison.amplified(gain))
    mask = np.maximum(session.mask("source"), session.mask("target"))
    assert view.sentence == comparison.words(mask) and "mask" in view.sentence
    for role in ("source", "target"):
        window.controller.clear(role)
    QCoreApplication.processEvents()
    assert "mask" not in view.sentence
    view.compare(SOURCE, SOURCE)
    assert view.sentence == SAME


def test_blinking_shows_both_in_turn_and_stops_where_it_is_not_visible(
    qtbot: QtBot, window: MainWindow, view: CompareView
) -> None:
    assert not view.is_blinking
    view.interval.setValue(MIN_INTERVAL_MS)
    action(window, "compare_blink").trigger()
    assert view.is_blinking
    for letter in "BA":
        qtbot.waitUntil(lambda letter=letter: view.stage.first.title == letter, timeout=2_000)
    view.blink.click()
    assert not view.is_blinking and view.stage.first.title == "A"
    view.blink.click()
    window.centre.show_comparison(False)
    assert not view.is_blinking
    window.centre.show_comparison(True)
    assert view.is_blinking


def test_the_picture_stays_in_its_place_in_every_mode(window: MainWindow, view: CompareView) -> None:
    window.take_theme("dark")  # which has borders around fields
    window.resize(1200, 800)  # the sentence needs one line
    places = set()
    for mode in ("hold", "wipe", "difference", "blink"):
        action(window, f"compare_{mode}").trigger()
        QCoreApplication.processEvents()
        places.add(view.stage.geometry().getRect())
    assert len(places) == 1, places


def test_a_message_covers_the_picture_and_not_the_choices(
    qtbot: QtBot, window: MainWindow, view: CompareView
) -> None:
    window.message.show_message("Saved.")
    qtbot.waitUntil(lambda: window.message.isVisible() and window.message.height() > 10)
    top = window.message.mapTo(window, QPoint()).y()
    assert top >= view.stage.mapTo(window, QPoint()).y()


def test_pan_and_zoom_are_those_of_the_panes(window: MainWindow, view: CompareView) -> None:
    view.set_mode("side")
    view.stage.second.zoom_by(3.0, QPointF(view.stage.second.canvas_rect().center()))
    first, second = view.stage.first.viewport(), view.stage.second.viewport()
    assert first.scale == second.scale == window.panes.view.zoom
    action(window, "fit").trigger()
    assert window.panes.view.fit and view.stage.first.viewport().scale < first.scale


def test_pictures_of_different_sizes_are_shown_at_the_larger_size(
    window: MainWindow, view: CompareView
) -> None:
    large = np.zeros((64, 64, 3), np.uint8)
    window.panes.show_result(large, "large")
    view.compare(SOURCE, RESULT)
    a, b = images(view)
    assert a.shape == b.shape == large.shape and "64 × 64" in view.sentence
    view.compare(SOURCE, TARGET)
    assert "×" not in view.sentence


def test_the_choice_is_remembered(
    qtbot: QtBot, window: MainWindow, controller: MixController, preferences: Preferences, view: CompareView
) -> None:
    choose(view.pickers[0], CROSSOVER)
    choose(view.pickers[1], LIVE)
    action(window, "compare_blink").trigger()
    view.gain.setValue(9)
    again = MainWindow(controller, preferences)
    qtbot.addWidget(again)
    remembered = again.centre.comparison
    assert (remembered.keys, remembered.mode, remembered.gain.value()) == ((CROSSOVER, LIVE), "blink", 9)
    again.show()
    again.centre.show_comparison(True)
    assert not remembered.is_blinking, "not until the artist asks for it"
    preferences.comparison = "nonsense", "run:x", "sideways"
    third = MainWindow(controller, preferences)
    qtbot.addWidget(third)
    assert (third.centre.comparison.keys, third.centre.comparison.mode) == (
        (CROSSOVER, RESULT),
        "hold",
    )


def test_a_stroke_and_the_live_blend_are_followed(
    qtbot: QtBot, window: MainWindow, view: CompareView
) -> None:
    session = window.controller.session
    view.compare(CROSSOVER, SOURCE)
    view.set_mode("difference")
    before = image_on(view.stage.first).copy()
    window.controller.invert("source")
    QCoreApplication.processEvents()
    after = Comparison.of(session.crossover_image, session.crossover().source).amplified(view.gain.value())
    assert np.array_equal(image_on(view.stage.first), after) and not np.array_equal(after, before)
    view.compare(LIVE, LIVE)
    view.set_mode("side")
    earlier = image_on(view.stage.second)
    window.controller.clear("source")
    qtbot.waitUntil(lambda: image_on(view.stage.second) is not earlier, timeout=5_000)
    assert image_on(view.stage.second) is window.live.image


def test_the_running_result_and_the_frame_on_the_timeline_are_followed(
    qtbot: QtBot, window: MainWindow, view: CompareView
) -> None:
    view.compare(RESULT, LAST)
    view.set_mode("side")
    begin_run(qtbot, window)
    search = run_of(window)
    qtbot.waitUntil(lambda: image_on(view.stage.second) is search.frames[-1].image, timeout=5_000)
    end_run(qtbot, window)
    QCoreApplication.processEvents()
    assert image_on(view.stage.first) is best_of(window).image
    choose_frame(window, 0.5)
    QCoreApplication.processEvents()
    frame = window.timeline.frame
    assert frame is not None and image_on(view.stage.first) is frame.image


def test_frames_are_chosen_by_name_flag_and_iteration(
    qtbot: QtBot, window: MainWindow, view: CompareView
) -> None:
    assert view.pickers[0].box.findData(FIRST) < 0
    run(qtbot, window, iterations=6)
    search = run_of(window)
    flagged = choose_frame(window, 0.5)
    action(window, "flag_frame").trigger()
    QCoreApplication.processEvents()
    choose(view.pickers[0], f"frame:{flagged}")
    choose(view.pickers[1], BEST)
    a, b = images(view)
    assert a is search.frames[search.frames.nearest(flagged)].image and b is best_of(window).image
    assert view.pickers[0].iteration.isHidden()
    choose(view.pickers[0], "frame")
    field = view.pickers[0].iteration
    assert field.isVisible()
    field.setValue(5)
    assert view.keys[0] == "frame:5"
    assert image_on(view.stage.first) is search.frames[search.frames.nearest(5)].image
    choose(view.pickers[0], FIRST)
    assert image_on(view.stage.first) is search.frames[0].image and field.isHidden()


def test_a_frame_of_a_run_that_is_gone_leaves_a_sentence(
    qtbot: QtBot, window: MainWindow, view: CompareView
) -> None:
    run(qtbot, window)
    view.compare(LAST, SOURCE)
    for mode in ("hold", "side", "wipe", "difference", "blink"):
        action(window, f"compare_{mode}").trigger()
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=10_000):
        window.inspector.pair.take_seed(11)
    QCoreApplication.processEvents()
    for mode in ("hold", "side", "wipe", "difference", "blink"):
        action(window, f"compare_{mode}").trigger()
        assert view.stage.first.image is None
        assert view.stage.first.accessibleDescription() == NO_FRAMES
    assert view.pickers[0].box.currentText()
    action(window, "compare_swap").trigger()
    view.set_mode("side")
    assert image_on(view.stage.first) is window.panes.source.image


def select_both(window: MainWindow) -> None:
    """Select the second row of the runs in addition to the first."""
    runs = window.project.runs.view
    for row, keys in enumerate((Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier)):
        spot = runs.visualRect(runs.model().index(row, 0)).center()
        QTest.mouseClick(runs.viewport(), Qt.MouseButton.LeftButton, keys, spot)


def test_a_run_is_forked_and_both_are_compared(qtbot: QtBot, window: MainWindow) -> None:
    window.project.show_runs(True)
    run(qtbot, window, iterations=6)
    assert action(window, "compare_runs").toolTip().endswith(NO_TWO_RUNS)
    choose_frame(window, 0.5)
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        action(window, "fork_frame").trigger()
    qtbot.waitUntil(lambda: len(rows(window)) == 2, timeout=5_000)
    fork = best_of(window).image
    click(qtbot, window, 1)
    first = best_of(window).image
    select_both(window)
    assert run_of(window).number == 1, "Ctrl and a click select a run and do not return to it"
    assert window.project.runs.two_numbers == (1, 2)
    action(window, "compare_runs").trigger()
    view = window.centre.comparison
    assert view.isVisible() and view.keys == ("run:1", "run:2")
    view.set_mode("side")
    qtbot.waitUntil(lambda: view.stage.second.image is not None and view.stage.first.image is not None)
    assert np.array_equal(image_on(view.stage.first), first)
    assert np.array_equal(image_on(view.stage.second), fork)
    assert "Run 2" in view.stage.second.caption
    window.project.commands.delete()
    QCoreApplication.processEvents()
    assert not rows(window) and view.stage.first.image is None and view.stage.second.image is None
    assert "1" in view.stage.first.accessibleDescription()
    window.project.commands.undo_delete()
    qtbot.waitUntil(lambda: view.stage.second.image is not None)
    assert np.array_equal(image_on(view.stage.second), fork)


def test_everything_in_the_comparison_has_a_name(window: MainWindow, view: CompareView) -> None:
    for kind in (QAbstractButton, QComboBox, QAbstractSpinBox):
        for widget in view.findChildren(kind):
            assert widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()), widget
