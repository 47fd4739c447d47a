"""Results are opened and exported from the window."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from ddsgui.editing.recipe import Recipe
from ddsgui.export.options import ExportOptions
from ddsgui.images import read_grey, read_image, read_latent, read_recipe
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.mixing import file_actions
from ddsgui.synthesis.latents import Seed, StoredLatent
from ddsgui.synthesis.settings import OptimizerSettings, OptimizerStep
from ddsgui.synthesis.upscaler import Upscaler, load_upscaler
from tests.qt.artist import action, begin_run, best_of, image_on, run_of, stroke


def test_an_exported_result_restores_masks_settings_and_seed(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    controller, path = window.controller, tmp_path / "result.png"
    window.inspector.optimizer.weight_boxes["alpha"].setValue(0.25)
    stroke(window.panes.source, (0.5, 0.5), (0.6, 0.6))
    with qtbot.waitSignal(controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=3)
    assert not run_of(window).exported
    with qtbot.waitSignal(window.files.done, timeout=20_000):
        window.files.export_png(path)
    assert run_of(window).exported and str(path) in window.message.text
    assert np.array_equal(read_image(path), best_of(window).image)
    masks = [controller.session.mask(role).copy() for role in ("source", "target")]
    seed = window.inspector.pair.seed.seed

    controller.session.settings = OptimizerSettings.from_preset("official")
    window.inspector.pair.take_seed(seed + 5)
    qtbot.waitUntil(lambda: controller.session.latent == Seed(seed + 5), timeout=20_000)
    window.files.open(path)
    qtbot.waitUntil(lambda: controller.session.latent == Seed(seed), timeout=20_000)
    assert controller.session.settings.preset == "fast" and controller.session.settings.weights.alpha == 0.25
    assert window.inspector.optimizer.weights.alpha == 0.25
    for role, mask in zip(("source", "target"), masks, strict=True):
        assert np.array_equal(controller.session.mask(role), mask)
    assert np.array_equal(image_on(window.panes.result), read_image(path))


def test_the_picture_on_the_result_pane_is_exported_with_its_masks(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:

    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=2)
    qtbot.waitUntil(lambda: not window.controller.running)

    def exported() -> tuple[np.ndarray, Recipe]:
        with qtbot.waitSignal(window.files.done, timeout=20_000):
            window.files.export_png(tmp_path / "result.png")
        image = read_image(tmp_path / "result.png")
        assert np.array_equal(image, image_on(window.panes.result))
        return image, Recipe.from_dict(read_recipe(tmp_path / "result.png"))

    image, recipe = exported()
    assert not recipe.settings.get("live")
    stroke(window.panes.source, (0.1, 0.5), (0.6, 0.9))
    qtbot.waitUntil(lambda: not window.live.drawing, timeout=20_000)
    live_image, live_recipe = exported()
    assert live_recipe.settings["live"] and not np.array_equal(live_image, image)
    masks = live_recipe.mask_arrays()
    assert masks is not None and np.array_equal(masks[0], window.controller.session.square_mask("source"))
    window.controller.undo()
    assert np.array_equal(exported()[0], image) and exported()[1] == recipe


def test_a_frame_that_is_shown_is_exported_with_its_latent(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=6)
    run = run_of(window)
    frame = run.frames[run.frames.nearest(3)]
    QTest.keyClick(window.timeline.strip, Qt.Key.Key_Home)
    while window.timeline.frame is not frame:
        QTest.keyClick(window.timeline.strip, Qt.Key.Key_Right)
    with qtbot.waitSignal(window.files.done, timeout=20_000):
        window.files.export_png(tmp_path / "frame.png")
    assert np.array_equal(read_image(tmp_path / "frame.png"), frame.image)
    latent = read_latent(tmp_path / "frame.png")
    assert latent is not None and frame.latent is not None
    assert np.array_equal(StoredLatent.from_dict(latent).array, frame.latent)
    assert not run.exported, "its result is not on the disk"
    window.timeline.go_live()
    with qtbot.waitSignal(window.files.done, timeout=20_000):
        window.files.export_png(tmp_path / "result.png")
    assert np.array_equal(read_image(tmp_path / "result.png"), best_of(window).image)


def test_all_pictures_and_the_animation_are_exported(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=4)
    with qtbot.waitSignals([window.files.done, window.exports.done], timeout=20_000):
        window.files.export_folder(tmp_path)
        window.files.export_gif(tmp_path / "run.gif")
    names = {path.name for path in tmp_path.iterdir()} - {"settings.ini"}
    pictures = ("source", "target", "source_mask", "target_mask", "crossover", "result")
    assert names == {*(f"{name}.png" for name in pictures), "recipe.json", "latent.safetensors", "run.gif"}
    assert read_recipe(tmp_path / "result.png") == window.controller.session.recipe().as_dict()


def test_all_pictures_replace_those_of_an_earlier_export_and_nothing_else(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    qtbot.waitUntil(lambda: window.live.image is not None, timeout=20_000)
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "mine.png").touch()
    with qtbot.waitSignal(window.files.done, timeout=20_000) as first:
        window.files.export_folder(folder)
    assert first.args is not None and "replaced" not in first.args[0]
    written = {path.name for path in folder.iterdir()}
    (folder / "result_x4.png").touch()
    (folder / "losses.csv").touch()
    with qtbot.waitSignal(window.files.done, timeout=20_000) as second:
        window.files.export_folder(folder)
    assert second.args is not None and f"replaced the {len(written) + 1} files" in second.args[0]
    assert {path.name for path in folder.iterdir()} == written


def test_all_pictures_never_replace_a_picture_of_the_artist(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    qtbot.waitUntil(lambda: window.live.image is not None, timeout=20_000)
    (tmp_path / "crossover.png").write_bytes(b"mine")
    with qtbot.waitSignal(window.files.done, timeout=20_000) as saved:
        window.files.export_folder(tmp_path)
    assert (tmp_path / "crossover.png").read_bytes() == b"mine"
    folder = tmp_path / window.files.suggested_name
    assert (folder / "crossover.png").exists() and (folder / "result.png").exists()
    assert saved.args is not None and saved.args[1] == folder


def test_the_folder_of_saved_files_can_be_shown(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, opened = [True, False], []
    monkeypatch.setattr(
        file_actions.QDesktopServices,
        "openUrl",
        lambda url: opened.append(url.toLocalFile()) or answers.pop(0),
    )
    for is_opened in tuple(answers):
        with qtbot.waitSignal(window.files.done, timeout=20_000):
            window.files.export_folder(tmp_path)
        button = window.message.findChildren(QPushButton)[-1]
        assert button.text() == "Show in folder"
        button.click()
        assert (window.message.text == "") is is_opened
    assert opened == [str(tmp_path)] * 2


def test_an_upscaled_result_is_saved_next_to_the_raw_one(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=3)
    with qtbot.waitSignal(window.files.done, timeout=20_000):
        window.files.export_png(tmp_path / "mine.png", upscaled=True)
    assert f"{tmp_path / 'mine.png'} and mine_x4.png" in window.message.text
    result = best_of(window)
    assert run_of(window).exported
    np.testing.assert_array_equal(read_image(tmp_path / "mine.png"), result.image)
    larger = read_image(tmp_path / "mine_x4.png").astype(int)
    assert np.abs(larger - load_upscaler().upscale(result.image)).max() <= 1
    assert read_recipe(tmp_path / "mine_x4.png") == read_recipe(tmp_path / "mine.png")


def test_in_the_upscaled_view_all_pictures_are_saved_upscaled_as_well(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.upscaling.set_on(True)
    qtbot.waitUntil(lambda: window.live.image is not None, timeout=20_000)
    with qtbot.waitSignal(window.files.done, timeout=20_000):
        window.files.export_folder(tmp_path)
    names = {path.name for path in tmp_path.glob("*.png")}
    raw = {"source.png", "target.png", "source_mask.png", "target_mask.png", "crossover.png", "result.png"}
    assert names == raw | {"source_x4.png", "target_x4.png", "crossover_x4.png", "result_x4.png"}
    assert read_image(tmp_path / "crossover_x4.png").shape == (64, 64, 3)


def test_an_upscaled_animation_shows_its_progress(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ddsgui.export import animation

    monkeypatch.setattr(animation, "MIN_SIDE_PX", 16)
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=4)
    progress: list[str] = []
    window.exports.progressed.connect(progress.append)
    with qtbot.waitSignal(window.exports.done, timeout=20_000):
        window.files.export_gif(tmp_path / "run.gif", upscaled=True)
        assert window.status._export.isVisible() and action(window, "cancel_export").isEnabled()
        assert not action(window, "export_gif").isEnabled()
    qtbot.waitUntil(lambda: not window.exports.exporting, timeout=20_000)
    assert "run.gif" in progress[0] and progress[-1] == ""
    assert progress[-2].endswith(f" of {len(run_of(window).frames.images()) + 1}")
    assert not window.status._export.isVisible() and action(window, "export_gif").isEnabled()
    with Image.open(tmp_path / "run.gif") as gif:
        assert gif.size == (64, 64)


def test_a_cancelled_animation_leaves_nothing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=4)
    done: list[str] = []
    window.exports.done.connect(lambda sentence, _: done.append(sentence))
    real = Upscaler.upscale_steps

    def steps(self: Upscaler, picture: np.ndarray) -> object:
        window.exports.cancel()  # from the engine's thread, since it only sets a flag
        return real(self, picture)

    monkeypatch.setattr(Upscaler, "upscale_steps", steps)
    window.files.export_gif(tmp_path / "run.gif", upscaled=True)
    qtbot.waitUntil(lambda: not window.exports.exporting, timeout=20_000)
    assert not done and not window.status._export.isVisible()
    assert not list(tmp_path.glob("*.gif"))


def test_the_dialogs_offer_upscaled_files_and_remember_the_choice(
    qtbot: QtBot,
    window: MainWindow,
    preferences: Preferences,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        window.files, "export_gif", lambda path, upscaled: asked.append((path.name, upscaled))
    )
    preferences.folder = tmp_path
    window.upscaling.set_on(True)
    for ask, name, upscaled in ((window.files.ask_gif, "a.gif", False),):
        dialog = ask()
        assert len(dialog.nameFilters()) == 2 and "4×" in dialog.nameFilters()[1]
        assert dialog.selectedNameFilter() == dialog.nameFilters()[upscaled]
        dialog.selectNameFilter(dialog.nameFilters()[not upscaled])
        dialog.selectFile(str(tmp_path / name))
        dialog.accept()
        assert asked.pop() == (name, not upscaled)
        again = ask()
        assert again.selectedNameFilter() == again.nameFilters()[not upscaled]
        again.reject()


def test_a_file_dialog_is_modeless(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=2)
    dialog = window.files.ask_gif()
    assert dialog.isVisible() and not dialog.isModal()
    name, seed = dialog.findChild(QLineEdit), window.inspector.pair.seed.seed
    assert name is not None and name.text() == f"portrait-caricature-eyes-nose-mouth-{seed}.gif"
    name.setText(str(tmp_path / "mine"))
    with qtbot.waitSignal(window.exports.done, timeout=20_000):
        dialog.accept()
    assert (tmp_path / "mine.gif").is_file()


def test_export_png_shows_what_it_will_write_and_names_the_part(
    qtbot: QtBot, window: MainWindow, preferences: Preferences, tmp_path: Path
) -> None:
    preferences.folder = tmp_path
    preferences.save_export("gif", ExportOptions())
    session = window.controller.session
    session.part, session.target_part = "hair,face#left eye", "masks/own.png"
    qtbot.waitUntil(lambda: action(window, "export_png").isEnabled(), timeout=20_000)
    action(window, "export_png").trigger()
    dialog = window.dialogs.export_dialog
    assert dialog is not None and dialog.isVisible() and dialog.format.name == "png"
    name = dialog.path.name
    assert "-hair+face-own-" in name and name.endswith(".png") and dialog.path.parent == tmp_path
    assert "512" not in dialog.facts.text()
    dialog.reject()


def test_a_write_error_is_reported_and_the_result_counts_as_not_exported(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    with qtbot.waitSignal(window.controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=2)
    with qtbot.waitSignal(window.files.failed, timeout=20_000):
        window.files.export_png(tmp_path / "no such folder" / "result.png")
    assert "cannot be written" in window.message.text and not run_of(window).exported


def test_errors_are_shown_in_the_window(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "nothing.png"
    path.write_bytes(b"nothing")
    window.files.open(path)
    assert "nothing.png" in window.message.text
    with qtbot.waitSignal(window.controller.failed, timeout=20_000):
        window.controller.draw_pair(replace(window.controller.request, source="nobody"))
    assert "nobody" in window.message.text
    assert window.inspector.pair.request.source == "portrait"  # like the pictures on the panes


def test_pictures_of_a_wide_domain_are_exported_without_padding(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    controller, path = window.controller, tmp_path / "result.png"
    target = controller.jobs.models.generator("caricature")
    square = target.config
    target.config = replace(square, unpadded_size=(16, 12))
    try:
        with qtbot.waitSignal(controller.pictures_changed, timeout=20_000):
            controller.draw_pair(controller.request)
        with qtbot.waitSignal(controller.finished, timeout=20_000):
            begin_run(qtbot, window, iterations=2)
        for export in (window.files.export_png, window.files.export_gif):
            is_gif = export == window.files.export_gif
            signal = window.exports.done if is_gif else window.files.done
            with qtbot.waitSignal(signal, timeout=20_000):
                export(path.with_suffix(".gif") if is_gif else path)
        result = image_on(window.panes.result)
        assert result.shape == (12, 16, 3)
        assert np.array_equal(read_image(path), result)
        with Image.open(path.with_suffix(".gif")) as animation:
            assert animation.size == (256, 192)  # small frames are enlarged
        with qtbot.waitSignal(controller.pictures_changed, timeout=20_000):
            window.files.open(path)
        assert np.array_equal(image_on(window.panes.result), result)
        with qtbot.waitSignal(window.files.done, timeout=20_000):
            window.files.export_folder(tmp_path / "all")
        session = controller.session
        assert np.array_equal(read_image(tmp_path / "all" / "source.png"), image_on(window.panes.source))
        assert np.array_equal(
            read_image(tmp_path / "all" / "crossover.png"), image_on(window.panes.crossover)
        )
        assert np.array_equal(read_grey(tmp_path / "all" / "target_mask.png"), session.mask("target"))
    finally:
        target.config = square


def test_a_reopened_result_can_be_exported_again_and_continued(
    qtbot: QtBot, window: MainWindow, all_frames: None, tmp_path: Path
) -> None:
    controller, first, second = window.controller, tmp_path / "first.png", tmp_path / "second.png"
    with qtbot.waitSignal(controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=8)
    best = best_of(window)
    with qtbot.waitSignal(window.files.done, timeout=20_000):
        window.files.export_png(first)
    with qtbot.waitSignal(controller.pictures_changed, timeout=20_000):
        controller.draw_pair(controller.request)
    assert controller.result_run is None
    with qtbot.waitSignal(controller.pictures_changed, timeout=20_000):
        window.files.open(first)
    assert run_of(window).exported and action(window, "export_png").isEnabled()
    with qtbot.waitSignal(window.files.done, timeout=20_000):
        window.files.export_png(second)
    assert second.read_bytes() == first.read_bytes()
    qtbot.waitUntil(lambda: not controller.loading)
    steps: list[OptimizerStep] = []
    controller.stepped.connect(steps.append)
    with qtbot.waitSignal(controller.finished, timeout=20_000):
        action(window, "run").trigger()
    assert steps[0].losses["total"] == pytest.approx(best.loss, rel=1e-3)


def test_the_recipe_of_a_continued_run_repeats_it(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    controller, path = window.controller, tmp_path / "recipe.json"
    with qtbot.waitSignal(controller.finished, timeout=20_000):
        begin_run(qtbot, window, iterations=8)
    start = run_of(window).latent
    assert run_of(window).recipe.start is None
    qtbot.waitUntil(lambda: not controller.running)

    def losses(id: str) -> dict[int, float]:
        """Run to the end and return the losses by iteration; a busy window may miss some."""
        steps: list[OptimizerStep] = []
        controller.stepped.connect(steps.append)
        with qtbot.waitSignal(controller.finished, timeout=20_000):
            action(window, id).trigger()
        controller.stepped.disconnect(steps.append)
        qtbot.waitUntil(lambda: not controller.running)
        return {step.iteration: step.losses["total"] for step in steps}

    continued = losses("run")
    assert run_of(window).recipe.start == start
    with qtbot.waitSignal(window.files.done, timeout=20_000):
        window.files.export_folder(tmp_path)
    assert read_recipe(tmp_path / "result.png") == json.loads(path.read_text("utf-8"))
    with qtbot.waitSignal(controller.pictures_changed, timeout=20_000):
        window.files.open(path)
    qtbot.waitUntil(lambda: not controller.loading)
    assert controller.result_run is None
    repeated = losses("run")
    both = repeated.keys() & continued.keys()
    assert both and all(repeated[i] == pytest.approx(continued[i], rel=1e-3) for i in both)
