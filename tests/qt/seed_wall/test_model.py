"""The rows of the wall keep their order, their pictures and their choice."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPersistentModelIndex
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from ddsgui.jobs.seed_wall import WallPicture
from ddsgui.qt.seed_wall import model as wall_model
from ddsgui.qt.seed_wall.model import ITEM_ROLE, WallModel
from ddsgui.qt.seed_wall.options import WallOptions
from ddsgui.synthesis.latents import MAX_SEED

GREY = np.full((8, 8, 3), 128, np.uint8)


def picture(seed: int, difference: float = 0, overlap: float = 0) -> WallPicture:
    return WallPicture(seed, GREY, GREY, GREY, difference, overlap)


@pytest.fixture
def model(qtbot: QtBot) -> WallModel:
    """Five seeds, three of which are drawn."""
    parent = QObject()
    model = WallModel(parent)
    model.test_parent = parent  # type: ignore[attr-defined]  # kept alive with it
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, parent)
    model.set_seeds(range(5))
    model.set_pictures([picture(1, 10, 0.5), picture(2, 30, 0.2), picture(4, 20, 0.9)])
    return model


@pytest.mark.parametrize(
    ("order", "seeds"),
    [("seed", (0, 1, 2, 3, 4)), ("difference", (2, 4, 1, 0, 3)), ("overlap", (4, 1, 2, 0, 3))],
)
def test_seeds_are_sorted_and_those_that_are_not_drawn_come_last(
    model: WallModel, order: str, seeds: tuple[int, ...]
) -> None:
    model.set_order(order)
    assert model.seeds == seeds
    model.set_order("seed")
    assert model.seeds == (0, 1, 2, 3, 4)


def test_a_chosen_seed_stays_the_same_when_pictures_and_stars_arrive(model: WallModel) -> None:
    model.set_order("difference")
    index = QPersistentModelIndex(model.index(model.row_of(3)))
    model.set_pictures([picture(3, 90)])
    assert model.seeds[0] == 3 and index.row() == 0 and index.data(ITEM_ROLE).seed == 3
    model.set_order("starred")
    model.set_starred(frozenset([4]))
    assert model.seeds == (4, 0, 1, 2, 3) and index.row() == 4
    assert model.item(0).is_starred and "starred" in model.item(0).spoken


def test_other_seeds_keep_the_pictures_of_those_that_stay(model: WallModel) -> None:
    model.set_seeds(range(2, 7))
    assert model.missing(model.seeds) == (3, 5, 6)
    model.clear_pictures()
    assert model.missing(model.seeds) == (2, 3, 4, 5, 6)


def test_scaled_pictures_take_a_limited_memory(model: WallModel, monkeypatch: pytest.MonkeyPatch) -> None:
    scaled_sides: list[int] = []

    def scale(image: np.ndarray, side: int, ratio: float) -> QPixmap:
        scaled_sides.append(side)
        return QPixmap(side, side)

    monkeypatch.setattr(wall_model, "thumbnail", scale)
    monkeypatch.setattr(wall_model, "MAX_PIXMAP_BYTES", 3 * 4 * 10 * 10)
    pictures = [picture(seed) for seed in range(4)]
    for each in (*pictures[:3], *pictures[:3]):
        model.pixmap(each, "live", 10, 1.0)
    assert len(scaled_sides) == 3
    model.pixmap(pictures[3], "live", 10, 1.0)
    model.pixmap(pictures[2], "live", 10, 1.0)  # the oldest was removed
    assert len(scaled_sides) == 4
    model.pixmap(pictures[0], "live", 10, 1.0)
    assert len(scaled_sides) == 5


def test_options_that_are_not_valid_count_as_missing() -> None:
    options = WallOptions(-3, 48, "live", "overlap", 200)
    assert WallOptions.from_dict(options.as_dict()) == options
    assert WallOptions.from_dict({"first": 1.5, "count": 7, "shown": [], "order": "x"}) == WallOptions()
    assert WallOptions(MAX_SEED, 24).seeds[-1] == MAX_SEED and len(WallOptions(MAX_SEED, 24).seeds) == 24
