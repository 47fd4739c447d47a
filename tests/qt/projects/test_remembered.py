"""Everything that an artist has set is there again at the next start."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from ddsgui.qt.core.preferences import Preferences
from ddsgui.synthesis.latents import Seed
from tests.qt.artist import action, stroke
from tests.qt.projects.conftest import StartWindow


def test_seed_masks_dials_brush_and_no_part_are_there_again(
    qtbot: QtBot, start_window: StartWindow, preferences: Preferences
) -> None:
    window = start_window()
    pair, form, paint = window.inspector.pair, window.inspector.optimizer, window.panes.paint_settings
    pair.part.choose_parts("")
    pair.take_seed(7)
    qtbot.waitUntil(
        lambda: window.controller.session.latent == Seed(7) and not window.controller.loading, timeout=20_000
    )
    form.choose_preset("official")
    form.dials["alpha"].setValue(80)
    form.iterations.setValue(55)
    window.inspector.live.strength.setValue(40)
    action(window, "link").trigger()
    stroke(window.panes.source, (0.3, 0.3), (0.6, 0.6))
    paint.tool, paint.radius, paint.overlay_opacity, paint.pressure_enabled = "eraser", 21.5, 0.7, False
    session = window.controller.session
    masks = [session.mask(role).copy() for role in ("source", "target")]
    assert masks[0].any() and not masks[1].any(), "they are not linked"
    settings, text = session.settings, form.preset.currentText()
    assert window.close()

    again = start_window()
    pair, form, paint = again.inspector.pair, again.inspector.optimizer, again.panes.paint_settings
    session = again.controller.session
    assert session.latent == Seed(7) and pair.seed.seed == 7
    assert session.part == pair.part.parts == ""
    for mask, role in zip(masks, ("source", "target"), strict=True):
        assert np.array_equal(session.mask(role), mask)
    assert session.settings == form.settings == settings
    assert form.preset.currentText() == text and "changed" in text
    assert again.inspector.live.strength.value() == 40
    assert not session.linked and not action(again, "link").isChecked()
    assert (paint.tool, paint.radius, paint.overlay_opacity) == ("eraser", 21.5, 0.7)
    assert not paint.pressure_enabled


def test_brushes_that_are_nonsense_on_the_disk_give_the_usual_ones(preferences: Preferences) -> None:
    for name, number in (("brush radius", 1e9), ("overlay opacity", -3)):
        preferences.save_number(name, number)
        assert preferences.number(name, 0.25, 0, 1) == 0.25
    preferences.tool = "nosuch"
    assert preferences.tool == "brush" and preferences.switch("nothing", True)
