"""Runs that wait, in a real window: while the artist paints, over failures, and over a restart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ddsgui.errors import OptimizerError
from ddsgui.jobs.batch import work
from ddsgui.library.own_presets import OwnPreset, PresetStore
from ddsgui.project.project_file import read_project
from ddsgui.project.run_summary import RunSummary
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.projects.part import CONTINUE_QUEUE
from ddsgui.qt.projects.run_delegate import PADDING_PX
from ddsgui.qt.projects.run_model import THUMBNAIL_PX
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import OptimizerSettings
from tests.qt.artist import action, image_on, run_of, stroke
from tests.qt.projects.conftest import StartWindow
from tests.qt.projects.test_controller import press, run, save
from tests.qt.projects.test_run_list import rows


def summaries(window: MainWindow) -> list[RunSummary]:
    return [run.summary for run in window.project.controller.project.runs]


def keys(window: MainWindow) -> list[str]:
    return [entry.key for entry in window.project.queue.queue.entries]


def states(window: MainWindow) -> list[str]:
    """Return what the list of the queue says of each entry."""
    view = window.project.queue_panel.view
    return [view.item(row).text().splitlines()[-1] for row in range(view.count())]


def shorten(window: MainWindow, iterations: int = 3) -> None:
    session = window.controller.session
    session.settings = replace(session.settings, iterations=iterations)


def add_several(qtbot: QtBot, window: MainWindow, seeds: str, both: bool = False) -> None:
    """Add seeds to the queue in the dialog."""
    count = len(keys(window))
    action(window, "queue_several").trigger()
    dialog = window.project.queue_dialog
    assert dialog is not None
    dialog.seeds.setText(seeds)
    dialog.both.setChecked(both)
    dialog.add_button.click()
    qtbot.waitUntil(lambda: len(keys(window)) > count, timeout=5_000)


def wait_for_runs(qtbot: QtBot, window: MainWindow, count: int) -> None:
    qtbot.waitUntil(lambda: len(summaries(window)) == count, timeout=20_000)


def wait_until_empty(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not keys(window), timeout=20_000)


@pytest.fixture
def paused(window: MainWindow) -> MainWindow:
    """A window whose queue waits, with short runs."""
    shorten(window)
    window.project.queue.set_paused(True)
    return window


def test_the_present_mix_becomes_a_run_while_the_artist_works(qtbot: QtBot, window: MainWindow) -> None:
    controller, session = window.controller, window.controller.session
    shorten(window, 30)
    mask, people = session.mask("source").copy(), session.latent
    with qtbot.waitSignal(window.project.queue.ended, timeout=20_000):
        action(window, "queue_run").trigger()
        qtbot.waitUntil(lambda: window.project.queue.running_key is not None, timeout=5_000)
        assert window.project.queue_panel.isVisible()
        with qtbot.waitSignal(controller.pictures_changed, timeout=10_000):
            window.inspector.pair.take_seed(11)
        stroke(window.panes.source, (0.2, 0.2), (0.8, 0.8))
    wait_for_runs(qtbot, window, 2)  # the other has the masks that were never run
    assert not keys(window) and not window.project.queue_panel.isVisible()
    (stored,) = (s for s in window.project.controller.project.runs if not s.summary.is_live)
    masks = stored.recipe().mask_arrays()
    assert masks is not None and np.array_equal(masks[0], mask)
    assert Seed(stored.summary.seed or 0) == people and stored.summary.state == "done"
    assert len(stored.summary.frames) == 30 and stored.frame(30).latent is not None
    assert {use.name for use in stored.summary.models} >= {"portrait", "caricature"}
    assert session.latent == Seed(11) and session.can_undo
    window.project.commands.return_to(stored.summary.number)
    qtbot.waitUntil(lambda: session.latent == people and not controller.loading, timeout=10_000)
    assert np.array_equal(session.mask("source"), mask)


def test_a_queued_run_is_the_run_that_the_window_would_have_made(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window)
    shorten(window)
    action(window, "queue_run").trigger()
    wait_for_runs(qtbot, window, 2)
    first, second = window.project.controller.project.runs
    assert np.array_equal(first.result(), second.result())
    assert first.summary.loss == pytest.approx(second.summary.loss)


def test_the_dialog_adds_every_combination_and_says_how_many(qtbot: QtBot, paused: MainWindow) -> None:
    action(paused, "queue_several").trigger()
    dialog = paused.project.queue_dialog
    assert dialog is not None and dialog.add_button.isEnabled()
    dialog.seeds.setText("1-3, 9")
    dialog.presets.tick("live")
    dialog.both.setChecked(True)
    assert "16" in dialog.count.text()
    dialog.seeds.setText("1-")
    assert not dialog.add_button.isEnabled() and "1-" not in dialog.count.text()
    dialog.seeds.setText("1-2000")
    assert not dialog.add_button.isEnabled() and "1,000" in dialog.count.text()
    dialog.seeds.setText("4")
    dialog.parts.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert not dialog.add_button.isEnabled() and "part" in dialog.count.text()
    dialog.parts.item(0).setCheckState(Qt.CheckState.Checked)
    dialog.add_button.click()
    qtbot.waitUntil(lambda: len(keys(paused)) == 4, timeout=5_000)
    assert not summaries(paused)


def test_other_pairs_and_own_presets_are_combined(qtbot: QtBot, paused: MainWindow) -> None:
    store = PresetStore()
    store.add(OwnPreset.of("Soft", OptimizerSettings.from_preset("fast", iterations=5), BlendSettings()))
    blend = BlendSettings(strength=0.5)
    store.add(OwnPreset.of("Half", OptimizerSettings.from_preset("live", live=(blend,)), blend))
    action(paused, "queue_several").trigger()
    dialog = paused.project.queue_dialog
    assert dialog is not None and dialog.presets.ticked == ["fast"]
    dialog.presets.tick("Soft")
    dialog.presets.tick("Half")
    dialog.seeds.setText("4")
    dialog.pairs.source.show_name("caricature")
    dialog.pairs.target.show_name("portrait")
    dialog.pairs.add_button.click()
    dialog.pairs.add_button.click()  # once is enough
    assert "6" in dialog.count.text()
    recipes, left_out = dialog.recipes()
    assert {(r.source, r.target) for r in recipes} == {("portrait", "caricature"), ("caricature", "portrait")}
    by_preset = {r.settings["preset"]: r.settings for r in recipes}
    assert left_out == 0 and by_preset["Soft"]["iterations"] == 5
    assert by_preset["Half"]["live"][0]["strength"] == 0.5
    dialog.pairs.source.show_name("engraving")  # bundled, of 128 pixels
    dialog.pairs.add_button.click()
    present = (paused.controller.session.part, None)
    assert present in dialog.parts.keys and dialog.recipes()[1] == 3 and "fit" in dialog.count.text()
    dialog.add_button.click()
    qtbot.waitUntil(lambda: len(keys(paused)) == 6, timeout=5_000)


def test_entries_are_moved_and_cancelled(qtbot: QtBot, paused: MainWindow) -> None:
    add_several(qtbot, paused, "1-4")
    first, second, third, fourth = keys(paused)
    view = paused.project.queue_panel.view
    view.setCurrentRow(2)
    action(paused, "queue_up").trigger()
    assert keys(paused) == [first, third, second, fourth]
    assert paused.project.queue_panel.current is not None and paused.project.queue_panel.current.key == third
    action(paused, "queue_down").trigger()
    action(paused, "queue_down").trigger()
    assert keys(paused) == view.keys == [first, second, fourth, third]
    action(paused, "cancel_queued").trigger()
    assert keys(paused) == [first, second, fourth]
    item = view.takeItem(2)  # as a drop does
    view.insertItem(0, item)
    view.dropped.emit()
    assert keys(paused) == [fourth, first, second]
    action(paused, "cancel_queue").trigger()
    assert not keys(paused) and not action(paused, "cancel_queue").isEnabled()


def test_a_mix_that_waits_already_is_not_added_again(qtbot: QtBot, paused: MainWindow) -> None:
    add_several(qtbot, paused, "1")
    paused.message.hide()
    with qtbot.waitSignal(paused.project.queue.failed, timeout=5_000):
        action(paused, "queue_several").trigger()
        dialog = paused.project.queue_dialog
        assert dialog is not None
        dialog.seeds.setText("1")
        dialog.add_button.click()
    assert len(keys(paused)) == 1 and paused.message.text


def test_a_failure_stops_nothing_and_can_be_tried_again(
    qtbot: QtBot, paused: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_several(qtbot, paused, "1-3")
    failing, real = keys(paused)[1], work.job_steps

    def job_steps(job, *args, **options):
        if job.key == failing:
            raise OptimizerError("The loss diverged.")
        return (yield from real(job, *args, **options))

    monkeypatch.setattr(work, "job_steps", job_steps)
    with qtbot.waitSignal(paused.project.queue.ended, timeout=20_000) as ended:
        action(paused, "pause_queue").trigger()
    wait_for_runs(qtbot, paused, 2)
    assert ended.args and "1 failed" in ended.args[0]
    assert keys(paused) == [failing] and states(paused) == ["Failed: The loss diverged."]
    monkeypatch.setattr(work, "job_steps", real)
    paused.project.queue_panel.view.setCurrentRow(0)
    action(paused, "queue_again").trigger()
    wait_for_runs(qtbot, paused, 3)
    assert not keys(paused)


def test_a_cancelled_run_keeps_its_best_picture_and_the_next_one_follows(
    qtbot: QtBot, paused: MainWindow
) -> None:
    shorten(paused, 100_000)
    add_several(qtbot, paused, "1")
    shorten(paused, 3)
    add_several(qtbot, paused, "2")
    action(paused, "pause_queue").trigger()
    qtbot.waitUntil(lambda: states(paused)[0].startswith("Iteration"), timeout=20_000)
    paused.project.queue_panel.view.setCurrentRow(0)
    action(paused, "cancel_queued").trigger()
    wait_for_runs(qtbot, paused, 2)
    assert [(s.seed, s.state) for s in summaries(paused)] == [(1, "cancelled"), (2, "done")]
    assert not keys(paused)


def test_the_queue_survives_a_restart(qtbot: QtBot, start_window: StartWindow, tmp_path: Path) -> None:
    window = start_window()
    shorten(window, 100_000)
    add_several(qtbot, window, "1")
    shorten(window, 3)
    add_several(qtbot, window, "2-3")
    qtbot.waitUntil(lambda: states(window)[0].startswith("Iteration"), timeout=20_000)
    window.project.queue.move(keys(window)[2], -1)
    before = keys(window)
    assert window.close()
    again = start_window()
    qtbot.waitUntil(lambda: keys(again) == before, timeout=5_000)
    assert again.project.queue.paused and "paused" in again.project.queue_panel.title
    again.project.queue.cancel(before[0])
    qtbot.waitUntil(lambda: bool(again.message.text), timeout=5_000)
    press(again.message, CONTINUE_QUEUE)
    wait_for_runs(qtbot, again, 2)
    assert [s.seed for s in summaries(again)] == [3, 2]
    add_several(qtbot, again, "5")
    wait_for_runs(qtbot, again, 3)


def test_the_queue_is_saved_with_the_project_and_waits_where_it_is_opened(
    qtbot: QtBot, start_window: StartWindow, tmp_path: Path
) -> None:
    window = start_window()
    shorten(window)
    window.project.queue.set_paused(True)
    add_several(qtbot, window, "1-2")
    before = keys(window)
    save(qtbot, window, tmp_path / "faces.ddsgui")
    assert read_project(tmp_path / "faces.ddsgui").queue_files and not window.isWindowModified()
    with qtbot.waitSignal(window.project.controller.opened, timeout=5_000):
        action(window, "new_project").trigger()
    assert not keys(window)
    with qtbot.waitSignal(window.project.controller.opened, timeout=5_000):
        window.project.controller.open(tmp_path / "faces.ddsgui")
    qtbot.waitUntil(lambda: keys(window) == before, timeout=5_000)
    assert window.project.queue.paused


def test_both_directions_are_one_entry(qtbot: QtBot, window: MainWindow) -> None:
    controller, session = window.controller, window.controller.session
    shorten(window)
    action(window, "both_directions").trigger()
    action(window, "run").trigger()
    masks = session.mask("source").copy(), session.mask("target").copy()
    wait_for_runs(qtbot, window, 2)
    first, second = summaries(window)
    assert (first.source, first.target) == (second.target, second.source)
    assert second.reverse_of == 1 and first.reverse_of is None
    ((row,),) = [rows(window)]
    assert row.numbers == (1, 2) and "⇄" in row.title
    recipe = window.project.controller.project.run(2).recipe()
    assert recipe.masks is not None and np.array_equal(recipe.masks.decode()[0], masks[1])
    view = window.project.runs.view
    picture = view.visualRect(view.model().index(0, 0)).topLeft() + QPoint(PADDING_PX, PADDING_PX + 20)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=picture + QPoint(THUMBNAIL_PX - 5, 0))
    qtbot.waitUntil(lambda: run_of(window).number == 2 and not controller.loading, timeout=10_000)
    assert session.source_domain == second.source and np.array_equal(session.mask("source"), masks[1])
    assert np.array_equal(image_on(window.panes.result), window.project.controller.project.run(2).result())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=picture + QPoint(5, 0))
    qtbot.waitUntil(lambda: run_of(window).number == 1 and not controller.loading, timeout=10_000)
    action(window, "other_direction").trigger()
    qtbot.waitUntil(lambda: run_of(window).number == 2 and not controller.loading, timeout=10_000)


def test_both_directions_wait_together_in_any_order(qtbot: QtBot, paused: MainWindow) -> None:
    add_several(qtbot, paused, "7", both=True)
    assert len(keys(paused)) == 2
    paused.project.queue.move(keys(paused)[1], -1)
    action(paused, "pause_queue").trigger()
    wait_for_runs(qtbot, paused, 2)
    first, second = summaries(paused)
    assert second.reverse_of == first.number and first.source == "caricature"
    assert [row.numbers for row in rows(paused)] == [(1, 2)]


def test_an_entry_with_both_directions_is_duplicated_deleted_and_restored_as_one(
    qtbot: QtBot, paused: MainWindow
) -> None:
    add_several(qtbot, paused, "7", both=True)
    action(paused, "pause_queue").trigger()
    wait_for_runs(qtbot, paused, 2)
    paused.project.runs.choose(2)
    action(paused, "duplicate_run").trigger()
    assert [row.numbers for row in rows(paused)] == [(3, 4), (1, 2)]
    action(paused, "delete_run").trigger()
    assert [row.numbers for row in rows(paused)] == [(1, 2)]
    paused.project.commands.undo_delete()
    assert [row.numbers for row in rows(paused)] == [(3, 4), (1, 2)]


def test_a_deleted_run_is_restored_after_saves(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    run(qtbot, window)
    run(qtbot, window)
    path = tmp_path / "faces.ddsgui"
    save(qtbot, window, path)
    result = window.project.controller.project.run(1).result()
    window.project.runs.choose(1)
    action(window, "delete_run").trigger()
    for _ in range(2):
        save(qtbot, window)
    assert [run.summary.number for run in read_project(path).runs] == [2]
    window.project.commands.undo_delete()
    restored = window.project.controller.project.run(1)
    assert not restored.damage() and np.array_equal(restored.result(), result)
    save(qtbot, window)
    assert not read_project(path).damage() and len(read_project(path).runs) == 2
