from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMainWindow, QSlider
from pytestqt.qtbot import QtBot

from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.canvas.tool_bar import ToolBar


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.show()
    return window


def test_actions_become_buttons_with_names_and_gaps(window: QMainWindow, qtbot: QtBot) -> None:
    undo, redo = QAction("&Undo", window), QAction("&Redo", window)
    redo.setEnabled(False)
    bar = ToolBar([undo, None, redo])
    window.addToolBar(Qt.ToolBarArea.LeftToolBarArea, bar)
    assert [action.isSeparator() for action in bar.actions()] == [False, True, False]
    button = bar.widgetForAction(undo)
    assert button.accessibleName() == "Undo"
    with qtbot.waitSignal(undo.triggered):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not bar.widgetForAction(redo).isEnabled()


def test_the_slider_and_the_brush_agree(window: QMainWindow) -> None:
    settings = PaintSettings()
    bar = ToolBar([], settings)
    window.addToolBar(Qt.ToolBarArea.LeftToolBarArea, bar)
    slider, label = bar.findChild(QSlider), bar.findChild(QLabel)
    assert slider is not None
    assert label is not None
    slider.setValue(slider.maximum())
    assert settings.radius == pytest.approx(64)
    assert label.text() == "128"
    slider.setValue(0)
    assert (settings.radius, label.text()) == (0.5, "1.0")
    settings.radius = 300.0
    assert slider.value() == slider.maximum()
    assert (settings.radius, label.text()) == (300.0, "600")
    settings.radius = 7.77
    assert settings.radius == 7.77, "the slider's coarser steps do not change it"
