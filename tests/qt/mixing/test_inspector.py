"""The two forms return what was chosen, and showing a value does not count as a choice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox
from pytestqt.qtbot import QtBot

from ddsgui.jobs.mix import PairRequest
from ddsgui.library.library import Library
from ddsgui.library.own_presets import PresetStore
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.mixing.live_form import LiveForm
from ddsgui.qt.mixing.optimizer_form import CHANGED, OptimizerForm
from ddsgui.qt.mixing.pair_form import PairForm
from ddsgui.qt.mixing.preset_menu import PresetMenu
from ddsgui.qt.mixing.weight_dial import LARGEST_WEIGHT, position_of, weight_at
from ddsgui.qt.widgets.fields import FIELD_HEIGHT_PX
from ddsgui.synthesis.blend_settings import BlendSettings
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.loss_terms import LOSS_TERMS
from ddsgui.synthesis.settings import OptimizerSettings, artists_preset
from tests.qt.artist import add_unlike_domain


@pytest.fixture
def pair(qtbot: QtBot, tiny_library: Path) -> PairForm:
    form = PairForm(Library(tiny_library), QAction("Swap"), QAction("Seed"), QAction("Paint"))
    qtbot.addWidget(form)
    return form


@pytest.fixture
def optimizer(qtbot: QtBot, tmp_path: Path) -> OptimizerForm:
    form = OptimizerForm(PresetStore(tmp_path / "presets"))
    qtbot.addWidget(form)
    return form


def test_a_shown_request_is_returned_without_a_signal(qtbot: QtBot, pair: PairForm) -> None:
    request = PairRequest("caricature", "portrait", "eyes-nose-mouth", Seed(2**40), Seed(3), 0.55)
    with qtbot.assertNotEmitted(pair.changed):
        pair.show_request(request)
    assert pair.request == request


def test_a_file_that_the_library_does_not_have_can_be_shown(pair: PairForm) -> None:
    request = PairRequest("/models/mine.pkl", "portrait", "", Seed(0), None, 0.8)
    pair.show_request(request)
    assert pair.request == request


def test_unlocking_gives_the_target_another_seed(qtbot: QtBot, pair: PairForm) -> None:
    pair.show_request(PairRequest("portrait", "caricature", "", Seed(7)))
    assert not pair.target_seed.isEnabled() and pair.request.target_latent is None
    with qtbot.waitSignal(pair.changed):
        pair.lock.click()
    assert pair.target_seed.isEnabled() and pair.request.target_latent == Seed(7)
    pair.target_seed.randomize_seed()
    assert pair.request.latent == Seed(7)
    pair.lock.click()
    assert pair.request.target_latent is None


def test_unlocking_gives_the_target_another_part(qtbot: QtBot, pair: PairForm) -> None:
    pair.show_request(PairRequest("portrait", "caricature", "eyes-nose-mouth"))
    assert not pair.target_part.isEnabled() and pair.request.target_part is None
    pair.part.choose_parts("")
    assert pair.target_part.parts == ""
    with qtbot.waitSignal(pair.changed):
        pair.part_lock.click()
    pair.target_part.choose_parts("eyes-nose-mouth")
    assert pair.request.part == "" and pair.request.target_part == "eyes-nose-mouth"
    request = PairRequest("portrait", "caricature", "", target_part="eyes-nose-mouth")
    pair.show_request(PairRequest("portrait", "caricature", ""))
    pair.show_request(request)
    assert pair.request == request


def test_a_part_of_one_of_two_unlike_domains_serves_that_one(
    qtbot: QtBot, tmp_path: Path, tiny_library: Path
) -> None:
    shutil.copytree(tiny_library, tmp_path, dirs_exist_ok=True)
    add_unlike_domain(tmp_path)
    form = PairForm(Library(tmp_path), QAction("Swap"), QAction("Seed"), QAction("Paint"))
    qtbot.addWidget(form)
    form.show_request(PairRequest("portrait", "large", "eyes-nose-mouth"))
    with qtbot.waitSignal(form.changed):
        form.take_part("face")
    assert (form.request.part, form.request.target_part) == ("eyes-nose-mouth", "face#left eye,face#mouth")
    assert form.target_part.isEnabled()
    form.show_request(PairRequest("portrait", "caricature", ""))
    form.take_part("eyes-nose-mouth")
    assert (form.request.part, form.request.target_part) == ("eyes-nose-mouth", None)


def test_a_new_seed_is_signalled_once(qtbot: QtBot, pair: PairForm) -> None:
    changes: list[int] = []
    pair.changed.connect(lambda: changes.append(1))
    pair.seed.set_seed(123_456_789)
    assert changes == [1] and pair.request.latent == Seed(123_456_789)


def test_shown_settings_are_returned_without_a_signal(qtbot: QtBot, optimizer: OptimizerForm) -> None:
    settings = OptimizerSettings.from_preset(
        "official", iterations=321, alpha=0.3, learning_rate=0.02, seed=9
    )
    with (
        qtbot.assertNotEmitted(optimizer.settings_changed),
        qtbot.assertNotEmitted(optimizer.weights_changed),
    ):
        optimizer.show_settings(settings)
    assert optimizer.settings == settings


def test_a_preset_sets_all_but_what_belongs_to_the_pair(qtbot: QtBot, optimizer: OptimizerForm) -> None:
    optimizer.show_settings(artists_preset("fast", seed=9, truncation=0.4, frame_interval=3))
    optimizer.iterations.setValue(77)
    optimizer.lr.setValue(0.5)
    with qtbot.waitSignal(optimizer.settings_changed):
        optimizer.preset.setCurrentIndex(optimizer.preset.findData("official"))
    assert optimizer.settings == OptimizerSettings.from_preset(
        "official", seed=9, truncation=0.4, frame_interval=3
    )


def test_a_changed_preset_says_so_until_it_is_reset(qtbot: QtBot, optimizer: OptimizerForm) -> None:
    title = optimizer.preset.currentText()
    for change in (
        lambda: optimizer.dials["alpha"].setValue(90),
        lambda: optimizer.iterations.setValue(77),
        lambda: optimizer.lr.setValue(0.5),
        lambda: optimizer.space.setCurrentIndex(optimizer.space.findData("z")),
    ):
        assert not optimizer.is_changed and not optimizer.reset.isEnabled()
        change()
        assert optimizer.preset.currentText() == CHANGED.format(title)
        with qtbot.waitSignal(optimizer.settings_changed):
            optimizer.reset.click()
        assert optimizer.settings == artists_preset() and optimizer.preset.currentText() == title


def test_a_dial_and_its_number_follow_each_other(qtbot: QtBot, optimizer: OptimizerForm) -> None:
    dial, box = optimizer.dials["beta"], optimizer.weight_boxes["beta"]
    with qtbot.waitSignal(optimizer.weights_changed):
        dial.setValue(dial.maximum())
    assert box.value() == optimizer.weights.beta == LARGEST_WEIGHT
    box.setValue(1.0)
    assert dial.value() == dial.maximum() // 2
    box.setValue(500.0)
    assert dial.value() == dial.maximum() and optimizer.weights.beta == 500, "beyond the dial"
    dial.setValue(0)
    assert optimizer.weights.beta == 0


@pytest.mark.parametrize("position", [0, 1, 25, 50, 75, 99, 100])
def test_a_position_of_a_dial_stands_for_one_weight(position: int) -> None:
    assert abs(position_of(weight_at(position)) - position) <= 1
    assert position == 100 or weight_at(position) < weight_at(position + 1)


def test_settings_that_give_nothing_good_are_advised_against(optimizer: OptimizerForm) -> None:
    assert not optimizer.advice
    for rate in (0.0, 5.0):
        optimizer.lr.setValue(rate)
        assert "learning rate" in optimizer.advice
    optimizer.reset.click()
    assert not optimizer.advice
    optimizer.weight_boxes["alpha"].setValue(10_000)
    assert LOSS_TERMS["alpha"].label in optimizer.advice
    optimizer.weight_boxes["alpha"].setValue(2)
    optimizer.iterations.setValue(999_999)
    assert "999,999" in optimizer.advice


@pytest.fixture
def menu(qtbot: QtBot, tmp_path: Path) -> PresetMenu:
    form = OptimizerForm(PresetStore(tmp_path / "presets"))
    menu = PresetMenu(form, lambda: BLEND)
    form.preset_row.addWidget(menu)
    form.menu = menu  # type: ignore[attr-defined]
    qtbot.addWidget(form)
    return menu


BLEND = BlendSettings(depth=16, strength=0.5)


def reports(menu: PresetMenu) -> list[tuple[str, dict[str, Callable[[], object]]]]:
    """Return a list to which the menu's reports are added."""
    sentences: list[tuple[str, dict[str, Callable[[], object]]]] = []
    menu.reported.connect(lambda sentence, choices: sentences.append((sentence, choices)))
    return sentences


