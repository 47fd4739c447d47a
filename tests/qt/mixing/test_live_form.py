"""The settings of the live blend."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from ddsgui.jobs.live_pictures import LivePicture, LiveRequest
from ddsgui.qt.mixing.live_form import LiveForm
from ddsgui.rect import Rect
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.sample import Sample

SIDE = 128


@pytest.fixture
def form(qtbot: QtBot) -> LiveForm:
    form = LiveForm()
    qtbot.addWidget(form)
    return form


def picture(
    depths: tuple[int, ...] = (8, 16, 32, 64, 128), uses_target_layers: bool = True, notice: str | None = None
) -> LivePicture:
    image, mask = np.zeros((SIDE, SIDE, 3), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    sample = Sample(image, image, mask, mask, Seed(0), None, 0.8)
    request = LiveRequest("one", "two", sample, ())
    return LivePicture(request, image, Rect(0, 0, SIDE, SIDE), depths, uses_target_layers, notice)


def test_settings_come_back_as_they_were_shown(form: LiveForm) -> None:
    form.show_picture(picture())
    for settings in (BlendSettings(), BlendSettings(16, "source", 0.4, 9, True)):
        form.show_settings(settings, {})
        assert form.settings == settings


def test_each_field_changes_its_setting(qtbot: QtBot, form: LiveForm) -> None:
    form.show_picture(picture())
    for change in (
        lambda: form.depth_choice.setCurrentIndex(form.depth_choice.findData("16")),
        lambda: form.last_layers.setCurrentIndex(form.last_layers.findData("source")),
        lambda: form.strength.setValue(40),
        lambda: form.feather.setValue(9),
        lambda: form.match_colour.setChecked(True),
    ):
        with qtbot.waitSignal(form.changed):
            change()
    assert form.settings == BlendSettings(16, "source", 0.4, 9, True)


def test_a_default_suits_every_resolution_until_it_is_changed(form: LiveForm) -> None:
    form.show_picture(picture())
    assert form.feather.value() == BlendSettings().feather_in(SIDE)
    form.strength.setValue(50)
    assert form.settings.feather is None and form.settings.depth is None


def test_depth_is_disabled_with_a_reason_where_it_has_no_effect(form: LiveForm) -> None:
    form.show_picture(picture(uses_target_layers=False))
    assert not form.depth_choice.isEnabled() and "no effect" in form.depth_choice.toolTip()
    form.show_picture(picture())
    assert form.depth_choice.isEnabled() and "no effect" not in form.depth_choice.toolTip()


def test_domains_of_different_build_leave_one_way_and_say_so(form: LiveForm) -> None:
    form.show()
    form.show_picture(picture(depths=(), uses_target_layers=False, notice="A sentence."))
    assert not form.last_layers.isEnabled()
    labels = [child.text() for child in form.findChildren(type(form._notice)) if child.isVisible()]
    assert "A sentence." in labels


def test_a_part_has_settings_of_its_own_until_all_parts_change(qtbot: QtBot, form: LiveForm) -> None:
    form.show()
    assert not form.part_choice.isVisible()
    form.offer_parts({"hair": "Hair", "eyes": "Eyes"})
    assert form.part_choice.isVisible() and form.part is None
    form.part_choice.setCurrentIndex(form.part_choice.findData("hair"))
    with qtbot.waitSignal(form.changed):
        form.strength.setValue(40)
    assert (form.part, form.settings.strength) == ("hair", 0.4)
    form.part_choice.setCurrentIndex(form.part_choice.findData("eyes"))
    assert form.settings == BlendSettings() and form.strength.value() == 100
    form.part_choice.setCurrentIndex(0)
    form.feather.setValue(9)
    form.part_choice.setCurrentIndex(form.part_choice.findData("hair"))
    assert form.settings == BlendSettings(feather=9)


def test_sliders_move_strength_and_feather_and_follow_them(qtbot: QtBot, form: LiveForm) -> None:
    form.show_picture(picture())
    strength, feather = form.dials
    with qtbot.waitSignal(form.changed):
        strength.setValue(40)
    assert form.strength.value() == 40 and form.settings.strength == 0.4
    form.feather.setValue(7)
    assert feather.value() == 7
    with qtbot.assertNotEmitted(form.changed):
        form.show_settings(BlendSettings(strength=0.9), {})
    assert strength.value() == 90
