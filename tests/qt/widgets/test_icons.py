"""Icons are painted in the colour of the text."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QColor, QIcon, QImage, QPalette
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from ddsgui.errors import DdsError
from ddsgui.paths import resources
from ddsgui.qt.widgets.icons import icon

NAMES = sorted(path.stem for path in (resources() / "icons").glob("*.svg"))
NORMAL, DISABLED, SELECTED = "#102030", "#708090", "#f0e0d0"


@pytest.fixture(autouse=True)
def palette(qapp: QApplication) -> Iterator[QPalette]:
    """A palette of distinct colours; the previous one is restored afterwards."""
    before, changed = QPalette(qapp.palette()), QPalette(qapp.palette())
    changed.setColor(QPalette.ColorRole.WindowText, QColor(NORMAL))
    changed.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText, QColor(DISABLED))
    changed.setColor(QPalette.ColorRole.HighlightedText, QColor(SELECTED))
    qapp.setPalette(changed)
    yield changed
    qapp.setPalette(before)


def rgba(image: QImage) -> np.ndarray:
    """Return the pixels as uint8 [H, W, 4]."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return np.array(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)


def ink(drawn: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal, side: int = 32) -> QColor:
    """Return the colour of the most opaque pixel."""
    pixels = rgba(drawn.pixmap(side, mode).toImage()).reshape(-1, 4)
    return QColor(*map(int, pixels[pixels[:, 3].argmax()]))


@pytest.mark.parametrize(
    ("mode", "colour"),
    [
        (QIcon.Mode.Normal, NORMAL),
        (QIcon.Mode.Active, NORMAL),
        (QIcon.Mode.Disabled, DISABLED),
        (QIcon.Mode.Selected, SELECTED),
    ],
)
@pytest.mark.parametrize("state", [QIcon.State.Off, QIcon.State.On])
def test_every_mode_has_its_colour_of_the_palette(mode: QIcon.Mode, state: QIcon.State, colour: str) -> None:
    pixels = rgba(icon("brush").pixmap(QSize(32, 32), mode, state).toImage()).reshape(-1, 4)
    assert QColor(*map(int, pixels[pixels[:, 3].argmax()][:3])).name() == colour
    assert (pixels[:, 3] == 0).any()  # the background is transparent


def test_an_icon_in_use_follows_the_palette(qapp: QApplication, palette: QPalette) -> None:
    holders = (QAction(), QToolButton())
    for holder in holders:
        holder.setIcon(icon("undo"))
        assert ink(holder.icon()).name() == NORMAL
    gc.collect()  # no Python object is needed to keep an icon engine alive
    changed = QPalette(palette)
    changed.setColor(QPalette.ColorRole.WindowText, QColor("#ff0000"))
    qapp.setPalette(changed)
    for holder in holders:
        assert ink(holder.icon()).name() == "#ff0000"


def test_a_disabled_button_and_its_icon_turn_grey_together(qtbot: QtBot) -> None:
    button = QToolButton()
    qtbot.addWidget(button)
    button.setIcon(icon("brush"))

    def colours() -> set[str]:
        pixels = np.unique(rgba(button.grab().toImage()).reshape(-1, 4), axis=0)
        return {QColor(*map(int, pixel[:3])).name() for pixel in pixels}

    assert NORMAL in colours() and DISABLED not in colours()
    button.setEnabled(False)
    assert DISABLED in colours() and NORMAL not in colours()


def test_an_icon_is_drawn_in_the_pixels_of_the_screen() -> None:
    for ratio in (1.0, 1.5, 2.0):
        pixmap = icon("brush").pixmap(QSize(20, 20), ratio)
        assert pixmap.devicePixelRatio() == ratio and pixmap.width() == 20 * ratio
    # Twice the pixels show more detail than the same pixels enlarged.
    fine = rgba(icon("brush").pixmap(QSize(20, 20), 2.0).toImage())[..., 3]
    coarse = rgba(icon("brush").pixmap(QSize(20, 20), 1.0).toImage())[..., 3]
    assert not np.array_equal(fine, coarse.repeat(2, 0).repeat(2, 1))
    assert np.array_equal(fine, rgba(icon("brush").pixmap(QSize(40, 40), 1.0).toImage())[..., 3])


def test_changing_a_copy_does_not_change_the_icon() -> None:
    original = icon("brush")
    copy = QIcon(original)
    copy.addPixmap(icon("eraser").pixmap(16))  # makes the copy clone the engine
    assert ink(original).name() == ink(copy).name() == NORMAL


@pytest.mark.parametrize("name", NAMES)
def test_every_icon_is_drawn_in_the_colour_of_the_palette(name: str) -> None:
    drawn = icon(name)
    assert ink(drawn).alpha() > 200
    assert ink(drawn).name() == NORMAL
    assert not re.search(r"#[0-9a-fA-F]{3}", (resources() / "icons" / f"{name}.svg").read_text())


def test_there_are_icons() -> None:
    assert len(NAMES) >= 20


def test_a_missing_icon_is_named() -> None:
    with pytest.raises(DdsError, match="no-such"):
        icon("no-such")
