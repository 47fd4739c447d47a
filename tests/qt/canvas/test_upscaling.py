"""The upscaled view on real widgets and a real engine."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
import shiboken6
import torch
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, QRect, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ddsgui.errors import CheckpointError
from ddsgui.jobs import mix
from ddsgui.qt.canvas.pane import Pane
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.widgets.pixmaps import to_array
from ddsgui.rect import Rect
from ddsgui.synthesis import upscaler
from ddsgui.synthesis.latents import Seed
from tests.qt.artist import action, begin_run, best_of, end_run, image_on, run_of, stroke


class Negative:
    """A stand-in for the network, whose output is easy to recognise."""

    scale = 4

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.pictures: list[np.ndarray] = []

    def to(self, device: torch.device) -> Negative:
        return self

    def upscale_steps(self, picture: np.ndarray) -> Generator[None, None, np.ndarray]:
        self.pictures.append(picture)
        time.sleep(self.seconds / 2)
        yield
        time.sleep(self.seconds / 2)
        return negative(picture)


def negative(picture: np.ndarray) -> np.ndarray:
    return (255 - picture).repeat(4, 0).repeat(4, 1)


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> Negative:
    """The bundled upscaler; a file named slow.pth is a slow one, and no other can be read."""
    bundled = Negative()

    def load(path: Path | None = None) -> Negative:
        if path is None:
            return bundled
        if path.name == "slow.pth":
            return Negative(0.05)
        raise CheckpointError(f"{path.name} is not an upscaler.")

    monkeypatch.setattr(upscaler, "load_upscaler", load)
    return bundled


@pytest.fixture
def preferences(preferences: Preferences) -> Preferences:
    """Preferences of an artist who wants the view."""
    preferences.upscaled_view = True
    return preferences


@pytest.fixture(autouse=True)
def search_without_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show a search from its first step on, however near the live blend is."""
    monkeypatch.setattr(mix, "_baseline", lambda blend, settings: None)


def wait_sharp(qtbot: QtBot, *panes: Pane) -> None:
    qtbot.waitUntil(lambda: all(pane.is_sharp for pane in panes), timeout=10_000)


def still(window: MainWindow) -> tuple[Pane, ...]:
    return window.panes.source, window.panes.target, window.panes.crossover


def pixels(pane: Pane, area: QRect | None = None) -> np.ndarray:
    """Return what the pane looks like on the screen: int [h, w, 3]."""
    return to_array(pane.grab(area or pane.canvas_rect()).toImage()).astype(int)


# ---- still pictures


def test_all_panes_are_shown_upscaled_and_hold_raw_images(qtbot: QtBot, window: MainWindow) -> None:
    sample, panes = window.controller.session.sample, window.panes
    assert window.upscaling.on and action(window, "upscaled_view").isChecked() and sample is not None
    wait_sharp(qtbot, *still(window))
    assert panes.source.image is sample.source and panes.target.image is sample.target
    assert panes.crossover.image is window.controller.session.crossover_image
    sharp = pixels(panes.crossover)
    QTest.keyClick(panes.source, Qt.Key.Key_U)
    assert not window.upscaling.on and not action(window, "upscaled_view").isChecked()
    raw = pixels(panes.crossover)
    viewport, centre = panes.crossover.viewport(), QPointF(panes.crossover.canvas_rect().topLeft())
    for x, y in ((2, 3), (8, 8), (13, 10)):  # the middle of a pixel, where both show its colour
        at = (
            QPointF(viewport.x + (x + 0.5) * viewport.scale, viewport.y + (y + 0.5) * viewport.scale) - centre
        )
        column, row = int(at.x()), int(at.y())
        assert np.abs(sharp[row, column] - (255 - raw[row, column])).max() < 25
    QTest.keyClick(panes.source, Qt.Key.Key_U)
    assert all(pane.is_sharp for pane in still(window)), "upscaled images are kept"


def test_the_view_is_off_until_the_artist_wants_it(
    controller: MixController, tmp_path: Path, qtbot: QtBot
) -> None:
    fresh = Preferences(QSettings(str(tmp_path / "fresh.ini"), QSettings.Format.IniFormat))
    window = MainWindow(controller, fresh)
    qtbot.addWidget(window)
    assert not window.upscaling.on and not action(window, "upscaled_view").isChecked()
    action(window, "upscaled_view").trigger()
    assert window.upscaling.on and fresh.upscaled_view


