"""The light and the dark theme."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from ddsgui.paths import resources

Theme = Literal["light", "dark", "system"]
Role = QPalette.ColorRole

# Of the panes and similar frames. They are dark in the light theme too, because colours are judged best on a dim,
# neutral background.
FRAME, TITLE, CAPTION = QColor("#242528"), QColor("#e4e5e8"), QColor("#9b9da5")
CORNER = 8  # radius, widget pixels

# Neutral greys, so that they do not tint the pictures, and one accent.
LIGHT = {
    Role.Window: "#efeff0",
    Role.WindowText: "#222326",
    Role.Base: "#fbfbfb",
    Role.AlternateBase: "#f3f3f4",
    Role.Text: "#222326",
    Role.PlaceholderText: "#63656b",
    Role.Button: "#e2e2e4",
    Role.ButtonText: "#222326",
    Role.BrightText: "#b3261e",
    Role.Light: "#ffffff",
    Role.Midlight: "#e8e8ea",
    Role.Mid: "#cbcccf",
    Role.Dark: "#a3a4a8",
    Role.Shadow: "#6d6e72",
    Role.Highlight: "#2470bd",
    Role.HighlightedText: "#ffffff",
    Role.Accent: "#2470bd",
    Role.Link: "#1f66b0",
    Role.LinkVisited: "#5b5e9c",
    Role.ToolTipBase: "#fbfbfb",
    Role.ToolTipText: "#222326",
}
DARK = {
    Role.Window: "#323336",
    Role.WindowText: "#e4e5e8",
    Role.Base: "#292a2d",
    Role.AlternateBase: "#2e2f32",
    Role.Text: "#e4e5e8",
    Role.PlaceholderText: "#b0b2b8",
    Role.Button: "#434548",
    Role.ButtonText: "#e4e5e8",
    Role.BrightText: "#ff8a80",
    Role.Light: "#5a5c60",
    Role.Midlight: "#4c4e52",
    Role.Mid: "#4b4d51",
    Role.Dark: "#1f2022",
    Role.Shadow: "#141416",
    Role.Highlight: "#4a9be8",
    Role.HighlightedText: "#0e1013",
    Role.Accent: "#4a9be8",
    Role.Link: "#7bb8f2",
    Role.LinkVisited: "#a9a8e6",
    Role.ToolTipBase: "#1f2022",
    Role.ToolTipText: "#e4e5e8",
}
LIGHT_DISABLED, DARK_DISABLED = "#84858a", "#85878d"


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Set the theme of the whole program; "system" follows the desktop from then on."""
    hints = app.styleHints()
    if app.property("follows_desktop"):
        hints.colorSchemeChanged.disconnect(_apply_scheme)
    app.setProperty("follows_desktop", theme == "system")
    if theme == "system":
        hints.unsetColorScheme()
        hints.colorSchemeChanged.connect(_apply_scheme)
        _apply_scheme(hints.colorScheme())
    else:
        scheme = Qt.ColorScheme.Dark if theme == "dark" else Qt.ColorScheme.Light
        hints.setColorScheme(scheme)  # for title bars and the desktop's dialogs
        _apply_scheme(scheme)


def _apply_scheme(scheme: Qt.ColorScheme) -> None:
    """Set style, palette and style sheet; icons take their colour from the palette when they are painted."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    dark = scheme == Qt.ColorScheme.Dark
    app.setStyle("Fusion")
    app.setPalette(_palette(DARK if dark else LIGHT, DARK_DISABLED if dark else LIGHT_DISABLED))
    # A style sheet with palette colours has to be set again to use new ones.
    folder = resources() / "theme"
    sheet = (folder / "studio.qss").read_text("utf-8")
    app.setStyleSheet(
        sheet.replace("@theme", folder.as_posix()).replace("@scheme", "dark" if dark else "light")
    )


def _palette(colours: dict[QPalette.ColorRole, str], disabled: str) -> QPalette:
    palette = QPalette()
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in (Role.WindowText, Role.Text, Role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, Role.Highlight, QColor(colours[Role.Mid]))
    return palette
