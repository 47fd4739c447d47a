"""Esc clears a filter before it closes the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QToolButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from ddsgui.qt.widgets.filter_field import FilterField


def test_escape_clears_the_words_and_then_closes_the_window(qtbot: QtBot) -> None:
    dialog, field = QDialog(), FilterField("Filter", "Show less")
    qtbot.addWidget(dialog)
    QVBoxLayout(dialog).addWidget(field)
    dialog.show()
    QTest.keyClicks(field, "hair")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "" and dialog.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_its_button_has_a_name(qtbot: QtBot) -> None:
    field = FilterField("Filter", "Show less")
    qtbot.addWidget(field)
    assert all(button.accessibleName() for button in field.findChildren(QToolButton))
