from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox
from pytestqt.qtbot import QtBot

from ddsgui.qt.widgets.fields import CountBox, RealBox


@pytest.fixture(params=["C", "de_DE", "fr_CH", "en_US"])
def locale(request: pytest.FixtureRequest) -> Iterator[QLocale]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield QLocale()
    QLocale.setDefault(before)


def typed(qtbot: QtBot, box: QAbstractSpinBox, text: str) -> None:
    """Type a text in place of the number, as a person does."""
    box.selectAll()
    QTest.keyClicks(box, text)


@pytest.mark.parametrize("text", ["0.5", "0,5", ".5", ",5"])
def test_a_point_and_a_comma_mean_the_same_in_every_locale(qtbot: QtBot, locale: QLocale, text: str) -> None:
    box = RealBox(0, 10, 4, "Rate", "The step size")
    qtbot.addWidget(box)
    typed(qtbot, box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 0.5
    assert box.text() == locale.toString(0.5, "f", 4)


def test_a_number_out_of_range_is_shown_as_such_and_changes_nothing(qtbot: QtBot) -> None:
    box = RealBox(0, 10, 2, "Rate", "The step size")
    count = CountBox(1, 100, 1, "Steps", "The number")
    for field, value, texts in ((box, 1.5, ("50", "-1", "10.01")), (count, 7, ("101", "0", "1.5", "1,5"))):
        qtbot.addWidget(field)
        field.setValue(value)  # pyright: ignore[reportArgumentType] - 7 for the one of whole numbers
        plain = field.lineEdit().palette().color(QPalette.ColorRole.Text)
        tip = field.toolTip()
        for text in texts:
            typed(qtbot, field, text)
            assert field.text() == text, "no digit is dropped"
            assert field.lineEdit().palette().color(QPalette.ColorRole.Text) != plain
            assert "from" in field.toolTip()
            QTest.keyClick(field, Qt.Key.Key_Return)
            assert field.value() == value
            assert field.toolTip() == tip
            assert field.lineEdit().palette().color(QPalette.ColorRole.Text) == plain


def test_units_and_special_values_are_understood(qtbot: QtBot) -> None:
    count = CountBox(0, 100, 1, "Feather", "Soft edges")
    qtbot.addWidget(count)
    count.setSuffix(" px")
    count.setSpecialValueText("off")
    typed(qtbot, count, "12")
    QTest.keyClick(count, Qt.Key.Key_Return)
    assert (count.value(), count.text()) == (12, "12 px")
    count.setValue(0)
    assert count.text() == "off"
    count.interpretText()
    assert count.value() == 0
