from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ddsgui.qt.canvas.paint_settings import MAX_RADIUS, MIN_RADIUS, PaintSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [("tool", "eraser"), ("radius", 9.5), ("overlay_opacity", 0.7), ("pressure_enabled", False)],
)
def test_a_change_is_told_once(qtbot: QtBot, name: str, value: object) -> None:
    brush = PaintSettings()
    with qtbot.waitSignal(brush.changed):
        setattr(brush, name, value)
    assert getattr(brush, name) == value
    with qtbot.assertNotEmitted(brush.changed):
        setattr(brush, name, value)


def test_values_stay_in_bounds() -> None:
    brush = PaintSettings()
    brush.radius = 0
    assert brush.radius == MIN_RADIUS
    brush.radius = 1e9
    assert brush.radius == MAX_RADIUS
    brush.overlay_opacity = -1
    assert brush.overlay_opacity == 0
    brush.overlay_opacity = 2
    assert brush.overlay_opacity == 1


def test_paint_and_erase_change_places() -> None:
    brush = PaintSettings()
    brush.swap_tools()
    assert brush.tool == "eraser"
    brush.swap_tools()
    assert brush.tool == "brush"


def test_pressure_sets_the_size_unless_switched_off() -> None:
    brush = PaintSettings()
    brush.radius = 20.0
    assert brush.radius_at(0.25) == 5.0
    assert brush.radius_at(0.0) == MIN_RADIUS
    brush.pressure_enabled = False
    assert brush.radius_at(0.25) == 20.0
