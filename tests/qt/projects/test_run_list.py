"""Runs in the list and frames on the timeline, in a real window."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from ddsgui.errors import LibraryError
from ddsgui.export.bundle import Picture
from ddsgui.project.run_list import RunRow
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.projects import part
from ddsgui.qt.projects.run_model import ROW_ROLE
from ddsgui.qt.projects.run_tracker import PAINTED
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import OptimizerSettings
from tests.qt.artist import action, begin_run, end_run, image_on, run_of, stroke
from tests.qt.projects.test_controller import press, run


def rows(window: MainWindow) -> list[RunRow]:
    """Return the rows that the list shows."""
    model = window.project.runs.view.model()
    return [model.index(row, 0).data(ROW_ROLE) for row in range(model.rowCount())]


def click(qtbot: QtBot, window: MainWindow, number: int) -> None:
    """Click a run of the list, and wait until it is on the timeline."""
    view = window.project.runs.view
    row = next(i for i, row in enumerate(rows(window)) if row.number == number)
    index = view.model().index(row, 0)
    view.scrollTo(index)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())
    qtbot.waitUntil(
        lambda: (
            window.controller.run is not None
            and window.controller.run.number == number
            and not window.controller.loading
        ),
        timeout=10_000,
    )


def choose_frame(window: MainWindow, fraction: float) -> int:
    """Click the strip of frames, and return the iteration that is shown."""
    strip = window.timeline.strip
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(fraction * (strip.width() - 1)), 10))
    frame = window.timeline.frame
    assert frame is not None
    return frame.iteration


def test_a_click_on_a_run_returns_to_its_people_masks_and_dials(qtbot: QtBot, window: MainWindow) -> None:
    controller, session = window.controller, window.controller.session
    stroke(window.panes.source, (0.1, 0.9), (0.9, 0.9))
    window.inspector.optimizer.weight_boxes["alpha"].setValue(0.25)
    first = run(qtbot, window)
    mask, result, seed = session.mask("source").copy(), image_on(window.panes.result).copy(), session.latent
    window.inspector.optimizer.weight_boxes["alpha"].setValue(0.75)
    with qtbot.waitSignal(controller.pictures_changed, timeout=10_000):
        window.inspector.pair.take_seed(11)
    second = run(qtbot, window)
    assert [row.number for row in rows(window)] == [second, first]
    click(qtbot, window, first)
    assert session.latent == seed and np.array_equal(session.mask("source"), mask)
    assert session.settings.weights.alpha == window.inspector.optimizer.weights.alpha == 0.25
    assert np.array_equal(image_on(window.panes.result), result)
    frames = len(rows(window)[1].run.summary.frames)
    qtbot.waitUntil(lambda: len(run_of(window).frames) == frames, timeout=5_000)
    click(qtbot, window, second)
    assert session.latent == Seed(11) and session.settings.weights.alpha == 0.75


def test_masks_of_the_same_people_come_back_as_undo_steps(qtbot: QtBot, window: MainWindow) -> None:
    session = window.controller.session
    first = run(qtbot, window)
    mask = session.mask("target").copy()
    window.controller.invert("target")
    later = session.mask("target").copy()
    click(qtbot, window, first)
    assert np.array_equal(session.mask("target"), mask) and str(first) in session.undo_label
    action(window, "undo").trigger()
    assert np.array_equal(session.mask("target"), later)


def test_a_run_is_starred_renamed_duplicated_deleted_and_restored(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window)
    view = window.project.runs.view
    view.setFocus()
    action(window, "star_run").trigger()
    assert rows(window)[0].run.summary.starred and action(window, "star_run").isChecked()
    action(window, "rename_run").trigger()
    editor = view.findChild(QLineEdit)
    assert editor is not None
    QTest.keyClicks(editor, "Ada")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: rows(window)[0].title == "Ada")
    action(window, "duplicate_run").trigger()
    assert [row.title for row in rows(window)] == ["Ada copy", "Ada"]
    assert window.project.runs.current is not None and window.project.runs.current.summary.number == 2
    action(window, "delete_run").trigger()
    assert [row.title for row in rows(window)] == ["Ada"]
    press(window.message, "Undo")
    assert [row.number for row in rows(window)] == [2, 1]
    assert window.isWindowModified()


def test_the_filter_shows_the_runs_with_its_words(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window)
    action(window, "rename_run")
    window.project.commands.rename(1, "Ada")
    run(qtbot, window)
    window.project.runs.words.setText("ada fast")
    assert [row.title for row in rows(window)] == ["Ada"]
    window.project.runs.words.setText("nothing like this")
    assert not rows(window) and not action(window, "delete_run").isEnabled()
    window.project.runs.words.clear()
    assert len(rows(window)) == 2


def test_the_settings_of_a_run_are_used_again_on_other_people(qtbot: QtBot, window: MainWindow) -> None:
    controller = window.controller
    window.inspector.optimizer.weight_boxes["alpha"].setValue(0.25)
    run(qtbot, window)
    with qtbot.waitSignal(controller.pictures_changed, timeout=10_000):
        window.inspector.pair.take_seed(11)
    qtbot.waitUntil(lambda: not controller.loading)
    window.inspector.optimizer.weight_boxes["alpha"].setValue(0.75)
    window.project.runs.choose(1)
    with qtbot.waitSignal(controller.finished, timeout=20_000):
        action(window, "run_again").trigger()
    qtbot.waitUntil(lambda: len(rows(window)) == 2, timeout=5_000)
    summary = rows(window)[0].run.summary
    assert summary.seed == 11 and summary.parent is None and summary.iterations == 3
    assert window.inspector.optimizer.weights.alpha == controller.session.settings.weights.alpha == 0.25


def test_a_run_that_is_continued_stands_below_the_first(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window)
    run(qtbot, window)
    assert [(row.number, row.depth) for row in rows(window)] == [(1, 0), (2, 1)]


@pytest.mark.parametrize("preset", ["official", "fast"])
def test_a_frame_is_forked_into_a_run_below_it(
    qtbot: QtBot, window: MainWindow, all_frames: None, preset: str
) -> None:
    controller = window.controller
    controller.session.settings = OptimizerSettings.from_preset(preset)
    if preset == "official":
        controller.session.settings = replace(controller.session.settings, upscale_to=32)  # to be quick
    run(qtbot, window, iterations=6)
    assert not action(window, "fork_frame").isEnabled()
    iteration = choose_frame(window, 0.5)
    frames = [run_of(window).frames[i] for i in range(len(run_of(window).frames))]
    frame = next(frame for frame in frames if frame.iteration == iteration)
    requests = []
    controller.run_started.connect(lambda: requests.append(run_of(window)))
    with qtbot.waitSignal(controller.finished, timeout=20_000):
        action(window, "fork_frame").trigger()
    qtbot.waitUntil(lambda: len(rows(window)) == 2, timeout=5_000)
    fork = run_of(window)
    assert (fork.parent, fork.number) == (1, 2)
    assert [(row.number, row.depth) for row in rows(window)] == [(1, 0), (2, 1)]
    assert fork.recipe.start is not None and frame.latent is not None
    assert np.array_equal(fork.recipe.start.array, frame.latent)
    assert (frame.moments is not None) is (preset == "official")
    if preset == "official":  # Adam continues without a break
        second = next(f.latent for f in frames if f.iteration == iteration + 1)
        forked = [fork.frames[i] for i in range(len(fork.frames)) if fork.frames[i].iteration == 2]
        assert second is not None and forked[0].latent is not None
        np.testing.assert_allclose(forked[0].latent, second, atol=1e-5)


def test_a_flag_is_kept_and_marked(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window, iterations=6)
    assert not action(window, "flag_frame").isEnabled()
    iteration = choose_frame(window, 0.5)
    before = window.timeline.strip.grab().toImage()
    action(window, "flag_frame").trigger()
    assert action(window, "flag_frame").isChecked() and window.timeline.strip.grab().toImage() != before
    flagged = [f.iteration for f in rows(window)[0].run.summary.frames if f.flagged]
    assert flagged == [iteration]
    action(window, "flag_frame").trigger()
    assert not run_of(window).flags
    assert not any(f.flagged for f in rows(window)[0].run.summary.frames)


def test_a_frame_can_be_flagged_while_the_run_continues(qtbot: QtBot, window: MainWindow) -> None:
    begin_run(qtbot, window)
    iteration = choose_frame(window, 0.3)
    action(window, "flag_frame").trigger()
    end_run(qtbot, window)
    qtbot.waitUntil(lambda: len(rows(window)) == 1, timeout=20_000)
    assert [f.iteration for f in rows(window)[0].run.summary.frames if f.flagged] == [iteration]


def test_no_other_run_is_shown_during_a_run(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window)
    begin_run(qtbot, window)
    running = run_of(window)
    window.project.commands.return_to(1)
    assert window.message.text and run_of(window) is running
    end_run(qtbot, window)


def test_the_list_of_runs_can_be_hidden(window: MainWindow) -> None:
    assert window.project.dock.isVisible()
    action(window, "show_runs").trigger()
    assert not window.project.dock.isVisible() and not action(window, "show_runs").isChecked()


def test_on_a_narrow_screen_the_window_fits_and_the_list_is_hidden_at_first(
    qtbot: QtBot, controller: MixController, preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, "RUNS_FROM_PX", 100_000)
    window = MainWindow(controller, preferences)
    qtbot.addWidget(window)
    assert window.project.dock.isHidden() and preferences.shows_runs
    smallest = window.minimumSizeHint()
    assert (
        smallest.width() <= 1000 and smallest.height() <= 560
    )  # of a screen of 1024 × 600, without its bars


def test_a_run_of_a_missing_domain_shows_its_result_and_says_what_is_missing(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller = window.controller
    first = run(qtbot, window)
    result, frames = image_on(window.panes.result).copy(), len(run_of(window).frames)
    with qtbot.waitSignal(controller.pictures_changed, timeout=10_000):
        window.inspector.pair.take_seed(11)
    qtbot.waitUntil(lambda: not controller.loading)

    def missing(*_: object) -> None:
        raise LibraryError("There is no domain portrait.")

    monkeypatch.setattr(controller.jobs.models, "generator", missing)
    click(qtbot, window, first)
    qtbot.waitUntil(lambda: "portrait" in window.message.text)
    assert np.array_equal(image_on(window.panes.result), result)
    qtbot.waitUntil(lambda: len(run_of(window).frames) == frames, timeout=5_000)
    assert controller.session.latent == Seed(11)


def test_an_old_recipe_of_a_missing_domain_shows_its_picture_and_says_what_is_missing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    recipe = replace(window.controller.session.recipe(), source="toonify", target="sketch")
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    (tmp_path / "old.png").write_bytes(Picture(picture, recipe).encode())
    before = window.controller.session.mask("source").copy()
    with qtbot.waitSignal(window.controller.failed, timeout=10_000):
        window.project.actions.open(tmp_path / "old.png")
    assert "toonify" in window.message.text and np.array_equal(image_on(window.panes.result), picture)
    assert np.array_equal(window.controller.session.mask("source"), before)
    assert window.controller.request.source == "portrait"


def test_painted_masks_that_were_never_run_are_kept_when_people_change(
    qtbot: QtBot, window: MainWindow
) -> None:
    session = window.controller.session
    stroke(window.panes.source, (0.1, 0.9), (0.9, 0.9))
    qtbot.waitUntil(lambda: window.live.image is not None and not window.live.drawing, timeout=10_000)
    mask, live = session.mask("source").copy(), image_on(window.panes.result).copy()
    for seed in (11, 12):  # nothing is painted on 11
        with qtbot.waitSignal(window.controller.pictures_changed, timeout=10_000):
            window.inspector.pair.take_seed(seed)
        qtbot.waitUntil(lambda: not window.controller.loading)
    qtbot.waitUntil(lambda: len(rows(window)) == 1, timeout=5_000)
    assert rows(window)[0].title == PAINTED and rows(window)[0].run.summary.is_live
    click(qtbot, window, 1)
    assert np.array_equal(session.mask("source"), mask)
    assert np.array_equal(image_on(window.panes.result), live)
