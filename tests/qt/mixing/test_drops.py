"""Each dropped file is answered by what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ddsgui.images import encode_png
from ddsgui.qt.main_window import MainWindow
from ddsgui.qt.mixing.drops import USE_AS_EXAMPLES, USE_AS_MASK
from tests.qt.artist import begin_run, end_run
from tests.qt.tiny_library import SIDE


def picture(path: Path, mask: np.ndarray | None = None) -> Path:
    """Save a picture of the size of the panes, by default a mask of one row."""
    if mask is None:
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[3] = 255
    path.write_bytes(encode_png(mask))
    return path


def save_result(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    qtbot.waitUntil(lambda: window.exports.result() is not None, timeout=10_000)
    result = window.exports.result()
    assert result is not None
    path.write_bytes(result.encode())


def offers(window: MainWindow) -> list[str]:
    return [button.text() for button in window.drops.bar.findChildren(QPushButton) if button.isVisible()]


def click(window: MainWindow, text: str) -> None:
    bars = (window.drops.bar, window.message)
    (button,) = (
        b for bar in bars for b in bar.findChildren(QPushButton) if b.text() == text and b.isVisible()
    )
    button.click()


def test_a_result_opens_by_its_recipe(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    save_result(qtbot, window, tmp_path / "result.dat")
    with qtbot.waitSignal(window.files.opened, timeout=10_000):
        window.drops.take([tmp_path / "result.dat"])
    assert not window.drops.bar.text


def test_another_picture_becomes_a_mask_or_an_example(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = picture(tmp_path / "mask.png")
    window.drops.take([path])
    qtbot.waitUntil(lambda: "mask.png" in window.drops.bar.text, timeout=10_000)
    assert offers(window) == [USE_AS_MASK, USE_AS_EXAMPLES]
    click(window, USE_AS_MASK)
    mask = window.controller.session.mask(window.panes.painted_last)
    assert mask[3].all() and mask.sum() == 255 * SIDE
    qtbot.waitUntil(lambda: not offers(window))
    window.drops.take([path])
    qtbot.waitUntil(lambda: offers(window) == [USE_AS_MASK, USE_AS_EXAMPLES], timeout=10_000)
    click(window, USE_AS_EXAMPLES)
    dialog = window.dialogs.domain_dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.examples.pictures.count() == 1, timeout=10_000)
    dialog.close()


def test_one_class_of_a_label_picture_can_be_chosen(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    labels = np.zeros((SIDE, SIDE), np.uint8)
    labels[2], labels[5:7] = 1, 2
    window.drops.take([picture(tmp_path / "label.png", labels)])
    qtbot.waitUntil(lambda: USE_AS_MASK in offers(window), timeout=10_000)
    click(window, USE_AS_MASK)
    session, role = window.controller.session, window.panes.painted_last
    assert np.array_equal(session.mask(role) > 0, labels > 0)
    click(window, "Only 2")
    assert np.array_equal(session.mask(role) > 0, labels == 2)


def test_each_of_several_files_is_answered(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    names = ("a.png", "b.png", "notes.txt", "gone.png", "nothing.pkl")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "nothing.pkl").write_bytes(b"nothing")
    for name in names[:2]:
        picture(tmp_path / name)
    window.drops.take([tmp_path / name for name in names])
    qtbot.waitUntil(lambda: window.dialogs.library_dialog is not None, timeout=10_000)
    library = window.dialogs.library_dialog
    assert library is not None
    qtbot.waitUntil(lambda: "nothing.pkl" in library.message.text, timeout=10_000)
    assert all(name in window.drops.bar.text for name in names[:4])
    assert offers(window) == [USE_AS_EXAMPLES]
    library.close()


def test_nothing_is_opened_during_a_run(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    save_result(qtbot, window, tmp_path / "result.png")
    begin_run(qtbot, window)
    with qtbot.assertNotEmitted(window.files.opened):
        window.drops.take([tmp_path / "result.png"])
        qtbot.waitUntil(lambda: "Stop the run" in window.drops.bar.text, timeout=10_000)
    end_run(qtbot, window)
