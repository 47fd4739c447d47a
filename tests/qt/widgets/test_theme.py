from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from ddsgui.errors import DdsError
from ddsgui.paths import resources
from ddsgui.qt.widgets.theme import Theme, apply_theme, icon, set_icon


@pytest.fixture(autouse=True)
def undressed(qapp: QApplication) -> Iterator[None]:
    """Other tests see the program as they found it."""
    palette, style = qapp.palette(), qapp.style().objectName()
    yield
    apply_theme(qapp, "light")  # no longer follows the desktop
    qapp.styleHints().unsetColorScheme()
    qapp.setStyleSheet("")
    qapp.setStyle(style)
    qapp.setPalette(palette)


def ink(drawn: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal) -> QColor:
    """The colour of the most opaque pixel."""
    image = drawn.pixmap(32, 32, mode).toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return max(pixels, key=QColor.alpha)


def contrast(a: QColor, b: QColor) -> float:
    """As WCAG 2 has it: 1 to 21."""

    def luminance(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(qapp: QApplication, theme: Theme) -> None:
    apply_theme(qapp, theme)
    palette, role = qapp.palette(), QPalette.ColorRole
    assert (palette.color(role.Window).lightness() < 128) == (theme == "dark")
    for text, ground in (
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.ButtonText, role.Button),
        (role.ToolTipText, role.ToolTipBase),
        (role.Link, role.Window),
    ):
        assert contrast(palette.color(text), palette.color(ground)) >= 4.5
    assert contrast(palette.color(role.PlaceholderText), palette.color(role.Base)) >= 3


def test_system_follows_the_desktop_until_told_otherwise(qapp: QApplication) -> None:
    def is_dark() -> bool:
        return qapp.palette().color(QPalette.ColorRole.Window).lightness() < 128

    for _ in range(2):
        apply_theme(qapp, "system")
        for scheme in (Qt.ColorScheme.Dark, Qt.ColorScheme.Light):
            qapp.styleHints().colorSchemeChanged.emit(scheme)
            assert is_dark() == (scheme == Qt.ColorScheme.Dark)
    apply_theme(qapp, "light")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert not is_dark()


def test_icons_have_the_colour_of_the_text(qapp: QApplication) -> None:
    for theme in ("light", "dark"):
        apply_theme(qapp, theme)
        palette = qapp.palette()
        assert ink(icon("brush")).name() == palette.color(QPalette.ColorRole.WindowText).name()
        disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
        assert ink(icon("brush"), QIcon.Mode.Disabled).name() == disabled.name()


def test_icons_keep_up_with_the_theme(qapp: QApplication, qtbot: QtBot) -> None:
    apply_theme(qapp, "light")
    window = QWidget()
    qtbot.addWidget(window)
    holders = (QAction("Undo", window), QToolButton(window))
    for holder in holders:
        set_icon(holder, "undo")
        assert ink(holder.icon()).lightness() < 128
    apply_theme(qapp, "dark")
    for holder in holders:
        assert ink(holder.icon()).lightness() > 128


def test_every_icon_can_be_drawn_and_takes_our_colour() -> None:
    names = [path.stem for path in (resources() / "icons").glob("*.svg")]
    assert len(names) >= 20
    for name in names:
        drawn = icon(name)
        assert ink(drawn).alpha() > 200, name
        text = (resources() / "icons" / f"{name}.svg").read_text()
        assert not re.search(r"#[0-9a-fA-F]{3}", text), name


def test_a_missing_icon_is_named() -> None:
    with pytest.raises(DdsError, match="no-such"):
        icon("no-such")
