"""The field for a seed accepts any whole number of 64 bits."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QPalette, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QStyle, QStyleOptionSpinBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ddsgui.qt.widgets.seed_box import RANDOM_SEEDS, SeedBox
from ddsgui.synthesis.latents import MAX_SEED, MIN_SEED, SEED_RANGE

TIP = "The seed of the picture"


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    """A window with the field and another one that can take the focus."""
    window = QWidget()
    column = QVBoxLayout(window)
    column.addWidget(SeedBox("Seed", TIP))
    column.addWidget(QLineEdit())
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return window


@pytest.fixture
def box(qtbot: QtBot, window: QWidget) -> SeedBox:
    (box,) = window.findChildren(SeedBox)
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    return box


@pytest.fixture
def changes(box: SeedBox) -> list[int]:
    """The list of signalled seeds."""
    seeds: list[int] = []
    box.seed_changed.connect(lambda: seeds.append(box.seed))
    return seeds


def write(box: SeedBox, text: str) -> None:
    """Replace the text by typing, without pressing Return."""
    box.selectAll()
    QTest.keyClicks(box, text)


@pytest.mark.parametrize("seed", [0, 7, -1, -12, 2**31, -(2**53) - 1, 2**53 + 1, MAX_SEED, MIN_SEED])
def test_any_number_of_64_bits_can_be_typed(box: SeedBox, changes: list[int], seed: int) -> None:
    box.show_seed(5)
    write(box, str(seed))
    assert not changes and box.seed == 5  # not digit by digit
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert changes == [seed] and box.text() == str(seed)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert changes == [seed]


@pytest.mark.parametrize(
    ("text", "seed"),
    [
        (" -9223372036854775808\n", MIN_SEED),
        ("−42", -42),
        ("+9", 9),
        ("12 345", 12_345),
        ("9\u202f223\u202f372\u202f036\u202f854\u202f775\u202f807", MAX_SEED),
    ],
)
def test_a_pasted_number_is_accepted(box: SeedBox, changes: list[int], text: str, seed: int) -> None:
    box.selectAll()
    QGuiApplication.clipboard().setText(text)
    QTest.keyClick(box, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert changes == [seed] and box.text() == str(seed)


@pytest.mark.parametrize("text", ["abc", "1.5", "1,5", "0x10", "1-2", "1e3", "9" * 41, "٣"])
def test_text_that_is_not_a_whole_number_is_not_accepted(box: SeedBox, changes: list[int], text: str) -> None:
    box.show_seed(5)
    box.selectAll()
    QGuiApplication.clipboard().setText(text)
    QTest.keyClick(box, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert box.text() == "5"
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert not changes


@pytest.mark.parametrize("text", [str(MAX_SEED + 1), str(MIN_SEED - 1), "9" * 40])
def test_a_number_out_of_range_is_marked_and_changes_nothing(
    qtbot: QtBot, window: QWidget, box: SeedBox, changes: list[int], text: str
) -> None:
    box.show_seed(5)
    write(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.text() == text and box.seed == 5 and not changes
    ink = box.lineEdit().palette().color(QPalette.ColorRole.Text)
    assert ink == QApplication.palette().color(QPalette.ColorRole.BrightText)
    assert box.toolTip() == box.accessibleDescription() == f"{SEED_RANGE}."
    next_field = window.findChildren(QLineEdit)[-1]
    next_field.setFocus()
    qtbot.waitUntil(next_field.hasFocus)
    assert box.text() == "5" and not changes
    assert box.lineEdit().palette().color(QPalette.ColorRole.Text) != ink
    assert box.toolTip() == TIP and not box.accessibleDescription()


@pytest.mark.parametrize("text", ["", "-"])
def test_an_unfinished_number_is_replaced_when_the_focus_leaves(
    qtbot: QtBot, window: QWidget, box: SeedBox, changes: list[int], text: str
) -> None:
    box.show_seed(5)
    write(box, text)
    if not text:
        QTest.keyClick(box, Qt.Key.Key_Delete)
    assert box.text() == text and box.toolTip() == TIP
    window.findChildren(QLineEdit)[-1].setFocus()
    qtbot.waitUntil(lambda: box.text() == "5")
    assert not changes


def test_leaving_the_field_accepts_the_number(
    qtbot: QtBot, window: QWidget, box: SeedBox, changes: list[int]
) -> None:
    write(box, "-3")
    window.findChildren(QLineEdit)[-1].setFocus()
    qtbot.waitUntil(lambda: changes == [-3])


def test_keys_step_by_one_and_by_ten_and_stop_at_the_limits(box: SeedBox, changes: list[int]) -> None:
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
        QTest.keyClick(box, key)
    assert changes == [-1, 0, 10, 0]
    write(box, "20")  # a step starts from the typed number
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert changes[4:] == [21]
    box.show_seed(MAX_SEED - 3)
    QTest.keyClick(box, Qt.Key.Key_PageUp)
    assert box.seed == MAX_SEED
    box.show_seed(MIN_SEED + 1)
    QTest.keyClick(box, Qt.Key.Key_PageDown)
    assert box.seed == MIN_SEED
    before = list(changes)
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert changes == before


def test_the_buttons_step(qtbot: QtBot, box: SeedBox, changes: list[int]) -> None:
    option = QStyleOptionSpinBox()
    box.initStyleOption(option)
    for button in (QStyle.SubControl.SC_SpinBoxUp, QStyle.SubControl.SC_SpinBoxDown):
        area = box.style().subControlRect(QStyle.ComplexControl.CC_SpinBox, option, button, box)
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=area.center())
    assert changes == [1, 0]


def test_the_wheel_changes_only_a_field_with_the_focus(
    qtbot: QtBot, window: QWidget, box: SeedBox, changes: list[int]
) -> None:
    def turn() -> bool:
        where = QPointF(5, 5)
        event = QWheelEvent(
            where, box.mapToGlobal(where), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(box, event)
        return event.isAccepted()

    assert turn() and changes == [1]
    next_field = window.findChildren(QLineEdit)[-1]
    next_field.setFocus()
    qtbot.waitUntil(next_field.hasFocus)
    assert not turn() and changes == [1]


def test_showing_a_seed_reports_nothing_and_setting_one_reports_a_change_once(
    box: SeedBox, changes: list[int]
) -> None:
    box.show_seed(-7)
    assert (box.seed, box.text(), changes) == (-7, "-7", [])
    box.set_seed(-7)
    assert not changes
    box.set_seed(MIN_SEED)
    assert changes == [MIN_SEED]


def test_a_random_seed_is_short(box: SeedBox) -> None:
    box.show_seed(-1)
    box.randomize_seed()
    assert 0 <= box.seed < RANDOM_SEEDS


def test_the_longest_seed_fits_into_the_smallest_field(box: SeedBox) -> None:
    box.resize(box.minimumSizeHint())
    room = box.lineEdit().contentsRect().width()
    for seed in (MIN_SEED, MAX_SEED):
        assert box.fontMetrics().horizontalAdvance(str(seed)) + 4 <= room  # QLineEdit has a margin of 2


def test_a_screen_reader_can_read_it(box: SeedBox) -> None:
    box.show_seed(MIN_SEED)
    interface = QAccessible.queryAccessibleInterface(box)
    assert interface.text(QAccessible.Text.Name) == "Seed"
    assert interface.valueInterface().currentValue() == MIN_SEED