def test_the_switch_is_remembered(
    qtbot: QtBot, window: MainWindow, controller: MixController, preferences: Preferences
) -> None:
    action(window, "upscaled_view").trigger()
    window.close()
    again = MainWindow(controller, preferences)
    qtbot.addWidget(again)
    assert not again.upscaling.on and not action(again, "upscaled_view").isChecked()


def test_new_pictures_are_upscaled_and_old_ones_stay_upscaled(
    qtbot: QtBot, window: MainWindow, network: Negative
) -> None:
    wait_sharp(qtbot, *still(window))
    pair = window.inspector.pair
    seed = pair.seed.seed
    pair.take_seed(seed + 1)
    qtbot.waitUntil(lambda: window.controller.session.latent == Seed(seed + 1), timeout=10_000)
    wait_sharp(qtbot, *still(window))
    action(window, "swap").trigger()
    assert window.panes.source.is_sharp and window.panes.target.is_sharp, "at once"
    action(window, "swap").trigger()
    upscaled_before = len(network.pictures)
    pair.take_seed(seed)
    qtbot.waitUntil(lambda: window.controller.session.latent == Seed(seed), timeout=10_000)
    assert window.panes.source.is_sharp and window.panes.target.is_sharp, "at once"
    wait_sharp(qtbot, window.panes.crossover)
    assert len(network.pictures) <= upscaled_before + 2


def test_hidden_panes_are_not_upscaled_until_they_are_shown(
    qtbot: QtBot, window: MainWindow, network: Negative
) -> None:
    wait_sharp(qtbot, *still(window))
    window.panes.grid.toggle(window.panes.source)
    upscaled_before, seed = len(network.pictures), window.inspector.pair.seed.seed
    window.inspector.pair.take_seed(seed + 3)
    qtbot.waitUntil(lambda: window.controller.session.latent == Seed(seed + 3), timeout=10_000)
    wait_sharp(qtbot, window.panes.source)
    qtbot.wait(100)
    assert len(network.pictures) == upscaled_before + 1
    window.panes.grid.toggle(window.panes.source)
    wait_sharp(qtbot, *still(window))


# ---- painting


def test_the_crossover_is_raw_where_it_was_painted_and_upscaled_elsewhere(
    qtbot: QtBot, window: MainWindow
) -> None:
    crossover, session = window.panes.crossover, window.controller.session
    wait_sharp(qtbot, *still(window))
    before, old = image_on(crossover).copy(), crossover.upscaled
    assert old is not None
    stroke(window.panes.source, (0.3, 0.8), (0.4, 0.85))  # no result of the engine arrives before qtbot waits
    changed = np.any(session.crossover_image != before, axis=-1)
    assert 0 < changed.mean() < 0.5
    assert crossover.upscaled is old
    sharp = crossover.sharp_pixels
    assert sharp is not None
    fine = changed.repeat(4, 0).repeat(4, 1)
    np.testing.assert_array_equal(sharp[~fine], old.image[~fine])
    middles = sharp[1::4, 1::4][changed].astype(int)
    assert np.abs(middles - session.crossover_image[changed]).mean() < 40
    assert np.abs(middles - (255 - session.crossover_image[changed].astype(int))).mean() > 40
    wait_sharp(qtbot, crossover)
    assert crossover.sharp_pixels is not None
    np.testing.assert_array_equal(crossover.sharp_pixels, negative(session.crossover_image))


def test_undo_is_sharp_at_once(qtbot: QtBot, window: MainWindow) -> None:
    crossover = window.panes.crossover
    wait_sharp(qtbot, *still(window))
    stroke(window.panes.target, (0.3, 0.8), (0.4, 0.85))
    assert not crossover.is_sharp
    action(window, "undo").trigger()
    assert crossover.is_sharp and crossover.upscaled is not None
    assert crossover.sharp_pixels is not None and np.array_equal(
        crossover.sharp_pixels, crossover.upscaled.image
    )


def test_nothing_is_upscaled_while_the_brush_moves(
    qtbot: QtBot, window: MainWindow, network: Negative
) -> None:
    """The image is upscaled when the brush rests."""
    wait_sharp(qtbot, *still(window), window.panes.result)
    upscaled_before, canvas = len(network.pictures), window.panes.source
    for pane in (window.panes.crossover, window.panes.result):
        pane.idle_timer.setInterval(60_000)  # as if the hand were quicker than this machine
    middle = canvas.canvas_rect().center()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    for step in range(4):
        QTest.mouseMove(canvas, middle + QPoint(10 * step, 40))
        qtbot.wait(20)
    assert len(network.pictures) == upscaled_before and not window.panes.crossover.is_sharp
    window.panes.crossover.idle_timer.start(0)
    wait_sharp(qtbot, window.panes.crossover)
    crossover = image_on(window.panes.crossover)
    assert sum(np.array_equal(picture, crossover) for picture in network.pictures[upscaled_before:]) == 1
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle)


