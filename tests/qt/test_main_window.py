"""The window with a real engine, used as an artist would."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QMenu, QScrollBar
from pytestqt.qtbot import QtBot

from ddsgui.jobs.mix import Jobs
from ddsgui.library.library import Library
from ddsgui.project.run import BLEND_CAPTION
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.widgets.action import Action
from ddsgui.synthesis.latents import Seed
from tests.qt.artist import action, image_on


def test_the_first_pictures_are_drawn_at_the_start(window: MainWindow) -> None:
    sample = window.controller.session.sample
    assert sample is not None
    assert window.panes.source.image is sample.source
    assert window.panes.target.image is sample.target
    assert window.status.activity == "Ready"
    assert "CPU" in window.inspector.device
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


def test_holding_tab_compares_unless_it_moves_between_fields(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    window.panes.source.setFocus()
    handle = window.windowHandle()
    QTest.keyPress(handle, Qt.Key.Key_Tab)
    assert np.array_equal(image_on(window.panes.result), window.controller.session.crossover_image)
    assert window.panes.source.hasFocus()
    QTest.keyRelease(handle, Qt.Key.Key_Tab)
    assert window.panes.result.caption == BLEND_CAPTION
    field = window.inspector.optimizer.iterations
    field.setFocus()
    QTest.keyClick(handle, Qt.Key.Key_Tab)
    assert window.panes.result.caption == BLEND_CAPTION and not field.hasFocus()


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
    keys = [key.toString() for command in commands for key in command.shortcuts()]
    assert len(keys) == len(set(keys))


def test_every_widget_has_an_accessible_name(window: MainWindow) -> None:
    for kind in (QAbstractButton, QComboBox, QAbstractSpinBox, QAbstractSlider):
        for widget in window.findChildren(kind):
            if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
                continue
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text, (widget, widget.parent())


def test_the_neighbouring_seeds_are_drawn_when_the_engine_is_idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: len(window.seeds.drawn) == 8, timeout=10_000)
    seed = window.inspector.pair.seed.seed
    neighbour = next(s for s in window.seeds.seeds if s != seed)
    QTest.mouseClick(window.seeds.button(neighbour), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.controller.session.latent == Seed(neighbour), timeout=5000)
    assert window.inspector.pair.request.latent == Seed(neighbour)
