"""The pictures of runs, read from a project."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from ddsgui.project.project_run import ProjectRun
from ddsgui.qt.compare.compare_view import CompareView
from ddsgui.qt.compare.pictures import RUN, SOURCE, is_key, key_number, numbered_key
from ddsgui.qt.main_window import MainWindow
from tests.project.example_runs import SIDE, picture, project_run
from tests.qt.artist import image_on


@pytest.fixture
def view(window: MainWindow) -> CompareView:
    view = window.centre.comparison
    view.set_mode("hold")
    return view


def put_run(window: MainWindow, run: ProjectRun) -> str:
    """Add a run to the window's project, and return the key of its picture."""
    projects = window.project.controller
    number = projects.project.next_number
    projects.set_project(projects.project.with_run(run))
    return numbered_key(RUN, number)


@pytest.mark.parametrize("key", ["source", "best", "frame:12", "run:3"])
def test_keys_of_pictures_are_known(key: str) -> None:
    assert is_key(key)


@pytest.mark.parametrize("key", ["", "frame", "run:", "run:x", "run:-1", "picture:3"])
def test_anything_else_is_not_a_key(key: str) -> None:
    assert not is_key(key) and key_number(key, RUN) is None


def test_the_result_of_a_run_is_read_and_offered_by_its_words(
    qtbot: QtBot, window: MainWindow, view: CompareView
) -> None:
    key = put_run(window, project_run().renamed("Ada"))
    view.compare(key, SOURCE)
    window.centre.show_comparison(True)
    qtbot.waitUntil(lambda: view.stage.first.image is not None)
    assert np.array_equal(image_on(view.stage.first), picture(4)) and picture(4).shape[0] == SIDE
    assert "Ada" in view.pickers[0].box.currentText() and "spot" in view.pickers[0].box.currentText()


def test_a_run_with_a_damaged_picture_leaves_a_sentence(
    qtbot: QtBot, window: MainWindow, view: CompareView
) -> None:
    run = project_run()
    key = put_run(window, replace(run, contents={**run.contents, "result.png": b"no picture"}))
    view.compare(key, SOURCE)
    window.centre.show_comparison(True)
    qtbot.waitUntil(lambda: "damaged" in view.stage.first.accessibleDescription())
    assert view.stage.first.image is None


def test_a_run_without_a_picture_is_not_offered(window: MainWindow, view: CompareView) -> None:
    run = project_run()
    contents = {name: content for name, content in run.contents.items() if name != "result.png"}
    key = put_run(window, replace(run, contents=contents))
    view.compare(SOURCE, SOURCE)
    window.centre.show_comparison(True)
    assert view.pickers[0].box.findData(key) < 0
    view.compare(key, SOURCE)
    QCoreApplication.processEvents()
    assert "no picture" in view.stage.first.accessibleDescription()