# ---- views


def test_comparing_shows_the_crossover_sharp_at_once(qtbot: QtBot, window: MainWindow) -> None:
    wait_sharp(qtbot, *still(window))
    action(window, "compare").trigger()
    assert window.panes.result.is_sharp
    action(window, "compare").trigger()
    assert window.live.image is not None
    assert np.array_equal(image_on(window.panes.result), window.live.image)


def test_raw_pixels_are_shown_at_high_zoom(qtbot: QtBot, window: MainWindow) -> None:
    source, view = window.panes.source, window.panes.view
    wait_sharp(qtbot, source)
    window.panes.paint_settings.overlay_opacity = 0
    for zoom, is_sharp in ((20.0, True), (26.0, False)):
        view.set_zoom(zoom)
        corner = source.viewport().to_image(QPointF(source.canvas_rect().center()))
        x, y = int(corner.x()), int(corner.y())
        at = source.viewport().to_widget(Rect(x, y, 1, 1)).center().toPoint()
        seen = pixels(source, QRect(at, at))[0, 0]
        colour = image_on(source)[y, x].astype(int)
        assert np.abs(seen - (255 - colour if is_sharp else colour)).max() < 30


def test_a_larger_picture_is_not_upscaled(qtbot: QtBot, window: MainWindow, network: Negative) -> None:
    wait_sharp(qtbot, *still(window))
    upscaled_before = len(network.pictures)
    window.panes.show_result(np.zeros((64, 64, 3), np.uint8), "as exported")
    qtbot.wait(100)
    assert len(network.pictures) == upscaled_before and window.panes.result.upscaled is None


# ---- a run


class Watch(QObject):
    """A record of the images that a pane draws, and whether each was sharp."""

    def __init__(self, pane: Pane) -> None:
        super().__init__(pane)
        self.pane = pane
        self.images: list[tuple[int, bool]] = []
        pane.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self.pane.image is not None:
            entry = (id(self.pane.image), self.pane.is_sharp)
            if not self.images or self.images[-1] != entry:
                self.images.append(entry)
        return False


def test_the_result_streams_sharp_and_is_never_soft_in_between(
    qtbot: QtBot, window: MainWindow, network: Negative
) -> None:
    wait_sharp(qtbot, *still(window))
    network.seconds = 0.02
    pane = window.panes.result
    seen = Watch(pane).images
    steps = begin_run(qtbot, window)
    qtbot.waitUntil(lambda: sum(is_sharp for _, is_sharp in seen) >= 4, timeout=20_000)
    order = {id(step.image): step.iteration for step in steps}
    # The live blend is shown until the search is better.
    first = next(i for i, (key, is_sharp) in enumerate(seen) if is_sharp and key in order)
    assert all(is_sharp for _, is_sharp in seen[first:]), seen
    iterations = [order[key] for key, _ in seen[first:]]
    assert iterations == sorted(set(iterations))
    assert f"iteration {order[id(pane.image)]} of" in pane.caption
    end_run(qtbot, window)
    best = best_of(window)
    assert best is not None
    qtbot.waitUntil(lambda: "Best" in pane.caption, timeout=5000)
    assert np.array_equal(image_on(pane), best.image) and pane.is_sharp
    assert all(is_sharp for _, is_sharp in seen[first:]), seen


def test_after_an_edit_the_result_is_shown_at_once_and_then_sharp(
    qtbot: QtBot, window: MainWindow, network: Negative
) -> None:
    wait_sharp(qtbot, *still(window))
    network.seconds = 0.02
    pane = window.panes.result
    steps = begin_run(qtbot, window)
    qtbot.waitUntil(lambda: pane.is_sharp, timeout=20_000)
    stroke(window.panes.target, (0.2, 0.2), (0.4, 0.3))
    revision = window.controller.session.revision
    qtbot.waitUntil(lambda: steps[-1].revision == revision, timeout=10_000)
    current = {id(step.image) for step in steps if step.revision == revision}
    assert id(pane.image) in current
    qtbot.waitUntil(lambda: pane.is_sharp, timeout=10_000)
    current = {id(step.image) for step in steps if step.revision == revision}
    assert id(pane.image) in current
    end_run(qtbot, window)


