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
    strip = ToolBar([undo, None, redo])
    window.addToolBar(Qt.ToolBarArea.LeftToolBarArea, strip)
    assert [action.isSeparator() for action in strip.actions()] == [False, True, False]
    button = strip.widgetForAction(undo)
    assert button.accessibleName() == "Undo"
    with qtbot.waitSignal(undo.triggered):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not strip.widgetForAction(redo).isEnabled()


def test_the_slider_and_the_brush_agree(window: QMainWindow) -> None:
    brush = PaintSettings()
    strip = ToolBar([], brush)
    window.addToolBar(Qt.ToolBarArea.LeftToolBarArea, strip)
    slider, label = strip.findChild(QSlider), strip.findChild(QLabel)
    assert slider is not None
    assert label is not None
    slider.setValue(slider.maximum())
    assert brush.radius == pytest.approx(64)
    assert label.text() == "128"
    slider.setValue(0)
    assert (brush.radius, label.text()) == (0.5, "1.0")
    brush.radius = 300.0
    assert slider.value() == slider.maximum()
    assert (brush.radius, label.text()) == (300.0, "600")
    brush.radius = 7.77
    assert brush.radius == 7.77, "the slider's coarser steps leave it alone"
