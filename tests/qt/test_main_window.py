"""The window with a real engine, used as an artist would."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QAction, QShortcutEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QMenu,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ddsgui.jobs.mix import Jobs
from ddsgui.library.library import Library
from ddsgui.project.run import BLEND_CAPTION
from ddsgui.qt.canvas.pane import REPEAT_MS
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.widgets import hold_key
from ddsgui.qt.widgets.action import IN_A_RUN, Action
from ddsgui.synthesis.latents import Seed
from tests.qt.artist import action, begin_run, end_run, image_on


def test_the_first_pictures_are_drawn_at_the_start(window: MainWindow) -> None:
    sample = window.controller.session.sample
    assert sample is not None
    assert window.panes.source.image is sample.source
    assert window.panes.target.image is sample.target
    assert window.status.activity == "Ready"
    assert "CPU" in window.status.device
    assert window.controller.request.part == "eyes-nose-mouth"


def test_the_crossover_changes_while_the_brush_is_down(qtbot: QtBot, window: MainWindow) -> None:
    canvas = window.panes.source
    before, seen = image_on(window.panes.crossover).copy(), window.panes.crossover.grab().toImage()
    middle = canvas.canvas_rect().center()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 60))
    QTest.mouseMove(canvas, middle + QPoint(90, 90))
    assert not np.array_equal(image_on(window.panes.crossover), before)
    assert window.panes.crossover.grab().toImage() != seen
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(90, 90))
    action(window, "undo").trigger()
    assert np.array_equal(image_on(window.panes.crossover), before)


def test_only_the_newest_of_many_seeds_is_drawn(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddsgui.synthesis import sampling

    drawn: list[int] = []
    real = sampling.sample_parts

    def slow(*args: object, **named: object) -> object:
        drawn.append(1)
        time.sleep(0.1)
        return real(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(sampling, "sample_parts", slow)
    for _ in range(5):
        QTest.keyClick(window.panes.source, Qt.Key.Key_N)
    wanted = window.inspector.pair.request.latent
    qtbot.waitUntil(
        lambda: window.controller.session.latent == wanted and not window.controller.loading, timeout=5000
    )
    assert 1 <= len(drawn) <= 2
    assert window.controller.session.sample is not None and window.controller.session.sample.latent == wanted


def test_swap_swaps_pictures_and_domains(window: MainWindow) -> None:
    source, target = window.panes.source.image, window.panes.target.image
    QTest.keyClick(window.panes.source, Qt.Key.Key_S)
    assert window.panes.source.image is target and window.panes.target.image is source
    assert window.inspector.pair.request.source == "caricature"


@pytest.fixture
def handle(qtbot: QtBot, window: MainWindow) -> QWindow:
    """The window's QWindow, which real keys go to, with the focus on the source."""
    window.activateWindow()
    window.panes.source.setFocus()
    qtbot.waitUntil(window.panes.source.hasFocus)
    return window.windowHandle()


def test_compare_is_switched_by_a_tap_and_lasts_as_long_as_its_key_is_held(
    qtbot: QtBot, window: MainWindow, handle: QWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    QTest.keyPress(handle, Qt.Key.Key_C)
    assert np.array_equal(image_on(window.panes.result), window.controller.session.crossover_image)
    monkeypatch.setattr(hold_key, "HOLD_MS", 0)  # it was held
    for _ in range(2):  # repetitions, as some X servers report them
        QTest.keyRelease(handle, Qt.Key.Key_C)
        QTest.keyPress(handle, Qt.Key.Key_C)
        assert window.panes.result.caption != BLEND_CAPTION
    QTest.keyRelease(handle, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: window.panes.result.caption == BLEND_CAPTION)
    monkeypatch.setattr(hold_key, "HOLD_MS", 60_000)
    QTest.keyClick(handle, Qt.Key.Key_C)
    assert window.panes.result.caption != BLEND_CAPTION
    QTest.keyClick(handle, Qt.Key.Key_C)
    assert window.panes.result.caption == BLEND_CAPTION


def test_tab_travels_through_everything_and_back_to_where_it_began(
    window: MainWindow, handle: QWindow
) -> None:
    stops: list[QWidget | None] = []
    while (focus := window.focusWidget()) not in stops and len(stops) < 200:
        stops.append(focus)
        QTest.keyClick(handle, Qt.Key.Key_Tab)
    assert window.focusWidget() is stops[0]
    by_tab = Qt.FocusPolicy.TabFocus
    wanted = {
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & by_tab == by_tab
        and widget.isVisible()
        and widget.isEnabled()
        and widget.focusProxy() is None
    }
    assert {window.panes.result, window.inspector.pair.seed, window.timeline.strip} <= wanted
    assert not wanted - set(stops), [(w, w.accessibleName(), w.parent()) for w in wanted - set(stops)]


def test_return_in_a_field_takes_its_value_and_gives_the_keys_back_to_the_canvas(
    window: MainWindow, handle: QWindow
) -> None:
    field = window.inspector.optimizer.iterations
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "123")
    QTest.keyClick(handle, Qt.Key.Key_Return)
    assert window.controller.session.settings.iterations == 123
    assert window.panes.source.hasFocus()
    QTest.keyClick(handle, Qt.Key.Key_E)
    assert window.panes.paint_settings.tool == "eraser"


