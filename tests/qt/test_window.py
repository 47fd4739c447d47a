"""The window with a real engine, driven as an artist would."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QMenu, QScrollBar
from pytestqt.qtbot import QtBot

from ddsgui.images import read_image, read_recipe
from ddsgui.qt.command import Command
from ddsgui.qt.mask_canvas import MaskCanvas
from ddsgui.qt.pane import Pane
from ddsgui.qt.preferences import Preferences
from ddsgui.qt.studio import Studio
from ddsgui.qt.window import MainWindow
from ddsgui.synthesis.settings import OptimizerSettings, OptimizerStep


def stroke(canvas: MaskCanvas, *points: tuple[float, float]) -> None:
    """Drag over the canvas; points are fractions of its picture area."""
    area = canvas.canvas_rect()
    spots = [
        QPoint(area.x() + round(x * area.width()), area.y() + round(y * area.height())) for x, y in points
    ]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=spots[0])
    for spot in spots[1:]:
        QTest.mouseMove(canvas, spot)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=spots[-1])


def shown(pane: Pane) -> np.ndarray:
    """The picture on a pane."""
    assert pane.image is not None
    return pane.image


def begin_run(qtbot: QtBot, window: MainWindow, iterations: int = 1_000_000) -> list[OptimizerStep]:
    """Run; the steps as they come in. Waits for the first three."""
    window.studio.session.settings = replace(window.studio.session.settings, iterations=iterations)
    window.inspector.optimizer.show_settings(window.studio.session.settings)
    steps: list[OptimizerStep] = []
    window.studio.stepped.connect(steps.append)
    window.commands.run.trigger()
    qtbot.waitUntil(lambda: len(steps) >= min(3, iterations), timeout=20_000)
    return steps


def end_run(qtbot: QtBot, window: MainWindow) -> None:
    if window.studio.running:
        window.commands.cancel.trigger()
    qtbot.waitUntil(lambda: not window.studio.running, timeout=10_000)


def test_the_first_pictures_come_by_themselves(window: MainWindow) -> None:
    sample = window.studio.session.sample
    assert sample is not None
    assert window.easel.source.image is sample.source
    assert window.easel.target.image is sample.target
    assert window.status.activity == "Ready"
    assert "CPU" in window.inspector.device
    assert window.studio.request.part == "eyes-nose-mouth"


def test_the_crossover_follows_the_brush_before_it_is_lifted(qtbot: QtBot, window: MainWindow) -> None:
    canvas = window.easel.source
    before, seen = shown(window.easel.crossover).copy(), window.easel.crossover.grab().toImage()
    middle = canvas.canvas_rect().center()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 60))
    QTest.mouseMove(canvas, middle + QPoint(90, 90))
    assert not np.array_equal(shown(window.easel.crossover), before)
    assert window.easel.crossover.grab().toImage() != seen
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(90, 90))
    window.commands.undo.trigger()
    assert np.array_equal(shown(window.easel.crossover), before)


def test_a_run_ends_with_the_best_picture_on_the_result_pane(qtbot: QtBot, window: MainWindow) -> None:
    assert not window.commands.export_png.isEnabled()
    with qtbot.waitSignal(window.studio.finished, timeout=20_000):
        steps = begin_run(qtbot, window, iterations=6)
    qtbot.waitUntil(lambda: not window.studio.running)
    result = window.studio.result
    assert result is not None
    assert np.array_equal(shown(window.easel.result), result.image)
    assert result.loss == pytest.approx(min(step.losses["total"] for step in steps))
    assert len(window.timeline.film) == len(steps)
    assert window.commands.export_png.isEnabled() and window.commands.run.isEnabled()
    assert window.status.activity == "Ready"


def test_running_again_goes_on_from_the_result_unless_told_otherwise(
    qtbot: QtBot, window: MainWindow
) -> None:
    def run(command: Command) -> float:
        """The loss that a run begins with."""
        steps: list[OptimizerStep] = []
        window.studio.stepped.connect(steps.append)
        with qtbot.waitSignal(window.studio.finished, timeout=20_000):
            command.trigger()
        window.studio.stepped.disconnect(steps.append)
        qtbot.waitUntil(lambda: not window.studio.running)
        return steps[0].losses["total"]

    with qtbot.waitSignal(window.studio.finished, timeout=20_000):
        first = begin_run(qtbot, window, iterations=8)[0].losses["total"]
    qtbot.waitUntil(lambda: not window.studio.running)
    best = window.studio.result
    assert best is not None and best.loss < first
    assert run(window.commands.run) == pytest.approx(best.loss, rel=1e-3)
    assert run(window.commands.run_afresh) == pytest.approx(first, rel=1e-3)


def test_a_stroke_in_mid_run_reaches_the_next_steps(qtbot: QtBot, window: MainWindow) -> None:
    steps = begin_run(qtbot, window)
    stroke(window.easel.target, (0.2, 0.2), (0.4, 0.3))
    revision = window.studio.session.revision
    assert steps[-1].revision < revision
    seen = steps[-1].iteration
    qtbot.waitUntil(lambda: steps[-1].revision == revision, timeout=5000)
    first = next(step for step in steps if step.revision == revision)
    assert first.iteration <= seen + 3  # one under way, one on its way to the screen
    end_run(qtbot, window)


def test_dials_turn_in_mid_run_but_the_rest_waits(qtbot: QtBot, window: MainWindow) -> None:
    steps = begin_run(qtbot, window)
    form = window.inspector.optimizer
    for dial in (form.alpha, form.beta, form.gamma):
        dial.setValue(0)
    qtbot.waitUntil(lambda: steps[-1].losses["total"] == 0, timeout=5000)
    assert steps[0].losses["total"] > 0
    assert not form.iterations.isEnabled() and "during a run" in form.iterations.toolTip()
    assert not window.inspector.pair.isEnabled()
    end_run(qtbot, window)
    assert form.iterations.isEnabled() and "during a run" not in form.iterations.toolTip()


def test_pause_resume_and_cancel(qtbot: QtBot, window: MainWindow) -> None:
    steps = begin_run(qtbot, window)
    window.activateWindow()
    window.timeline.strip.setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Space)
    assert window.studio.paused
    held = steps[-1].iteration
    qtbot.wait(600)
    assert steps[-1].iteration <= held + 2  # one under way, one on its way to the screen
    assert window.status.activity == "Paused" and window.commands.run.isEnabled()
    window.commands.run.trigger()
    held = len(steps)
    qtbot.waitUntil(lambda: len(steps) > held, timeout=5000)
    at = steps[-1].iteration
    window.commands.cancel.trigger()
    qtbot.waitUntil(lambda: not window.studio.running, timeout=5000)
    assert steps[-1].iteration <= at + 2
    assert window.studio.result is not None
    assert "No run" in window.commands.cancel.toolTip()


def test_scrubbing_leaves_the_live_picture_until_told_to_go_back(qtbot: QtBot, window: MainWindow) -> None:
    begin_run(qtbot, window)
    strip = window.timeline.strip
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(1, 10))
    first = window.timeline.film.frame(0)[1]
    assert window.easel.result.image is first
    frames = len(window.timeline.film)
    qtbot.waitUntil(lambda: len(window.timeline.film) > frames + 1)
    assert window.easel.result.image is first
    window.timeline.go_live()
    assert window.easel.result.image is not first
    end_run(qtbot, window)


def test_the_newest_of_many_seeds_is_the_one_that_is_drawn(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddsgui.synthesis import sampling

    drawn: list[int] = []
    real = sampling.sample_pair

    def slow(*args: object, **named: object) -> object:
        drawn.append(1)
        time.sleep(0.1)
        return real(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(sampling, "sample_pair", slow)
    for _ in range(5):
        QTest.keyClick(window.easel.source, Qt.Key.Key_N)
    wanted = window.inspector.pair.request.seed
    qtbot.waitUntil(lambda: window.studio.session.seed == wanted and not window.studio.loading, timeout=5000)
    assert len(drawn) <= 2
    assert window.studio.session.sample is not None and window.studio.session.sample.seed == wanted


def test_swap_exchanges_all(window: MainWindow) -> None:
    source, target = window.easel.source.image, window.easel.target.image
    QTest.keyClick(window.easel.source, Qt.Key.Key_S)
    assert window.easel.source.image is target and window.easel.target.image is source
    assert window.inspector.pair.request.source == "caricature"


def test_holding_tab_compares_except_where_it_moves_between_fields(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    window.easel.source.setFocus()
    handle = window.windowHandle()
    QTest.keyPress(handle, Qt.Key.Key_Tab)
    assert np.array_equal(shown(window.easel.result), window.studio.session.crossover_image)
    assert window.easel.source.hasFocus()
    QTest.keyRelease(handle, Qt.Key.Key_Tab)
    assert window.easel.result.image is None
    field = window.inspector.optimizer.iterations
    field.setFocus()
    QTest.keyClick(handle, Qt.Key.Key_Tab)
    assert window.easel.result.image is None and not field.hasFocus()


def test_a_result_tells_how_to_come_back(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    studio, path = window.studio, tmp_path / "result.png"
    window.inspector.optimizer.alpha.setValue(0.25)
    stroke(window.easel.source, (0.5, 0.5), (0.6, 0.6))
    with qtbot.waitSignal(studio.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=3)
    assert not studio.exported
    with qtbot.waitSignal(window.files.done, timeout=5000):
        window.files.export_png(path)
    assert studio.exported and str(path) in window.message.text
    assert studio.result is not None and np.array_equal(read_image(path), studio.result.image)
    masks = [studio.session.mask(role).copy() for role in ("source", "target")]
    seed = studio.session.seed

    studio.session.settings = OptimizerSettings.from_preset("official")
    window.inspector.pair.take_seed(seed + 5)
    qtbot.waitUntil(lambda: studio.session.seed == seed + 5, timeout=5000)
    window.files.open(path)
    qtbot.waitUntil(lambda: studio.session.seed == seed, timeout=5000)
    assert studio.session.settings.preset == "paper" and studio.session.settings.dials.alpha == 0.25
    assert window.inspector.optimizer.dials.alpha == 0.25
    for role, mask in zip(("source", "target"), masks, strict=True):
        assert np.array_equal(studio.session.mask(role), mask)
    assert np.array_equal(shown(window.easel.result), read_image(path))


def test_the_whole_set_and_the_animation(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    with qtbot.waitSignal(window.studio.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=4)
    with qtbot.waitSignals([window.files.done, window.files.done], timeout=5000):
        window.files.export_folder(tmp_path)
        window.files.export_gif(tmp_path / "run.gif")
    names = {path.name for path in tmp_path.iterdir()} - {"settings.ini"}
    pictures = ("source", "target", "source_mask", "target_mask", "crossover", "result")
    assert names == {*(f"{name}.png" for name in pictures), "recipe.json", "run.gif"}
    assert read_recipe(tmp_path / "result.png") == window.studio.session.recipe().as_dict()


def test_errors_are_told_in_the_window(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "nothing.png"
    path.write_bytes(b"nothing")
    window.files.open(path)
    assert "nothing.png" in window.message.text
    with qtbot.waitSignal(window.studio.failed, timeout=5000):
        window.studio.draw_pair(replace(window.studio.request, source="nobody"))
    assert "nobody" in window.message.text
    assert window.inspector.pair.request.source == "portrait"  # what is on the easel


def test_closing_asks_once_for_a_result_that_was_not_exported(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.studio.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=2)
    assert not window.close() and "not been exported" in window.message.text
    with qtbot.waitSignal(window.studio.finished, timeout=20_000):
        window.commands.run.trigger()
    assert not window.close()  # this is another result
    assert window.close()


def test_closing_in_mid_run_ends_at_once(qtbot: QtBot, window: MainWindow, studio: Studio) -> None:
    begin_run(qtbot, window)
    began = time.monotonic()
    assert window.close()
    assert studio.engine.shut_down(2000)
    assert time.monotonic() - began < 2


def test_what_was_chosen_is_remembered(
    qtbot: QtBot, window: MainWindow, studio: Studio, preferences: Preferences
) -> None:
    window.commands.swap.trigger()
    window.commands.themes["dark"].trigger()
    window.close()
    again = MainWindow(studio, preferences)
    qtbot.addWidget(again)
    assert again.inspector.pair.request.source == "caricature"
    assert again.commands.themes["dark"].isChecked()
    again.take_theme("light")


def test_every_command_has_a_menu_keys_in_its_tip_and_a_reason_when_it_is_off(window: MainWindow) -> None:
    in_menus: set[QAction] = set()
    for top in window.menuBar().actions():
        menu = top.menu()
        assert isinstance(menu, QMenu)
        in_menus |= {
            *menu.actions(),
            *(action for below in menu.findChildren(QMenu) for action in below.actions()),
        }
    commands = window.findChildren(Command)
    assert len(commands) > 30
    for command in commands:
        assert command in in_menus, command.text()
        for key in command.shortcuts():
            assert key.toString(key.SequenceFormat.NativeText) in command.toolTip()
        assert command.isEnabled() or "\n" in command.toolTip(), command.text()
    keys = [key.toString() for command in commands for key in command.shortcuts()]
    assert len(keys) == len(set(keys))


def test_everything_has_a_name_for_those_who_do_not_see_it(window: MainWindow) -> None:
    for kind in (QAbstractButton, QComboBox, QAbstractSpinBox, QAbstractSlider):
        for widget in window.findChildren(kind):
            if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
                continue
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            assert widget.accessibleName() or text, (widget, widget.parent())


def test_the_neighbouring_seeds_are_drawn_when_the_engine_is_idle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: len(window.seeds.drawn) == 8, timeout=10_000)
    seed = window.studio.session.seed
    other = next(s for s in window.seeds.seeds if s != seed)
    QTest.mouseClick(window.seeds.button(other), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.studio.session.seed == other, timeout=5000)
    assert window.inspector.pair.request.seed == other
