"""The first step of a new domain: pictures are added and cropped, until training can start."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ddsgui.editing.example import MAX_EXAMPLES
from ddsgui.editing.example_crop import Crop
from ddsgui.jobs.adaptation_values import DomainRequest
from ddsgui.paths import assets
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.new_domain.dialog import NewDomainDialog


@pytest.fixture
def dialog(qtbot: QtBot, controller: MixController, preferences: Preferences) -> NewDomainDialog:
    controller.engine.start()
    dialog = NewDomainDialog(controller, preferences)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.begin("portrait")
    return dialog


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """A landscape and a portrait picture."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "woodcuts"
    folder.mkdir()
    paths = []
    for name, size in (("a.png", (60, 90)), ("b.jpg", (90, 60))):
        path = folder / name
        Image.fromarray(rng.integers(0, 256, (*size, 3), np.uint8)).save(path)
        paths.append(path)
    return paths


def drop(dialog: NewDomainDialog, urls: list[QUrl]) -> None:
    data = QMimeData()
    data.setUrls(urls)
    left, none, copy = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, none)
    QApplication.sendEvent(dialog.examples.empty_state, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(dialog.examples.empty_state, QDropEvent(QPointF(300, 300), copy, data, left, none))


def read(qtbot: QtBot, dialog: NewDomainDialog) -> None:
    """Wait until all pictures have been read."""
    qtbot.waitUntil(lambda: not dialog.examples.reading, timeout=10_000)


def test_an_empty_dialog_says_how_to_begin(dialog: NewDomainDialog) -> None:
    page = dialog.examples
    assert not dialog.isModal() and dialog.step == 1
    assert page.empty_state.isVisible() and not page.panel.isVisible()
    assert set(page.empty_state.sets) == {"caricature", "engraving"}
    assert not page.form.start.isEnabled()
    assert "Add pictures first" in page.form.start.toolTip()
    assert page.form.source.name == "portrait"
    assert page.form.resolution == 16


def test_dropped_pictures_are_listed_and_the_first_is_shown(
    qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path]
) -> None:
    page = dialog.examples
    drop(dialog, [QUrl.fromLocalFile(str(path)) for path in pictures])
    read(qtbot, dialog)
    assert [example.path for example in page.pictures.examples] == pictures
    assert page.panel.isVisible() and page.pictures.currentRow() == 0
    assert page.panel.editor.crop == page.pictures.examples[0].crop
    assert not page.form.preview.pixmap().isNull()
    assert "16 × 16" in page.form.caption.text()
    assert page.form.start.isEnabled()


def test_a_folder_gives_its_pictures_and_its_name(
    qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path]
) -> None:
    drop(dialog, [QUrl.fromLocalFile(str(pictures[0].parent))])
    read(qtbot, dialog)
    assert dialog.examples.pictures.count() == 2
    assert dialog.examples.form.name.text() == "woodcuts"


def test_an_example_set_can_be_tried_at_once(qtbot: QtBot, dialog: NewDomainDialog) -> None:
    page = dialog.examples
    QTest.mouseClick(page.empty_state.sets["engraving"], Qt.MouseButton.LeftButton)
    read(qtbot, dialog)
    assert page.pictures.count() == 10 and page.form.name.text() == "engraving 2"  # "engraving" is bundled
    asked: list[DomainRequest] = []
    page.start_wanted.disconnect()
    page.start_wanted.connect(asked.append)
    page.form.steps.setValue(300)
    QTest.mouseClick(page.form.start, Qt.MouseButton.LeftButton)
    (request,) = asked
    assert (request.name, request.source, request.steps) == ("engraving 2", "portrait", 300)
    assert len(request.examples) == 10


def test_a_broken_picture_is_named_and_the_others_stay(
    qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(pictures[0].read_bytes()[:300])
    dialog.examples.add([pictures[0], broken, pictures[1]])
    read(qtbot, dialog)
    assert dialog.examples.pictures.count() == 2
    assert str(broken) in dialog.message.text

    for name in "cdefg":
        (tmp_path / f"{name}.txt").write_text("not a picture")
    dialog.examples.add([tmp_path / f"{name}.txt" for name in "cdefg"])
    read(qtbot, dialog)
    assert all(f"{name}.txt is a text file" in dialog.message.text for name in "cdefg")


def test_only_files_can_be_dropped(qtbot: QtBot, dialog: NewDomainDialog, tmp_path: Path) -> None:
    drop(dialog, [QUrl("https://example.com/face.png")])
    assert "Only files" in dialog.message.text
    dialog.examples.add([tmp_path])
    read(qtbot, dialog)
    assert "no pictures here" in dialog.message.text


def test_fifty_pictures_are_the_limit_and_none_is_added_twice(
    qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path], tmp_path: Path
) -> None:
    page = dialog.examples
    page.add(pictures)
    read(qtbot, dialog)
    page.add(pictures)
    read(qtbot, dialog)
    assert page.pictures.count() == 2 and not dialog.message.text
    many = tmp_path / "many"
    many.mkdir()
    for number in range(MAX_EXAMPLES + 1):
        shutil.copy(pictures[0], many / f"{number:02d}.png")
    page.add([many])
    read(qtbot, dialog)
    assert page.pictures.count() == MAX_EXAMPLES
    assert "3 were left out" in dialog.message.text


