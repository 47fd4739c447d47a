"""The field for parts: one by a click, several by ticks, classes of a part below it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot

from ddsgui.library.library import Entry
from ddsgui.qt.mixing.part_list import NO_PART
from ddsgui.qt.mixing.part_picker import PartPicker


def entry(name: str, title: str, *classes: str) -> Entry:
    return Entry(name, title, "part", Path(f"{name}.safetensors"), False, {"classes": list(classes)})


PARTS = [
    entry("face", "Face", "left eye", "nose", "mouth"),
    entry("hair", "Hair", "strands"),
    entry("hat", "Hat", "hat"),
]


@pytest.fixture
def picker(qtbot: QtBot) -> PartPicker:
    picker = PartPicker("Part", "The part")
    qtbot.addWidget(picker)
    picker.offer(PARTS)
    picker.show_parts("hair")
    with qtbot.waitExposed(picker):
        picker.show()
    return picker


@pytest.fixture
def emitted(picker: PartPicker) -> list[str]:
    """The value of the field at every signalled change."""
    texts: list[str] = []
    picker.parts_changed.connect(lambda: texts.append(picker.parts))
    return texts


def row(picker: PartPicker, text: str) -> QTreeWidgetItem:
    return picker.list.tree.findItems(text, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)[0]


def click(picker: PartPicker, text: str) -> None:
    """Click on a row's title."""
    tree = picker.list.tree
    QTest.mouseClick(
        tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualItemRect(row(picker, text)).center()
    )


def tick(picker: PartPicker, text: str) -> None:
    """Click on a row's box."""
    tree = picker.list.tree
    area = tree.visualItemRect(row(picker, text))
    QTest.mouseClick(
        tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(area.left() + 10, area.center().y())
    )


def open_list(picker: PartPicker) -> None:
    QTest.mouseClick(picker, Qt.MouseButton.LeftButton)
    assert picker.list.isVisible()


def test_a_click_on_a_title_chooses_that_part_only(picker: PartPicker, emitted: list[str]) -> None:
    open_list(picker)
    click(picker, "Hat")
    assert not picker.list.isVisible()
    assert emitted == ["hat"] and picker.currentText() == "Hat"
    open_list(picker)
    click(picker, "Face")
    assert picker.parts == "face#left eye,face#nose,face#mouth" and picker.currentText() == "Face"
    open_list(picker)
    click(picker, NO_PART)
    assert picker.parts == "" and picker.currentText() == NO_PART
    assert len(emitted) == 3


def test_ticks_leave_the_list_open_and_are_reported_once(picker: PartPicker, emitted: list[str]) -> None:
    open_list(picker)
    tick(picker, "Hat")
    tick(picker, "nose")
    tick(picker, "mouth")
    assert picker.list.isVisible() and not emitted
    picker.hidePopup()
    assert emitted == ["face#nose,face#mouth,hair,hat"]
    assert picker.currentText() == "Face (nose, mouth) + Hair + Hat"
    assert picker.currentText() in picker.toolTip()


def test_the_box_of_a_part_ticks_all_its_classes(picker: PartPicker) -> None:
    open_list(picker)
    tick(picker, "Face")
    tick(picker, "Hair")
    tick(picker, "nose")
    assert row(picker, "Face").checkState(0) == Qt.CheckState.PartiallyChecked
    picker.hidePopup()
    assert picker.parts == "face#left eye,face#mouth"


def test_keys_do_what_the_mouse_does(qtbot: QtBot, picker: PartPicker, emitted: list[str]) -> None:
    tree = picker.list.tree
    QTest.keyClick(picker, Qt.Key.Key_Down)
    assert picker.list.isVisible() and tree.currentItem() is row(picker, "Hair")
    QTest.keyClick(tree, Qt.Key.Key_Down)
    QTest.keyClick(tree, Qt.Key.Key_Space)
    QTest.keyClick(tree, Qt.Key.Key_Escape)
    assert not picker.list.isVisible() and picker.parts == "hair" and not emitted
    QTest.keyClick(picker, Qt.Key.Key_Space)
    assert row(picker, "Hat").checkState(0) == Qt.CheckState.Unchecked
    QTest.keyClick(tree, Qt.Key.Key_Up)
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert not picker.list.isVisible() and emitted == ["face#mouth"]


def test_nothing_is_signalled_if_nothing_was_changed(picker: PartPicker, emitted: list[str]) -> None:
    for text in ("face", "face#2", "hair#strands", "gone,hat"):
        picker.show_parts(text)
        open_list(picker)
        picker.hidePopup()
        assert picker.parts == text
    assert not emitted


def test_a_part_that_is_not_offered_is_shown_and_kept(picker: PartPicker) -> None:
    picker.show_parts("/masks/mine.png,hat,face#beard")
    assert picker.currentText() == "Hat + mine.png + face#beard"
    picker.offer(PARTS)
    open_list(picker)
    tick(picker, "Hat")
    picker.hidePopup()
    assert picker.parts == "/masks/mine.png,face#beard"


def test_field_and_list_have_accessible_names(picker: PartPicker) -> None:
    assert picker.accessibleName() == picker.list.tree.accessibleName() == "Part"