def test_an_earlier_frame_is_shown_at_once_and_then_sharp(qtbot: QtBot, window: MainWindow) -> None:
    begin_run(qtbot, window)
    qtbot.waitUntil(lambda: window.panes.result.is_sharp, timeout=10_000)
    action(window, "pause").trigger()
    QTest.mouseClick(window.timeline.strip, Qt.MouseButton.LeftButton, pos=QPoint(1, 10))
    assert window.panes.result.image is run_of(window).frames[0].image
    wait_sharp(qtbot, window.panes.result)
    assert window.panes.result.image is run_of(window).frames[0].image
    window.timeline.go_live()
    newest = run_of(window).frames[-1].image
    assert window.panes.result.image is newest
    wait_sharp(qtbot, window.panes.result)
    end_run(qtbot, window)


def test_switching_off_during_a_run_shows_the_newest_frame_raw(
    qtbot: QtBot, window: MainWindow, network: Negative
) -> None:
    network.seconds = 0.05
    begin_run(qtbot, window)
    pane = window.panes.result
    qtbot.waitUntil(lambda: pane.is_sharp, timeout=10_000)
    frames_before = len(run_of(window).frames)
    qtbot.waitUntil(lambda: len(run_of(window).frames) > frames_before + 1, timeout=10_000)
    action(window, "upscaled_view").trigger()
    assert pane.image is run_of(window).frames[-1].image and pane.upscaled is None
    end_run(qtbot, window)


def drop(window: MainWindow, path: Path) -> bool:
    """Drop a file on the window; return whether it was accepted."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys, action = (
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.DropAction.CopyAction,
    )
    enter = QDragEnterEvent(QPoint(300, 300), action, data, buttons, keys)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(
            window, QDropEvent(QPointF(300, 300), action, data, buttons, keys, QEvent.Type.Drop)
        )
    return enter.isAccepted()


def test_another_network_is_dropped_on_the_window(
    qtbot: QtBot, window: MainWindow, preferences: Preferences, tmp_path: Path
) -> None:
    wait_sharp(qtbot, *still(window))
    assert not action(window, "bundled_upscaler").isEnabled()
    path = tmp_path / "slow.pth"
    path.touch()
    assert drop(window, path)
    qtbot.waitUntil(lambda: window.upscaling.upscaler == path == preferences.upscaler, timeout=10_000)
    assert "slow.pth" in window.drops.bar.text
    assert not any(pane.upscaled for pane in still(window))
    wait_sharp(qtbot, *still(window))
    action(window, "bundled_upscaler").trigger()
    assert window.upscaling.upscaler is None and not action(window, "bundled_upscaler").isEnabled()
    wait_sharp(qtbot, *still(window))


def test_a_file_that_is_not_an_upscaler_is_reported_and_the_bundled_one_stays(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    wait_sharp(qtbot, *still(window))
    path = tmp_path / "domain.safetensors"
    path.touch()
    window.upscaling.use(path)
    qtbot.waitUntil(lambda: "domain.safetensors is not an upscaler" in window.message.text, timeout=10_000)
    assert window.upscaling.upscaler is None and window.upscaling.on
    wait_sharp(qtbot, *still(window))


def test_an_installation_without_its_network_shows_raw_pictures_and_says_so(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(path: Path | None = None) -> None:
        raise CheckpointError("The bundled upscaler is missing; install ddsgui again.")

    slow_path = tmp_path / "slow.pth"
    slow_path.touch()
    window.upscaling.use(slow_path)
    wait_sharp(qtbot, *still(window))
    monkeypatch.setattr(upscaler, "load_upscaler", missing)
    window.upscaling.use(None)
    qtbot.waitUntil(lambda: "install ddsgui again" in window.message.text, timeout=10_000)
    assert not window.upscaling.on and not action(window, "upscaled_view").isChecked()


def test_a_result_that_arrives_after_the_window_is_deleted_does_no_harm(
    qtbot: QtBot, controller: MixController, window: MainWindow, network: Negative
) -> None:
    wait_sharp(qtbot, *still(window))
    network.seconds = 0.3
    upscaled_before = len(network.pictures)
    window.inspector.pair.take_seed(window.inspector.pair.seed.seed + 1)
    qtbot.waitUntil(lambda: len(network.pictures) > upscaled_before, timeout=10_000)
    window.close_now()
    shiboken6.delete(window.panes)
    qtbot.wait(600)  # pytest-qt fails if a slot raises
