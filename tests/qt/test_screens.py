"""Every window fits a small screen, and nothing that must be pressed lies outside of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast, get_args

import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from ddsgui.qt.compare.stage import Mode
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.projects.messages import ProblemList
from tests.qt.artist import action, begin_run, end_run

FRAME = QSize(8, 32)  # that a desktop draws around a window
SCREENS = {
    "1024 × 600": QSize(1024, 600),
    "1366 × 768": QSize(1366, 768),
    "1920 × 1080 at 150 %": QSize(1280, 720),
    "1920 × 1080 at 200 %": QSize(960, 540),
}


def buttons_outside(window: QWidget) -> Iterator[str]:
    """Yield the names of buttons that are cut off. On a page that scrolls they can be reached."""
    for button in window.findChildren(QAbstractButton):
        if not button.isVisible() or button.window() is not window or button.objectName().startswith("qt_"):
            continue
        scrolls = any(area.isAncestorOf(button) for area in window.findChildren(QScrollArea))
        place = button.rect().translated(button.mapTo(window, QPoint()))
        if not scrolls and not window.rect().contains(place):
            yield button.accessibleName() or button.text()


def open_all(window: MainWindow) -> list[QWidget]:
    """Open the main window's other windows and dialogs; return all of them."""
    names = (
        "paint_part",
        "new_domain",
        "library",
        "export",
        "queue_several",
        "seed_wall",
        "guide",
        "shortcuts",
        "about",
    )
    for name in names:
        action(window, name).trigger()
    dialogs = window.dialogs
    part, export = dialogs.part_dialog, dialogs.export_dialog
    domain, library = dialogs.domain_dialog, dialogs.library_dialog
    assert part is not None and domain is not None and library is not None and export is not None
    queue, guide = window.project.queue_dialog, window.help.guide
    sheet, about = window.help.shortcuts, window.help.about
    assert queue is not None and guide is not None and sheet is not None and about is not None
    wall = dialogs.seed_wall
    assert wall is not None
    wall.controls.locks["target"].setChecked(True)  # with the longest words on it
    part.message.show_message("A sentence that is long enough to need a second line. " * 2, {"Undo": int})
    problems = ProblemList("faces.ddsgui", ("The frame 3 of run 1 is damaged.",), window)
    problems.show()
    return [window, part, domain, library, export, queue, wall, guide, sheet, about, problems]


@pytest.mark.parametrize("screen", SCREENS)
def test_every_window_fits_the_screen_with_all_its_buttons(
    qtbot: QtBot, window: MainWindow, screen: str
) -> None:
    qtbot.waitUntil(lambda: window.exports.result() is not None, timeout=10_000)
    begin_run(qtbot, window, iterations=3)
    end_run(qtbot, window)
    size = SCREENS[screen] - FRAME
    window.inspector.optimizer.advanced.setChecked(True)
    window.project.show_runs(True)
    windows = open_all(window)
    visible = {w for w in QApplication.topLevelWidgets() if w.isVisible() and isinstance(w, QDialog)}
    assert visible <= set(windows)
    for opened in windows:
        opened.resize(size)
        QApplication.processEvents()
        name = type(opened).__name__
        assert opened.width() <= size.width() and opened.height() <= size.height(), (name, opened.size())
        assert not list(buttons_outside(opened)), name
    domain = window.dialogs.domain_dialog
    assert domain is not None
    for tab in range(domain.ways.count()):
        domain.ways.setCurrentIndex(tab)
        QApplication.processEvents()
        assert domain.height() <= size.height() and not list(buttons_outside(domain))
    for opened in cast(list[QDialog], windows[1:]):
        opened.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_the_comparison_fits_the_screen_in_every_mode(
    qtbot: QtBot, window: MainWindow, all_frames: None, screen: str
) -> None:
    begin_run(qtbot, window, iterations=3)
    end_run(qtbot, window)
    size = SCREENS[screen] - FRAME
    window.resize(size)
    window.centre.comparison.compare("frame:1", "frame:2")  # with fields for the iterations
    for mode in get_args(Mode):
        action(window, f"compare_{mode}").trigger()
        QApplication.processEvents()
        assert window.width() <= size.width() and window.height() <= size.height(), (mode, window.size())
        assert not list(buttons_outside(window)), mode


def test_a_window_that_is_larger_than_its_screen_shrinks_when_it_is_shown(
    qtbot: QtBot, window: MainWindow
) -> None:
    available = window.screen().availableGeometry()
    dialog = ProblemList("faces.ddsgui", ("The frame 3 of run 1 is damaged.",), window)
    dialog.resize(available.size() + QSize(300, 300))
    dialog.move(available.bottomRight() + QPoint(200, 200))
    dialog.show()
    qtbot.waitUntil(lambda: available.contains(dialog.frameGeometry()))
    dialog.close()
