"""The seed bar below the panes has a page for any seed."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.mixing.seeds import SeedBar
from ddsgui.synthesis.latents import MAX_SEED, MIN_SEED, Seed


@pytest.mark.parametrize("seed", [-1, MIN_SEED, MAX_SEED])
def test_any_seed_of_64_bits_is_drawn_with_its_neighbours(
    qtbot: QtBot, window: MainWindow, seed: int
) -> None:
    window.inspector.pair.seed.set_seed(seed)
    qtbot.waitUntil(lambda: window.controller.session.latent == Seed(seed), timeout=10_000)
    assert seed in window.seeds.seeds and window.seeds.button(seed).isChecked()
    qtbot.waitUntil(lambda: window.seeds.drawn == set(window.seeds.seeds), timeout=10_000)


@pytest.mark.parametrize(("seed", "name"), [(MIN_SEED, "Earlier seeds"), (MAX_SEED, "Later seeds")])
def test_the_pages_end_at_the_last_seed_and_long_seeds_do_not_widen_the_bar(
    qtbot: QtBot, seed: int, name: str
) -> None:
    bar = SeedBar()
    qtbot.addWidget(bar)
    width = bar.minimumSizeHint().width()
    bar.show_seed(seed)
    page = bar.seeds
    (turn,) = (button for button in bar.findChildren(QToolButton) if button.accessibleName() == name)
    turn.click()
    assert bar.seeds == page and seed in page
    assert bar.minimumSizeHint().width() == width
