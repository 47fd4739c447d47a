"""The two forms return what was chosen, and showing a value does not count as a choice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from ddsgui.jobs.mix import PairRequest
from ddsgui.library.library import Library
from ddsgui.qt.mixing.optimizer_form import OptimizerForm
from ddsgui.qt.mixing.pair_form import PairForm
from ddsgui.synthesis.latents import Seed
from ddsgui.synthesis.settings import OptimizerSettings
from tests.qt.artist import add_unlike_domain


@pytest.fixture
def pair(qtbot: QtBot, tiny_library: Path) -> PairForm:
    form = PairForm(Library(tiny_library), QAction("Swap"), QAction("Seed"), QAction("Paint"))
    qtbot.addWidget(form)
    return form


@pytest.fixture
def optimizer(qtbot: QtBot) -> OptimizerForm:
    form = OptimizerForm()
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


def test_a_preset_sets_its_weights_and_keeps_the_iterations(qtbot: QtBot, optimizer: OptimizerForm) -> None:
    optimizer.iterations.setValue(77)
    with qtbot.waitSignal(optimizer.settings_changed):
        optimizer.preset.setCurrentIndex(optimizer.preset.findData("official"))
    assert optimizer.settings == OptimizerSettings.from_preset("official", iterations=77)


def test_backbones_that_are_offered_later_do_not_change_the_choice(optimizer: OptimizerForm) -> None:
    optimizer.offer_backbones(("alexnet", "vgg16"))
    assert optimizer.settings.backbone == "vgg16"


def test_advanced_settings_are_folded_away_until_they_are_wanted(optimizer: OptimizerForm) -> None:
    advanced = (optimizer.space, optimizer.backbone)
    optimizer.show()
    assert not any(field.isVisible() for field in advanced) and optimizer.preset.isVisible()
    optimizer.advanced.click()
    assert all(field.isVisible() for field in advanced)
    optimizer.advanced.click()
    assert not any(field.isVisible() for field in advanced)
