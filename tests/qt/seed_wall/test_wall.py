"""The seed wall next to a real window: filling, sorting, stars, locks, drags, and the queue."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from ddsgui.editing.recipe import Recipe
from ddsgui.editing.session_state import Role
from ddsgui.jobs.seed_wall import MIN_SEEDS, WallPicture
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.seed_wall.drop import SEED_MIME, seed_data, seed_in
from ddsgui.qt.seed_wall.model import ITEM_ROLE
from ddsgui.qt.seed_wall.wall import NO_PART, OUTDATED, REFRESH, TRY_AGAIN, SeedWall
from ddsgui.synthesis.latents import Seed
from tests.qt.artist import action, begin_run, end_run
from tests.qt.projects.conftest import StartWindow
from tests.qt.seed_wall.conftest import open_wall, wait_until_drawn


def picture(wall: SeedWall, seed: int) -> WallPicture:
    item = wall.view.cell_of(seed).data(ITEM_ROLE)
    assert item.picture is not None
    return item.picture


def choose(wall: SeedWall, *seeds: int) -> None:
    """Choose seeds; the last has the focus."""
    selection = wall.view.selectionModel()
    selection.clear()
    for seed in seeds:
        selection.select(wall.view.cell_of(seed), QItemSelectionModel.SelectionFlag.Select)
    selection.setCurrentIndex(wall.view.cell_of(seeds[-1]), QItemSelectionModel.SelectionFlag.NoUpdate)


def press(wall: SeedWall, text: str) -> None:
    (button,) = (b for b in wall.message.findChildren(QPushButton) if b.text() == text)
    button.click()


def drop(window: MainWindow, data: QMimeData, role: Role) -> None:
    """Drag data over a pane and drop it there."""
    pane = window.panes.source if role == "source" else window.panes.target
    at = pane.mapTo(window, pane.rect().center())
    keys = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    copy = Qt.DropAction.CopyAction
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(1, 1), copy, data, *keys))
    QApplication.sendEvent(window, QDragMoveEvent(at, copy, data, *keys))
    other_role: Role = "target" if role == "source" else "source"
    assert window.seed_drop.curtains[role].isVisible() == (seed_in(data) is not None)
    assert not window.seed_drop.curtains[other_role].isVisible()
    QApplication.sendEvent(window, QDropEvent(QPointF(at), copy, data, *keys, QEvent.Type.Drop))
    assert not window.seed_drop.curtains[role].isVisible()


def wait_for_pair(qtbot: QtBot, window: MainWindow, latent: Seed, target_latent: Seed | None) -> None:
    session = window.controller.session
    qtbot.waitUntil(
        lambda: (session.latent, session.target_latent) == (latent, target_latent), timeout=10_000
    )


def queued(window: MainWindow) -> list[Recipe]:
    return [Recipe.from_dict(entry.job.recipe) for entry in window.project.queue.queue.entries]


def test_an_artist_fills_sorts_stars_drags_queues_and_comes_back(
    qtbot: QtBot, start_window: StartWindow
) -> None:
    window = start_window()
    window.project.queue.set_paused(True)
    wall = open_wall(qtbot, window)
    assert wall.model.seeds == tuple(range(MIN_SEEDS))
    qtbot.waitUntil(lambda: str(MIN_SEEDS) in wall.status.text(), timeout=5_000)
    wall.controls.order.setCurrentIndex(wall.controls.order.findData("difference"))
    differences = [picture(wall, seed).difference for seed in wall.model.seeds]
    assert differences == sorted(differences, reverse=True) and differences[0] > differences[-1]
    choose(wall, 4, 17)
    QTest.keyClick(wall.view, Qt.Key.Key_Asterisk)
    assert window.project.controller.project.starred_seeds == {4, 17}
    wall.controls.order.setCurrentIndex(wall.controls.order.findData("starred"))
    assert wall.model.seeds[:3] == (4, 17, 0)
    present = window.controller.session.latent
    assert isinstance(present, Seed)
    drop(window, seed_data(9), "target")
    wait_for_pair(qtbot, window, present, Seed(9))
    assert not window.inspector.pair.lock.isChecked()
    choose(wall, 4, 5, 17)
    wall.wall_actions["queue"].trigger()
    dialog = window.project.queue_dialog
    assert dialog is not None and "3" in dialog.count.text()
    dialog.add_button.click()
    qtbot.waitUntil(lambda: len(queued(window)) == 3, timeout=5_000)
    assert [recipe.latent for recipe in queued(window)] == [Seed(4), Seed(17), Seed(5)]
    assert {recipe.target_latent for recipe in queued(window)} == {None}
    assert window.close() and not wall.isVisible()
    again = start_window()
    assert again.project.controller.project.starred_seeds == {4, 17}
    wall = open_wall(qtbot, again)
    assert wall.model.seeds[:2] == (4, 17)  # the order is remembered, too
    wall.controls.show_first(100)
    wall.controls.only_starred.setChecked(True)
    wait_until_drawn(qtbot, wall)
    assert wall.model.seeds == (4, 17) and not wall.controls.first.isEnabled()


def test_the_wall_shows_what_the_window_draws(qtbot: QtBot, window: MainWindow, wall: SeedWall) -> None:
    choose(wall, 5)
    QTest.keyClick(wall.view, Qt.Key.Key_Return)
    wait_for_pair(qtbot, window, Seed(5), None)
    qtbot.waitUntil(lambda: window.live.image is not None, timeout=10_000)
    sample, drawn = window.controller.session.sample, picture(wall, 5)
    assert sample is not None and not wall.message.text
    assert np.array_equal(drawn.source, sample.source) and np.array_equal(drawn.target, sample.target)
    assert window.live.image is not None and np.array_equal(drawn.live, window.live.image)


def test_other_settings_of_the_window_are_offered_and_drawn(
    qtbot: QtBot, window: MainWindow, wall: SeedWall
) -> None:
    before = picture(wall, 3)
    window.inspector.pair.truncation.setValue(1.3)
    qtbot.waitUntil(lambda: wall.message.text == OUTDATED, timeout=10_000)
    press(wall, REFRESH)
    wait_until_drawn(qtbot, wall)
    assert not wall.message.text
    assert not np.array_equal(picture(wall, 3).source, before.source)
    form = window.inspector.live
    form.strength.setValue(form.strength.maximum() // 2)
    qtbot.waitUntil(lambda: wall.message.text == OUTDATED, timeout=10_000)
    form.strength.setValue(form.strength.maximum())
    qtbot.waitUntil(lambda: not wall.message.text, timeout=10_000)


def test_a_locked_side_keeps_its_seed(qtbot: QtBot, window: MainWindow, wall: SeedWall) -> None:
    present, source = window.controller.session.latent, picture(wall, 3).source
    assert isinstance(present, Seed)
    window.project.queue.set_paused(True)
    lock = wall.controls.locks["source"]
    lock.click()
    wait_until_drawn(qtbot, wall)
    assert str(present) in lock.text()
    sample = window.controller.session.sample
    assert sample is not None and np.array_equal(picture(wall, 3).source, sample.source)
    assert np.array_equal(picture(wall, 3).source, picture(wall, 4).source)
    assert not np.array_equal(picture(wall, 3).target, picture(wall, 4).target)
    choose(wall, 3)
    wall.wall_actions["use"].trigger()
    wait_for_pair(qtbot, window, present, Seed(3))
    choose(wall, 3, 6)
    wall.wall_actions["queue"].trigger()
    dialog = window.project.queue_dialog
    assert dialog is not None
    dialog.add_button.click()
    qtbot.waitUntil(lambda: len(queued(window)) == 2, timeout=5_000)
    assert [(r.latent, r.target_latent) for r in queued(window)] == [(present, Seed(3)), (present, Seed(6))]
    wall.controls.locks["target"].click()  # one side has to vary
    wait_until_drawn(qtbot, wall)
    assert wall.controls.locked == "target" and not lock.isChecked()
    assert np.array_equal(picture(wall, 3).source, source)


@pytest.mark.parametrize("role", ["source", "target"])
def test_a_seed_becomes_one_side_by_its_key(
    qtbot: QtBot, window: MainWindow, wall: SeedWall, role: Role
) -> None:
    present = window.controller.session.latent
    assert isinstance(present, Seed)
    choose(wall, 8)
    QTest.keyClick(wall.view, Qt.Key.Key_S if role == "source" else Qt.Key.Key_T)
    pair = (Seed(8), present) if role == "source" else (present, Seed(8))
    wait_for_pair(qtbot, window, *pair)


def test_a_drag_carries_the_seed(
    qtbot: QtBot, window: MainWindow, wall: SeedWall, monkeypatch: pytest.MonkeyPatch
) -> None:
    dragged: list[QMimeData] = []

    def exec(drag: QDrag, *_: object) -> Qt.DropAction:
        dragged.append(seed_data(int(drag.mimeData().text())))
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", exec)
    start = wall.view.visualRect(wall.view.cell_of(2)).center()
    viewport, left = wall.view.viewport(), Qt.MouseButton.LeftButton
    QTest.mousePress(viewport, left, pos=start)
    for step in (10, 20, 40):
        move_with_button(wall, start + QPoint(step, 0))
    QTest.mouseRelease(viewport, left, pos=start)
    assert [bytes(data.data(SEED_MIME).data()) for data in dragged] == [b"2"]
    present = window.controller.session.latent
    assert isinstance(present, Seed)
    drop(window, dragged[0], "source")
    wait_for_pair(qtbot, window, Seed(2), present)


def move_with_button(wall: SeedWall, at: QPoint) -> None:
    viewport, left = wall.view.viewport(), Qt.MouseButton.LeftButton
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(at),
        QPointF(viewport.mapToGlobal(at)),
        left,
        left,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(viewport, event)


def test_a_drop_without_a_seed_changes_nothing(qtbot: QtBot, window: MainWindow) -> None:
    before = window.inspector.pair.request
    for content in (b"", b"x", b"99999999999999999999"):
        data = QMimeData()
        data.setData(SEED_MIME, content)
        drop(window, data, "target")
    assert window.inspector.pair.request == before and not window.controller.loading


def test_stars_survive_a_crash(
    qtbot: QtBot, few_seeds: None, start_window: StartWindow, crash: Callable[[MainWindow], None]
) -> None:
    window = start_window()
    wall = open_wall(qtbot, window)
    choose(wall, 2, 3)
    wall.wall_actions["star"].trigger()
    wall.view.star_clicked.emit(3)
    crash(window)
    again = start_window()
    again.project.controller.accept_offer()
    assert again.project.controller.project.starred_seeds == {2}


def test_a_wall_without_a_part_says_what_it_shows(qtbot: QtBot, window: MainWindow, wall: SeedWall) -> None:
    assert NO_PART not in wall.status.text()
    pair = window.inspector.pair
    pair.take_request(replace(pair.request, part=""))
    qtbot.waitUntil(lambda: wall.message.text == OUTDATED, timeout=10_000)
    press(wall, REFRESH)
    wait_until_drawn(qtbot, wall)
    assert NO_PART in wall.status.text()
    assert np.array_equal(picture(wall, 0).live, picture(wall, 0).target)


def test_a_click_on_a_star_changes_it_alone(window: MainWindow, wall: SeedWall) -> None:
    choose(wall, 1, 2)
    for stars in ({0}, set()):
        QTest.mouseClick(wall.view.viewport(), Qt.MouseButton.LeftButton, pos=wall.view.star_point(0))
        assert window.project.controller.project.starred_seeds == stars
    assert wall.chosen == [1, 2]


def test_the_wall_waits_for_a_run_and_continues_after_it(
    qtbot: QtBot, window: MainWindow, wall: SeedWall
) -> None:
    begin_run(qtbot, window)
    wall.controls.show_first(500)
    qtbot.waitUntil(lambda: "run" in wall.status.text(), timeout=5_000)
    assert wall.filling.is_active and not action(window, "seed_wall").isChecked()
    assert not wall.wall_actions["use"].isEnabled()
    drop(window, seed_data(9), "target")
    assert window.message.text and not window.controller.loading
    end_run(qtbot, window)
    wait_until_drawn(qtbot, wall)


def test_a_closed_wall_stops_and_continues_when_it_is_opened_again(
    qtbot: QtBot, window: MainWindow, wall: SeedWall
) -> None:
    wall.controls.count.setValue(60)
    qtbot.waitUntil(lambda: len(wall.model.missing(wall.model.seeds)) < 45, timeout=20_000)
    wall.close()
    missing = wall.model.missing(wall.model.seeds)
    assert missing and not wall.filling.is_active
    open_wall(qtbot, window)
    assert not wall.model.missing(wall.model.seeds)


def test_a_domain_that_is_gone_is_said_and_can_be_tried_again(
    qtbot: QtBot, few_seeds: None, start_window: StartWindow, tiny_library: Path, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    shutil.copytree(tiny_library, library)
    domain = library / "domains/mine.safetensors"  # no bundled one has its name
    shutil.copy(library / "domains/caricature.safetensors", domain)
    window = start_window(library=library)
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=10_000):
        window.inspector.pair.take_domain("target", "mine")
    wall = open_wall(qtbot, window)
    domain.rename(tmp_path / "away")
    wall.controls.show_first(300)
    qtbot.waitUntil(lambda: "mine" in wall.message.text, timeout=10_000)
    (tmp_path / "away").rename(domain)
    press(wall, TRY_AGAIN)
    wait_until_drawn(qtbot, wall)
    assert not wall.message.text


def test_the_size_and_the_pictures_change_at_once_and_draw_nothing(wall: SeedWall) -> None:
    whole = wall.view.visualRect(wall.view.cell_of(0))
    wall.controls.shown.setCurrentIndex(wall.controls.shown.findData("live"))
    single = wall.view.visualRect(wall.view.cell_of(0))
    assert single.width() < whole.width() and single.height() == whole.height()
    wall.controls.side.setValue(wall.controls.side.maximum())
    assert wall.view.visualRect(wall.view.cell_of(0)).height() > single.height()
    largest = wall.controls.side.value()
    turn_wheel(wall, -1)
    smaller = wall.controls.side.value()
    turn_wheel(wall, 1)
    assert smaller < largest == wall.controls.side.value()
    assert not wall.filling.is_active
    assert not wall.grab().isNull()


def turn_wheel(wall: SeedWall, notches: int) -> None:
    """Turn the wheel over the seeds while Ctrl is held."""
    at, control = QPointF(20, 20), Qt.KeyboardModifier.ControlModifier
    event = QWheelEvent(
        at,
        wall.view.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        control,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(wall.view.viewport(), event)


def test_only_starred_seeds_are_none_until_one_is_starred(qtbot: QtBot, wall: SeedWall) -> None:
    wall.controls.only_starred.click()
    assert not wall.model.seeds and not wall.filling.is_active and not wall.wall_actions["use"].isEnabled()
    wall.controls.only_starred.click()
    choose(wall, 5)
    wall.wall_actions["star"].trigger()
    wall.controls.only_starred.click()
    wait_until_drawn(qtbot, wall)
    assert wall.model.seeds == (5,)
    choose(wall, 5)
    wall.wall_actions["star"].trigger()
    assert wall.model.seeds == (5,)  # it stays until the artist looks elsewhere, and can be starred again