def test_an_own_preset_is_saved_chosen_renamed_updated_deleted_and_restored(
    qtbot: QtBot, menu: PresetMenu
) -> None:
    form, news = menu._form, reports(menu)
    menu.follow()
    assert not menu.rename.isEnabled() and not menu.delete.isEnabled()
    form.iterations.setValue(77)
    menu.save_as(" Soft ")
    assert form.preset.name == "Soft" and not form.is_changed and form.settings.preset == "Soft"
    form.choose_preset("official")
    with qtbot.waitSignal(form.own_preset_chosen) as chosen:
        form.choose_preset("Soft")
    assert chosen.args is not None and chosen.args[0].blend == BLEND and form.settings.iterations == 77
    form.iterations.setValue(78)
    assert form.preset.currentText() == CHANGED.format("Soft")
    menu.update_preset()
    assert not form.is_changed
    menu.rename_to("Softer")
    assert form.preset.name == "Softer" and form.preset.findData("Soft") < 0
    menu.follow()
    assert menu.delete.isEnabled()
    menu.delete_preset()
    assert form.store.presets() == [] and form.settings.iterations == 78, "the settings stay"
    assert len(news) == 1
    news[0][1]["Undo"]()
    assert form.own_preset is not None and form.own_preset.settings.iterations == 78
    menu.save_as("Softer")
    assert "already" in news[-1][0]
    menu.save_as("fast")
    assert "built-in" in news[-1][0]


