from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ddsgui.qt.canvas.paint_settings import MAX_RADIUS, MIN_RADIUS, PaintSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [("tool", "eraser"), ("radius", 9.5), ("overlay_opacity", 0.7), ("pressure_enabled", False)],
)
def test_a_change_is_signalled_once(qtbot: QtBot, name: str, value: object) -> None:
    settings = PaintSettings()
    with qtbot.waitSignal(settings.changed):
        setattr(settings, name, value)
    assert getattr(settings, name) == value
    with qtbot.assertNotEmitted(settings.changed):
        setattr(settings, name, value)


def test_values_stay_in_bounds() -> None:
    settings = PaintSettings()
    settings.radius = 0
    assert settings.radius == MIN_RADIUS
    settings.radius = 1e9
    assert settings.radius == MAX_RADIUS
    settings.overlay_opacity = -1
    assert settings.overlay_opacity == 0
    settings.overlay_opacity = 2
    assert settings.overlay_opacity == 1


def test_brush_and_eraser_are_swapped() -> None:
    settings = PaintSettings()
    settings.swap_tools()
    assert settings.tool == "eraser"
    settings.swap_tools()
    assert settings.tool == "brush"


def test_pressure_sets_the_size_unless_switched_off() -> None:
    settings = PaintSettings()
    settings.radius = 20.0
    assert settings.radius_at(0.25) == 5.0
    assert settings.radius_at(0.0) == MIN_RADIUS
    settings.pressure_enabled = False
    assert settings.radius_at(0.25) == 20.0
