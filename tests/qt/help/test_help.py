"""The Help menu: guide, sheet of keys, hints of the first start, versions and licences."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Qt

from ddsgui.paths import PACKAGE
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.help.about import LIBRARIES, about_text
from ddsgui.qt.help.gestures import GESTURES
from ddsgui.qt.help.hints import DONE, HINTS, NEXT, Hints
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.widgets.action import Action
from ddsgui.qt.widgets.message_bar import MessageBar
from ddsgui.version import __version__
from tests.qt.artist import action


def press(bar: MessageBar, label: str) -> None:
    next(button for button in bar._buttons if button.text() == label).click()


def test_f1_opens_the_guide_and_its_keys_are_those_of_the_menus(window: MainWindow) -> None:
    guide = action(window, "guide")
    assert [key.toString() for key in guide.shortcuts()] == ["F1"]
    guide.trigger()
    assert window.help.guide is not None and window.help.guide.isVisible()
    text = window.help.guide.text.toPlainText()
    known = {key.toString() for a in window.findChildren(Action) for key in a.shortcuts()}
    known |= {"Ctrl+Enter", "Ctrl"}
    source = (PACKAGE.parent / "resources/help/guide.md").read_text("utf-8")
    keys = [key for key in re.findall(r"\*\*(\S+?)\*\*", source) if re.fullmatch(r"[A-Z\[\]]|\w+\+\w+", key)]
    assert len(keys) > 8 and not set(keys) - known
    assert "Reset to preset" in text


def test_the_sheet_lists_every_key_and_gesture_and_filters_them(window: MainWindow) -> None:
    action(window, "shortcuts").trigger()
    sheet = window.help.shortcuts
    assert sheet is not None
    listed = " ".join(keys for keys, _ in sheet.lines)
    for command in window.mix_actions.by_menu.values():
        for each in command:
            for key in each.shortcuts():
                assert key.toString(key.SequenceFormat.NativeText) in listed
    assert set(GESTURES.items()) <= set(sheet.lines)
    page, viewport = sheet._scroll.widget(), sheet._scroll.viewport()
    assert page is not None and page.minimumSizeHint().width() <= viewport.width(), "nothing is cut off"
    sheet.filter.setText("straight")
    assert [words for _, words in sheet.lines] == [GESTURES["Shift + click"]]


def test_the_hints_are_shown_once(qtbot, preferences: Preferences) -> None:
    hints = Hints(preferences)
    qtbot.addWidget(hints.bar)
    for _ in range(2):  # a start without an answer
        hints.begin()
        assert HINTS[0] in hints.bar.text
    press(hints.bar, NEXT)
    press(hints.bar, NEXT)
    assert HINTS[2] in hints.bar.text
    press(hints.bar, DONE)
    assert hints.bar.text == ""
    hints.begin()
    assert hints.bar.text == ""
    hints.begin(again=True)
    assert HINTS[0] in hints.bar.text


def test_about_has_the_versions_and_the_licences_of_the_page_of_dependencies(window: MainWindow) -> None:
    action(window, "about").trigger()
    assert window.help.about is not None
    text = window.help.about.text.toPlainText()
    assert __version__ in text and "CC BY 4.0" in text and "PySide6" in text
    page = (Path(PACKAGE).parent / "docs/dependencies.md").read_text("utf-8").split("For development only")[0]
    rows = re.findall(r"^\| (\S+) \|.*\| ([^|]+) \|$", page, re.MULTILINE)
    assert {name: licence for name, licence in rows if name not in ("package", "---")} == LIBRARIES
    assert "torch" in about_text()


def test_f1_acts_in_every_window(window: MainWindow) -> None:
    for id in ("guide", "shortcuts"):
        assert action(window, id).shortcutContext() == Qt.ShortcutContext.ApplicationShortcut
