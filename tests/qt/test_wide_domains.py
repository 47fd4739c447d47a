"""The padding of domains that draw wide pictures is neither shown nor painted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ddsgui.images import read_image
from ddsgui.qt.canvas.mask_canvas import MaskCanvas
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.parts.dialog import PartDialog
from ddsgui.qt.parts.gallery import PartGallery
from tests.qt.artist import action, begin_run, image_on, run_of

CROPS = {"portrait": (16, 12), "caricature": (16, 8)}  # both draw the smaller one, rows 4 to 11


@pytest.fixture
def wide(qtbot: QtBot, window: MainWindow) -> Iterator[MainWindow]:
    """The window with two wide domains of different height."""
    models, controller = window.controller.jobs.models, window.controller
    squares = {name: models.generator(name).config for name in CROPS}
    for name, crop in CROPS.items():
        models.generator(name).config = replace(squares[name], unpadded_size=crop)
    with qtbot.waitSignal(controller.pictures_changed, timeout=20_000):
        controller.draw_pair(replace(controller.request, part=""))
    yield window
    for name, config in squares.items():
        models.generator(name).config = config


def dab(canvas: MaskCanvas, x: float, y: float) -> None:
    """Press and release at a place, in pixels of the visible picture."""
    viewport = canvas.viewport()
    place = QPoint(round(viewport.x + x * viewport.scale), round(viewport.y + y * viewport.scale))
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place)


def test_all_panes_frames_and_exports_show_the_same_picture(
    qtbot: QtBot, wide: MainWindow, tmp_path: Path
) -> None:
    controller, panes = wide.controller, wide.panes
    with qtbot.waitSignal(controller.finished, timeout=20_000):
        begin_run(qtbot, wide, iterations=2)
    square = controller.session.crossover()
    assert square.source.shape == (16, 16, 3)
    assert np.array_equal(image_on(panes.source), square.source[4:12])
    assert np.array_equal(image_on(panes.target), square.target[4:12])
    assert np.array_equal(image_on(panes.crossover), square.image[4:12])
    assert image_on(panes.result).shape == run_of(wide).frames[0].image.shape == (8, 16, 3)
    panes.compare(True)
    assert np.array_equal(image_on(panes.result), image_on(panes.crossover))
    panes.compare(False)
    result = image_on(panes.result)
    with qtbot.waitSignal(wide.files.done, timeout=20_000):
        wide.files.export_folder(tmp_path)
    for name, pane in (("source", panes.source), ("crossover", panes.crossover), ("result", panes.result)):
        assert np.array_equal(read_image(tmp_path / f"{name}.png"), image_on(pane)), name
    with qtbot.waitSignal(controller.pictures_changed, timeout=20_000):
        wide.files.open(tmp_path / "result.png")
    assert np.array_equal(image_on(panes.result), result)


def test_a_dab_at_the_top_left_is_below_the_padding(qtbot: QtBot, wide: MainWindow) -> None:
    session, canvas = wide.controller.session, wide.panes.source
    wide.panes.paint_settings.radius = 1.0
    with qtbot.waitSignal(wide.panes.edited):
        dab(canvas, 0.5, 0.5)
    mask = session.crossover().source_mask
    assert mask[4, 0] == 255
    mask[4:6, :2] = 0
    assert not mask.any()
    assert np.array_equal(image_on(wide.panes.crossover), session.crossover().image[4:12])


def test_no_pixel_of_the_padding_is_shown(wide: MainWindow) -> None:
    canvas = wide.panes.source
    viewport, picture = canvas.viewport(), canvas.grab().toImage()
    middle = round(viewport.x + 8 * viewport.scale)
    inside, outside = (round(viewport.y + y * viewport.scale) for y in (0.5, -0.5))
    assert viewport.scale * 16 == pytest.approx(canvas.canvas_rect().width())
    assert picture.pixelColor(middle, outside) == picture.pixelColor(
        canvas.canvas_rect().topLeft() + QPoint(2, 2)
    )
    assert picture.pixelColor(middle, inside) != picture.pixelColor(middle, outside)


def test_a_part_is_painted_on_the_visible_picture_and_trained_on_the_square(
    qtbot: QtBot, wide: MainWindow
) -> None:
    action(wide, "paint_part").trigger()
    dialog = wide.findChild(PartDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.session.sample is not None, timeout=20_000)
    assert image_on(dialog.canvas).shape == (12, 16, 3)  # the size of this domain, not of the pair
    wide.panes.paint_settings.radius = 1.0
    dab(dialog.canvas, 15.5, 0.5)
    (painting,) = dialog._paintings_of_part().values()
    assert painting.mask.shape == (16, 16) and painting.mask[2, 15] == 255
    assert not painting.mask[4:].any() and not painting.mask[:2].any()
    dialog.close()


def test_thumbnails_of_seeds_and_parts_have_no_padding(qtbot: QtBot, wide: MainWindow) -> None:
    from ddsgui.synthesis.sampling import sample_pair

    models = wide.controller.jobs.models
    gallery = PartGallery()
    qtbot.addWidget(gallery)
    source, target = (models.generator(name) for name in CROPS)
    gallery.show_samples((sample_pair(source, target, None, latent=3),))
    pixmap = gallery.pictures[0].pixmap()
    assert pixmap.width() == 2 * pixmap.height()
    (pictures,) = wide.controller.jobs.seeds("portrait", range(1), 0.8)
    assert pictures[0].image.shape == (12, 16, 3)