def test_two_sets_read_at_once_keep_the_limit_of_fifty(
    qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path], tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for number in range(30):
            shutil.copy(pictures[0], tmp_path / name / f"{number:02d}.png")
        dialog.examples.add([tmp_path / name])
    read(qtbot, dialog)
    assert dialog.examples.pictures.count() == MAX_EXAMPLES
    assert "10 were left out" in dialog.message.text


def test_every_picture_keeps_its_square(qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path]) -> None:
    page = dialog.examples
    page.add(pictures)
    read(qtbot, dialog)
    before = page.form.preview.pixmap().toImage()
    QTest.keyClick(page.panel.editor, Qt.Key.Key_Minus)
    QTest.keyClick(page.panel.editor, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    crop = page.panel.editor.crop
    assert page.form.preview.pixmap().toImage() != before
    page.pictures.setCurrentRow(1)
    assert page.panel.editor.crop == page.pictures.examples[1].crop != crop
    page.panel.tilt.setValue(12)
    assert page.pictures.examples[1].crop.angle == 12 and page.panel.degrees.text() == "12°"
    QTest.mouseClick(page.panel.reset, Qt.MouseButton.LeftButton)
    assert page.pictures.examples[1].crop.angle == 0 and page.panel.tilt.value() == 0
    page.pictures.setCurrentRow(0)
    assert page.panel.editor.crop == crop == page.pictures.examples[0].crop


def test_eyes_are_marked_with_the_button_or_the_key(
    qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path]
) -> None:
    page = dialog.examples
    page.add(pictures)
    read(qtbot, dialog)
    panel = page.panel
    dialog.activateWindow()
    panel.editor.setFocus()
    qtbot.waitUntil(panel.editor.hasFocus)
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_E)
    qtbot.waitUntil(panel.eyes.isChecked)  # the key holds the button down for a moment
    assert "one eye" in panel.hint.text()
    for eye in ((30.0, 25.0), (50.0, 25.0)):
        QTest.mouseClick(panel.editor, Qt.MouseButton.LeftButton, pos=panel.editor.to_widget(eye).toPoint())
    assert not panel.eyes.isChecked() and "rings" in panel.hint.text()
    assert page.pictures.examples[0].crop.side == pytest.approx(85, abs=3)
    panel.eyes.click()
    assert panel.editor.hasFocus()
    QTest.keyClick(panel.editor, Qt.Key.Key_Escape)
    assert dialog.isVisible() and not panel.eyes.isChecked()


def test_a_removed_picture_disappears_and_the_next_is_shown(
    qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path]
) -> None:
    page = dialog.examples
    page.add(pictures)
    read(qtbot, dialog)
    QTest.keyClick(page.pictures, Qt.Key.Key_Delete)
    assert [example.path for example in page.pictures.examples] == [pictures[1]]
    assert page.panel.editor.crop == page.pictures.examples[0].crop
    QTest.mouseClick(page.remove, Qt.MouseButton.LeftButton)
    assert page.pictures.count() == 0 and page.empty_state.isVisible()
    assert page.form.preview.pixmap().isNull() and not page.form.start.isEnabled()


def test_a_free_name_is_suggested_and_a_typed_one_is_kept(
    qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path]
) -> None:
    page, form = dialog.examples, dialog.examples.form
    assert form.name.text() == "new domain"
    page.add([assets() / "examples" / "caricature"])
    read(qtbot, dialog)
    assert form.name.text() == "caricature 2"
    form.name.clear()
    QTest.keyClicks(form.name, "mine")
    page.pictures.selectAll()
    page.pictures.remove_selected()
    page.add([pictures[0].parent])
    read(qtbot, dialog)
    assert form.name.text() == "mine"
    for name, sentence in (("", "a name first"), ("a/b", "letters, digits")):
        form.name.setText(name)
        assert not form.start.isEnabled() and sentence in form.start.toolTip()
        assert sentence in form.state.text()


def test_another_source_previews_the_pictures_at_its_resolution(
    qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path], controller: MixController
) -> None:
    from ddsgui.checkpoints.checkpoint import DomainMetadata, save_generator
    from ddsgui.stylegan.generator import Generator, GeneratorConfig

    path = controller.library.domain_path("large")
    save_generator(Generator(GeneratorConfig(32, 8, 8, 1, (8, 8, 8, 8))), path, DomainMetadata("large"))
    try:
        page = dialog.examples
        page.add(pictures)
        read(qtbot, dialog)
        page.begin("portrait")
        page.form.source.setCurrentIndex(page.form.source.findData("large"))
        assert "32 × 32" in page.form.caption.text()
    finally:
        path.unlink()


def test_the_chosen_folder_is_remembered(
    qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path], preferences: Preferences
) -> None:
    chooser = dialog.examples.ask_pictures()
    chooser.filesSelected.emit([str(path) for path in pictures])
    chooser.close()
    read(qtbot, dialog)
    assert dialog.examples.pictures.count() == 2
    assert preferences.folder == pictures[0].parent


def test_pictures_with_fewer_pixels_than_the_domain_draws_are_counted(
    qtbot: QtBot, dialog: NewDomainDialog, pictures: list[Path]
) -> None:
    page = dialog.examples
    page.add(pictures)
    read(qtbot, dialog)
    assert "smaller" not in page.form.state.text()
    page.panel.cropped.emit(Crop(30, 30, 9))
    assert page.form.start.isEnabled() and "1 smaller than 16 px" in page.form.state.text()
