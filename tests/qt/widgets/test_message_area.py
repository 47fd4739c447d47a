"""A message covers the top of a widget, which does not move."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.widgets.message_area import MessageArea
from ddsgui.qt.widgets.message_bar import MessageBar


def test_bars_lie_over_the_top_and_take_no_room_when_hidden(qtbot: QtBot) -> None:
    below, inner, bars = QWidget(), QWidget(), (MessageBar(), MessageBar())
    qtbot.addWidget(below)
    QVBoxLayout(below).addWidget(inner)
    area = MessageArea(below, *bars)
    below.resize(500, 300)
    below.show()
    before = inner.geometry()
    assert area.height() == 0
    bars[0].show_message("One")
    qtbot.waitUntil(lambda: area.height() > 0)
    line = area.height()
    bars[1].show_message("Two " * 100)  # of several lines
    qtbot.waitUntil(lambda: area.height() > 2 * line)
    assert bars[1].height() > line and inner.geometry() == before
    below.resize(900, 300)
    assert area.width() > 800
    for bar in bars:
        bar.hide()
    qtbot.waitUntil(lambda: area.height() == 0)


def test_bars_leave_free_what_is_above_the_widget_that_they_begin_at(qtbot: QtBot) -> None:
    below, head, inner, bar = QWidget(), QWidget(), QWidget(), MessageBar()
    qtbot.addWidget(below)
    column = QVBoxLayout(below)
    column.addWidget(head)
    column.addWidget(inner)
    head.setFixedHeight(60)
    area = MessageArea(below, bar)
    below.resize(500, 300)
    below.show()
    bar.show_message("One")
    qtbot.waitUntil(lambda: area.height() > 0)
    area.begin_at(inner)
    assert area.y() > head.geometry().bottom()
    head.setFixedHeight(100)
    qtbot.waitUntil(lambda: area.y() > 100)
    area.begin_at(below)
    assert area.y() < head.geometry().bottom()


def test_a_click_on_a_button_leaves_the_focus_where_it_was(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    window.panes.source.setFocus()
    window.message.show_message("Saved.", {"Show in folder": lambda: None})
    qtbot.waitUntil(lambda: window.message.isVisible() and window.message.height() > 10)
    (button,) = (b for b in window.message.findChildren(QPushButton) if b.text() == "Show in folder")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not window.message.isVisible() and window.focusWidget() is window.panes.source


def test_the_layout_comes_to_rest(qtbot: QtBot) -> None:
    class CountingArea(MessageArea):
        requests = 0

        def event(self, event: QEvent) -> bool:
            self.requests += event.type() == QEvent.Type.LayoutRequest
            return super().event(event)

    below, bar = QWidget(), MessageBar()
    qtbot.addWidget(below)
    area = CountingArea(below, bar)
    below.show()
    bar.show_message("One")
    qtbot.waitUntil(lambda: area.height() > 0)
    area.requests = 0
    for _ in range(50):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()
    assert area.requests < 10


def test_the_pictures_stay_where_they_are_when_a_message_appears(qtbot: QtBot, window: MainWindow) -> None:
    canvas = window.panes.source
    before = canvas.mapToGlobal(canvas.rect().topLeft()), canvas.size()
    window.message.show_message("Saved.", {"Show in folder": lambda: None})
    qtbot.waitUntil(lambda: window.message.isVisible() and window.message.height() > 10)
    assert (canvas.mapToGlobal(canvas.rect().topLeft()), canvas.size()) == before
