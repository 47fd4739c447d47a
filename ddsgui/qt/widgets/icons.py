"""Icons in the colour of the text, whatever the theme."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import ClassVar

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from ddsgui.errors import DdsError
from ddsgui.paths import resources

_COLOURS = {
    QIcon.Mode.Disabled: (QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText),
    QIcon.Mode.Selected: (QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText),
}
_NORMAL = (QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText)


def icon(name: str) -> QIcon:
    """Return the icon resources/icons/{name}.svg. Raises DdsError if it is missing.

    It is drawn when it is shown, so that it follows the theme and is sharp on every screen.
    """
    return QIcon(TintedIconEngine(name))


class TintedIconEngine(QIconEngine):
    """A drawing in `currentColor` that takes its colour from the palette, by mode, each time it is painted."""

    _clones: ClassVar[list[QIconEngine]] = []

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._drawing = _drawing(name)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        colour = QApplication.palette().color(*_COLOURS.get(mode, _NORMAL))
        _renderer(self._drawing, colour.name()).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the icon at a size in device pixels on a transparent background, which Qt leaves undefined."""
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            self.paint(painter, QRect(QPoint(), size), mode, state)
        return pixmap

    def clone(self) -> QIconEngine:
        # Qt calls this when a shared icon changes, and owns the copy. Python does not know that, and must not free it.
        self._clones.append(TintedIconEngine(self._name))
        return self._clones[-1]


@cache
def _drawing(name: str) -> str:
    try:
        return (resources() / "icons" / f"{name}.svg").read_text("utf-8")
    except OSError as error:
        raise DdsError(f"The icon {name} is missing. Install ddsgui again.") from error


@lru_cache(maxsize=256)
def _renderer(drawing: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(drawing.replace("currentColor", colour).encode()))
