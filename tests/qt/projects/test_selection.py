"""Several runs of the list at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ddsgui.project.project import Project
from ddsgui.qt.projects.run_list import RunList
from tests.project.example_runs import project_run


@pytest.fixture
def project() -> Project:
    """Three runs, of which the third is the first in the other direction."""
    run = project_run()
    project = Project().with_run(run).with_run(run)
    return project.with_run(run.reversing(1))


@pytest.fixture
def runs(qtbot: QtBot, project: Project) -> RunList:
    runs = RunList()
    qtbot.addWidget(runs, before_close_func=lambda runs: runs.model.shut_down())
    runs.resize(260, 400)
    runs.show()
    runs.show_runs(project.runs)
    return runs


def press(runs: RunList, row: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Click a row of the list."""
    spot = runs.view.visualRect(runs.view.model().index(row, 0)).center()
    QTest.mouseClick(runs.view.viewport(), Qt.MouseButton.LeftButton, keys, spot)


def test_a_click_asks_for_a_run_and_one_with_ctrl_only_selects_it(runs: RunList) -> None:
    wanted: list[int] = []
    runs.run_wanted.connect(wanted.append)
    press(runs, 0)
    press(runs, 1, Qt.KeyboardModifier.ControlModifier)
    assert wanted == [2] and [row.number for row in runs.selected_rows] == [1, 2]
    assert runs.two_numbers == (1, 2)
    press(runs, 0)
    assert wanted == [2, 2] and [row.number for row in runs.selected_rows] == [2]


def test_both_directions_of_one_entry_are_two_runs(runs: RunList) -> None:
    runs.choose(2)
    assert runs.two_numbers is None
    runs.choose(1)
    assert runs.two_numbers == (1, 3)
    pairs: list[tuple[int, int]] = []
    runs.act_on_two(pairs.append)
    assert pairs == [(1, 3)]


def test_the_selection_stays_when_runs_are_added_and_when_one_of_it_is_shown(
    runs: RunList, project: Project
) -> None:
    press(runs, 0)
    press(runs, 1, Qt.KeyboardModifier.ControlModifier)
    runs.show_runs(project.with_run(replace(project.runs[0])).runs)
    assert runs.two_numbers == (1, 2)
    runs.choose(2)
    assert runs.two_numbers == (1, 2)
    runs.choose(4)
    assert runs.two_numbers is None


def test_nothing_is_selected_in_an_empty_list(runs: RunList) -> None:
    runs.show_runs(())
    assert runs.selected_rows == [] and runs.two_numbers is None and runs.current is None