def test_a_preset_travels_as_a_file(menu: PresetMenu, tmp_path: Path) -> None:
    form, news = menu._form, reports(menu)
    form.iterations.setValue(77)
    menu.export_preset(tmp_path / "Sent.json")
    form.reset.click()
    for name in ("Sent", "Sent 2"):
        menu.import_preset(tmp_path / "Sent.json")
        assert form.preset.name == name and form.settings.iterations == 77
    (tmp_path / "bad.json").write_text("{}")
    menu.import_preset(tmp_path / "bad.json")
    assert news[-1][0].startswith("bad.json") and form.preset.name == "Sent 2"


def test_fields_next_to_each_other_are_equally_high(
    qtbot: QtBot, pair: PairForm, optimizer: OptimizerForm
) -> None:
    optimizer.advanced.click()
    for form in (pair, optimizer, LiveForm()):
        qtbot.addWidget(form)
        form.show()
        fields = [field for kind in (QComboBox, QAbstractSpinBox) for field in form.findChildren(kind)]
        heights = {field.height() for field in fields if field.isVisible()}
        assert heights == {FIELD_HEIGHT_PX}


def test_backbones_that_are_offered_later_do_not_change_the_choice(optimizer: OptimizerForm) -> None:
    optimizer.offer_backbones(("alexnet", "vgg16"))
    assert optimizer.settings.backbone == "vgg16"


def test_advanced_settings_are_folded_away_until_they_are_wanted(optimizer: OptimizerForm) -> None:
    advanced = (optimizer.space, optimizer.backbone, optimizer.lr, *optimizer.weight_boxes.values())
    optimizer.show()
    assert not any(field.isVisible() for field in advanced) and optimizer.preset.isVisible()
    assert all(dial.isVisible() for dial in optimizer.dials.values())
    optimizer.advanced.click()
    assert all(field.isVisible() for field in advanced)
    optimizer.advanced.click()
    assert not any(field.isVisible() for field in advanced)


def test_the_fields_of_all_forms_begin_at_the_same_place(window: MainWindow) -> None:
    inspector = window.inspector
    fields = (inspector.pair.source, inspector.pair.truncation, inspector.live.depth_choice)
    fields += (inspector.optimizer.preset, inspector.optimizer.iterations)
    assert len({field.mapTo(inspector, QPoint()).x() for field in fields}) == 1


def test_opening_advanced_scrolls_to_its_numbers(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1016, 568)
    inspector = window.inspector
    last = inspector.optimizer.backbone
    inspector.optimizer.advanced.click()
    qtbot.waitUntil(lambda: not last.visibleRegion().isEmpty())