def test_a_run_leaves_the_focus_on_the_canvas_and_not_in_a_field(
    qtbot: QtBot, window: MainWindow, handle: QWindow
) -> None:
    window.inspector.pair.seed.setFocus()
    begin_run(qtbot, window)
    qtbot.waitUntil(window.panes.source.hasFocus)
    end_run(qtbot, window)


def test_space_on_a_pane_pauses_and_resumes_a_run(qtbot: QtBot, window: MainWindow, handle: QWindow) -> None:
    begin_run(qtbot, window)
    for paused in (True, False):
        QTest.qWait(REPEAT_MS)
        QTest.keyClick(handle, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda paused=paused: window.controller.paused == paused)
    end_run(qtbot, window)


def test_brackets_with_shift_change_the_brush_by_ten_pixels(window: MainWindow, handle: QWindow) -> None:
    settings, shift = window.panes.paint_settings, Qt.KeyboardModifier.ShiftModifier
    settings.radius = 20.0
    QTest.keyClick(handle, Qt.Key.Key_BracketRight, shift)
    assert settings.radius == 30
    QTest.keyClick(handle, Qt.Key.Key_BraceRight)
    assert settings.radius == 40
    QTest.keyClick(handle, Qt.Key.Key_BracketLeft, shift)
    QTest.keyClick(handle, Qt.Key.Key_BraceLeft)
    assert settings.radius == 20
    larger = window.mix_actions["much_larger"]
    for key in larger.shortcuts():  # a keyboard where both are the same key
        QCoreApplication.sendEvent(larger, QShortcutEvent(key, 0, True))
    assert settings.radius == 40


def test_without_domains_the_window_names_their_folder(
    qtbot: QtBot, tmp_path: Path, preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Library, "domains", lambda self: [])
    library = Library(tmp_path)
    controller = MixController(library, Engine(), Jobs(library, "cpu"))
    window = MainWindow(controller, preferences)
    qtbot.addWidget(window)
    window.start()
    assert str(tmp_path / "domains") in window.message.text
    assert not action(window, "run").isEnabled() and not action(window, "paint_part").isEnabled()
    assert controller.engine.shut_down(10_000)


def test_the_pair_and_the_theme_are_remembered(
    qtbot: QtBot, window: MainWindow, controller: MixController, preferences: Preferences
) -> None:
    action(window, "swap").trigger()
    action(window, "theme_dark").trigger()
    window.close()
    again = MainWindow(controller, preferences)
    qtbot.addWidget(again)
    assert again.inspector.pair.request.source == "caricature"
    assert action(again, "theme_dark").isChecked()
    again.take_theme("light")


def test_every_action_is_in_a_menu_and_its_tip_has_the_keys_and_the_reason(window: MainWindow) -> None:
    in_menus: set[QAction] = set()
    for top in window.menuBar().actions():
        menu = top.menu()
        assert isinstance(menu, QMenu)
        in_menus |= {
            *menu.actions(),
            *(action for below in menu.findChildren(QMenu) for action in below.actions()),
        }
    commands = window.findChildren(Action)
    assert len(commands) > 30
    for command in commands:
        assert command in in_menus, command.text()
        for key in command.shortcuts():
            assert key.toString(key.SequenceFormat.NativeText) in command.toolTip()
        assert command.isEnabled() or "\n" in command.toolTip(), command.text()
    widget_only = Qt.ShortcutContext.WidgetWithChildrenShortcut  # such as Delete in two lists
    keys = [
        key.toString()
        for command in commands
        for key in command.shortcuts()
        if command.shortcutContext() != widget_only
    ]
    assert len(keys) == len(set(keys))
    own_keys = {
        key.toString()
        for command in commands
        for key in command.shortcuts()
        if command.shortcutContext() == widget_only
    }
    assert own_keys.isdisjoint(keys)


def test_every_widget_has_an_accessible_name(window: MainWindow) -> None:
    for kind in (QAbstractButton, QComboBox, QAbstractSpinBox, QAbstractSlider):
        for widget in window.findChildren(kind):
            if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
                continue
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text, (widget, widget.parent())


def test_the_neighbouring_seeds_are_drawn_when_the_engine_is_idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: len(window.seeds.drawn) == len(window.seeds.seeds), timeout=10_000)
    seed = window.inspector.pair.seed.seed
    neighbour = next(s for s in window.seeds.seeds if s != seed)
    QTest.mouseClick(window.seeds.button(neighbour), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.controller.session.latent == Seed(neighbour), timeout=5000)
    assert window.inspector.pair.request.latent == Seed(neighbour)


def test_the_key_of_a_disabled_action_says_why(qtbot: QtBot, window: MainWindow) -> None:
    begin_run(qtbot, window)
    action(window, "new_seed")  # up to date
    assert window.status.currentMessage() == ""
    QTest.keyClick(window.panes.source, Qt.Key.Key_N)
    assert window.status.currentMessage() == IN_A_RUN
    end_run(qtbot, window)
