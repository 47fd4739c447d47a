from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from ddsgui.qt.widgets.icons import icon
from ddsgui.qt.widgets.theme import CAPTION, FRAME, TITLE, Theme, apply_theme
from tests.qt.widgets.test_icons import ink


def contrast(a: QColor, b: QColor) -> float:
    """Return the contrast ratio of WCAG 2, 1 to 21."""

    def luminance(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_enough_contrast(qapp: QApplication, theme: Theme) -> None:
    apply_theme(qapp, theme)
    palette, role = qapp.palette(), QPalette.ColorRole
    assert (palette.color(role.Window).lightness() < 128) == (theme == "dark")
    grounds = (role.Window, role.Base, role.AlternateBase)
    texts = (role.WindowText, role.Text, role.PlaceholderText, role.Link, role.LinkVisited, role.BrightText)
    pairs = [(text, ground) for text in texts for ground in grounds]
    pairs += [
        (role.ButtonText, role.Button),
        (role.PlaceholderText, role.Button),
        (role.ToolTipText, role.ToolTipBase),
        (role.HighlightedText, role.Highlight),
    ]
    for text, ground in pairs:
        assert contrast(palette.color(text), palette.color(ground)) >= 4.5, (text, ground)
    for text in (TITLE, CAPTION):
        assert contrast(text, FRAME) >= 4.5
    for ground in grounds:  # disabled text
        disabled = palette.color(QPalette.ColorGroup.Disabled, role.WindowText)
        assert contrast(disabled, palette.color(ground)) >= 3
        assert contrast(palette.color(role.Highlight), palette.color(ground)) >= 3, "rings and bars"


def test_the_system_theme_follows_the_desktop_until_another_is_chosen(qapp: QApplication) -> None:
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


def test_icons_have_the_colour_of_the_text_in_every_theme(qapp: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    holders = (QAction("Undo", window), QToolButton(window))
    for holder in holders:
        holder.setIcon(icon("undo"))
    for theme in ("light", "dark"):
        apply_theme(qapp, theme)
        palette, role = qapp.palette(), QPalette.ColorRole.WindowText
        disabled = palette.color(QPalette.ColorGroup.Disabled, role)
        for holder in holders:
            assert ink(holder.icon()).name() == palette.color(role).name()
            assert ink(holder.icon(), QIcon.Mode.Disabled).name() == disabled.name()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tick_boxes_can_be_seen(qapp: QApplication, qtbot: QtBot, theme: Theme) -> None:
    apply_theme(qapp, theme)
    window = QWidget()
    qtbot.addWidget(window)
    box = QCheckBox("Match", window)
    window.show()
    ground = qapp.palette().color(QPalette.ColorRole.Window)

    def strongest() -> float:
        image = box.grab().toImage()
        row = [image.pixelColor(x, image.height() // 2) for x in range(14)]
        return max(contrast(colour, ground) for colour in row)

    assert strongest() >= 3
    box.setChecked(True)
    image = box.grab().toImage()
    inside = {image.pixelColor(x, image.height() // 2).name() for x in range(14)}
    assert qapp.palette().color(QPalette.ColorRole.Highlight).name() in inside
    assert any(
        contrast(QColor(name), qapp.palette().color(QPalette.ColorRole.Highlight)) >= 3 for name in inside
    ), "the mark"
