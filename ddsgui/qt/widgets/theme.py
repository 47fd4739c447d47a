"""Light and dark, and icons in the colour of the text."""

from __future__ import annotations

from functools import cache
from typing import Literal

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

from ddsgui.errors import DdsError
from ddsgui.paths import resources

Theme = Literal["light", "dark", "system"]
Role = QPalette.ColorRole

# Of the panes and of what looks like one. Dark in the light theme as well: colours are judged best on a dim, neutral
# ground.
FRAME, TITLE, CAPTION = QColor("#242528"), QColor("#e4e5e8"), QColor("#9b9da5")
CORNER = 8  # radius, widget pixels

# Greys without a tint, so that they lend none to the pictures, and one accent.
LIGHT = {
    Role.Window: "#efeff0",
    Role.WindowText: "#222326",
    Role.Base: "#fbfbfb",
    Role.AlternateBase: "#f3f3f4",
    Role.Text: "#222326",
    Role.PlaceholderText: "#77797f",
    Role.Button: "#e2e2e4",
    Role.ButtonText: "#222326",
    Role.BrightText: "#b3261e",
    Role.Light: "#ffffff",
    Role.Midlight: "#e8e8ea",
    Role.Mid: "#cbcccf",
    Role.Dark: "#a3a4a8",
    Role.Shadow: "#6d6e72",
    Role.Highlight: "#2f7fd1",
    Role.HighlightedText: "#ffffff",
    Role.Accent: "#2f7fd1",
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
    Role.PlaceholderText: "#94969d",
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
LIGHT_DISABLED, DARK_DISABLED = "#9c9da2", "#7d7f85"


ICON_SIZES = (16, 20, 24, 32, 40, 48)  # device pixels


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Dress the whole program, now or anew; "system" follows the desktop from then on."""
    hints = app.styleHints()
    if app.property("follows_desktop"):
        hints.colorSchemeChanged.disconnect(_dress)
    app.setProperty("follows_desktop", theme == "system")
    if theme == "system":
        hints.unsetColorScheme()
        hints.colorSchemeChanged.connect(_dress)
        _dress(hints.colorScheme())
    else:
        scheme = Qt.ColorScheme.Dark if theme == "dark" else Qt.ColorScheme.Light
        hints.setColorScheme(scheme)  # of what the desktop draws: title bars, its own dialogs
        _dress(scheme)


def icon(name: str) -> QIcon:
    """The icon resources/icons/{name}.svg in the colour of the text as it is now. DdsError if there is none."""
    drawing = _drawing(name)
    palette = QApplication.palette()
    result = QIcon()
    for mode, group, role in (
        (QIcon.Mode.Normal, QPalette.ColorGroup.Active, Role.WindowText),
        (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled, Role.WindowText),
        (QIcon.Mode.Selected, QPalette.ColorGroup.Active, Role.HighlightedText),
    ):
        colour = palette.color(group, role).name()
        renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", colour).encode()))
        for size in ICON_SIZES:
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            with QPainter(pixmap) as painter:
                renderer.render(painter)
            result.addPixmap(pixmap, mode)
    return result


def set_icon(holder: QAction | QAbstractButton, name: str) -> None:
    """Give an action or a button an icon that keeps up when the theme changes."""
    holder.setProperty("icon_name", name)
    holder.setIcon(icon(name))


@cache
def _drawing(name: str) -> str:
    try:
        return (resources() / "icons" / f"{name}.svg").read_text("utf-8")
    except OSError as error:
        raise DdsError(f"The icon {name} is missing; install ddsgui anew.") from error


def _dress(scheme: Qt.ColorScheme) -> None:
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    dark = scheme == Qt.ColorScheme.Dark
    app.setStyle("Fusion")
    app.setPalette(_palette(DARK if dark else LIGHT, DARK_DISABLED if dark else LIGHT_DISABLED))
    # A sheet that names palette colours has to be set again to see new ones.
    app.setStyleSheet((resources() / "theme" / "studio.qss").read_text("utf-8"))
    for window in app.topLevelWidgets():
        for holder in (*window.findChildren(QAction), *window.findChildren(QAbstractButton)):
            if name := holder.property("icon_name"):
                set_icon(holder, name)


def _palette(colours: dict[QPalette.ColorRole, str], disabled: str) -> QPalette:
    palette = QPalette()
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in (Role.WindowText, Role.Text, Role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, Role.Highlight, QColor(colours[Role.Mid]))
    return palette
