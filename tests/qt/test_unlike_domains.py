"""Domains of different sizes, each with its part: they mix with presets that need only the source's picture."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ddsgui.errors import DdsError
from ddsgui.jobs.mix import Jobs, PairRequest
from ddsgui.library.library import Library
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.engine import Engine
from ddsgui.qt.library.dialog import LibraryDialog
from ddsgui.qt.main_window import MainWindow
from ddsgui.synthesis.latents import Seed
from tests.qt.artist import action, add_unlike_domain, begin_run, image_on

REQUEST = PairRequest("portrait", "large", "eyes-nose-mouth", Seed(4), target_part="face#mouth,face#left eye")


@pytest.fixture
def controller(qtbot: QtBot, tiny_library: Path, tmp_path: Path) -> Iterator[MixController]:
    """A controller like the usual one, with another library."""
    shutil.copytree(tiny_library, tmp_path / "own")
    add_unlike_domain(tmp_path / "own")
    library = Library(tmp_path / "own")
    controller = MixController(library, Engine(), Jobs(library, "cpu"))
    yield controller
    controller.cancel()
    assert controller.engine.shut_down(10_000)


@pytest.fixture
def unlike(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """The window with a source of 16 pixels and a target of 32."""
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=20_000):
        window.controller.draw_pair(REQUEST)
    return window


def test_a_preset_that_draws_with_both_is_blocked_with_a_reason(qtbot: QtBot, unlike: MainWindow) -> None:
    preset = unlike.inspector.optimizer.preset
    assert action(unlike, "run").isEnabled()
    preset.setCurrentIndex(preset.findData("paper"))
    qtbot.waitUntil(lambda: not unlike.mix_actions["run"].isEnabled(), timeout=5000)
    assert "16 and 32 px" in unlike.mix_actions["run"].toolTip()
    preset.setCurrentIndex(preset.findData("official"))
    qtbot.waitUntil(lambda: unlike.mix_actions["run"].isEnabled(), timeout=5000)


def test_a_result_is_reopened_with_its_parts(qtbot: QtBot, unlike: MainWindow, tmp_path: Path) -> None:
    panes, pair = unlike.panes, unlike.inspector.pair
    with qtbot.waitSignal(unlike.controller.finished, timeout=20_000):
        begin_run(qtbot, unlike, iterations=2)
    result = image_on(panes.result)
    assert result.shape == image_on(panes.source).shape == (32, 32, 3)
    with qtbot.waitSignal(unlike.files.done, timeout=20_000):
        unlike.files.export_png(tmp_path / "result.png")
    with qtbot.waitSignal(unlike.controller.pictures_changed, timeout=20_000):
        unlike.controller.draw_pair(PairRequest("portrait", "caricature"))
    with qtbot.waitSignal(unlike.controller.pictures_changed, timeout=20_000):
        unlike.files.open(tmp_path / "result.png")
    assert pair.request == unlike.controller.request == replace(REQUEST, truncation=pair.request.truncation)
    assert pair.target_part.currentText() == "Face"
    assert np.array_equal(image_on(panes.result), result)


def test_swapping_draws_at_the_size_of_the_new_target_and_keeps_the_painting(
    qtbot: QtBot, unlike: MainWindow
) -> None:
    session = unlike.controller.session
    mask = np.zeros((32, 32), np.uint8)
    mask[8:16, 4:20] = 255
    session.set_mask("source", mask)
    with qtbot.waitSignal(unlike.controller.pictures_changed, timeout=20_000):
        action(unlike, "swap").trigger()
    assert image_on(unlike.panes.target).shape == (16, 16, 3)
    assert unlike.controller.request == REQUEST.swapped
    assert np.array_equal(session.mask("target"), mask[::2, ::2])
    with qtbot.waitSignal(unlike.controller.finished, timeout=20_000):
        begin_run(qtbot, unlike, iterations=2)


def use(qtbot: QtBot, window: MainWindow, role: str, name: str) -> LibraryDialog:
    """Use a domain in the library window, and wait until the pair is drawn or refused."""
    window.dialogs.show_library()
    page = window.dialogs.library_dialog
    assert page is not None
    qtbot.waitUntil(lambda: page.tabs.choose("domain", name), timeout=10_000)
    ended: list[bool] = []
    window.controller.pictures_changed.connect(lambda *_: ended.append(True))
    window.controller.failed.connect(lambda *_: ended.append(True))
    page.library_actions.source.trigger() if role == "source" else page.library_actions.target.trigger()
    qtbot.waitUntil(lambda: bool(ended), timeout=20_000)
    qtbot.waitUntil(lambda: not window.controller.loading, timeout=20_000)
    return page


def test_two_domains_of_another_size_are_chosen_one_after_the_other(qtbot: QtBot, window: MainWindow) -> None:
    folder = window.controller.library.folder / "domains"
    shutil.copy(folder / "large.safetensors", folder / "larger.safetensors")
    page = use(qtbot, window, "source", "large")
    assert window.controller.request.source == "large" and "source now" in page.message.text
    use(qtbot, window, "target", "larger")
    assert (window.controller.request.source, window.controller.request.target) == ("large", "larger")
    sample = window.controller.session.sample
    assert sample is not None and sample.mismatch is None and sample.source.shape == (32, 32, 3)
    page.close()


def test_a_partner_is_offered_for_each_of_two_that_differ_in_size(qtbot: QtBot, window: MainWindow) -> None:
    folder = window.controller.library.folder / "domains"
    shutil.copy(folder / "large.safetensors", folder / "larger.safetensors")
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=20_000):
        window.inspector.pair.take_domain("source", "large")
    buttons = window.message.findChildren(QPushButton)
    assert len(buttons) == 2
    (target,) = (button for button in buttons if button.text().endswith("as target"))
    qtbot.waitUntil(target.isVisible, timeout=5000)
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=20_000):
        target.click()
    assert window.controller.request.target == "larger"


def test_the_library_never_says_that_a_domain_is_used_which_was_refused(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: object, **named: object) -> object:
        raise DdsError("Too little memory.")

    before = window.controller.request
    with monkeypatch.context() as patch:
        patch.setattr(window.controller.jobs, "pair", refused)
        page = use(qtbot, window, "source", "large")
    assert "Too little memory" in page.message.text
    assert window.controller.request == before == window.inspector.pair.request
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=20_000):
        window.inspector.pair.take_domain("source", "large")
    assert "now" not in page.message.text
    page.close()


def test_a_domain_gets_a_part_that_it_can_use(qtbot: QtBot, window: MainWindow) -> None:
    pair = window.inspector.pair
    shared = pair.part.parts
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=20_000):
        pair.target.setCurrentIndex(pair.target.findData("large"))
    assert (pair.part.parts, pair.target_part.currentText()) == (shared, "Face")
    assert not pair.part_lock.isChecked() and window.controller.request.target_part == pair.target_part.parts
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=20_000):
        pair.target.setCurrentIndex(pair.target.findData("caricature"))
    assert pair.part_lock.isChecked() and window.controller.request.target_part is None
    with qtbot.waitSignal(window.controller.pictures_changed, timeout=20_000):
        pair.take_domain("source", "large")
    assert (pair.part.currentText(), pair.target_part.parts) == ("Face", shared)
