"""The section of the image that several panes share."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtWidgets import QWidget

MIN_ZOOM, MAX_ZOOM = 1 / 16, 64.0


class SharedView(QObject):
    """Zoom and centre, or `fit`: every pane shows its whole image as large as possible."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._zoom = 1.0
        self._centre = QPointF(0.5, 0.5)
        self._fit = True

    @property
    def zoom(self) -> float:
        """Widget pixels per image pixel; ignored while `fit`."""
        return self._zoom

    @property
    def centre(self) -> QPointF:
        """The point in the middle of a pane, in fractions of the image: images may differ in resolution."""
        return QPointF(self._centre)

    @property
    def fit(self) -> bool:
        """True while whole images are shown."""
        return self._fit

    @property
    def device_ratio(self) -> float:
        """Screen pixels per widget pixel in the window of the panes."""
        window = self.parent()
        return window.devicePixelRatioF() if isinstance(window, QWidget) else 1.0

    def fit_all(self) -> None:
        """Show whole images from now on."""
        if not self._fit:
            self._fit, self._centre = True, QPointF(0.5, 0.5)
            self.changed.emit()

    def set_zoom(self, zoom: float) -> None:
        """Zoom around the point in the middle."""
        self.look_at(self._centre, zoom)

    def look_at(self, centre: QPointF, zoom: float) -> None:
        """Show another section. Both are clamped: the middle of a pane never leaves the image."""
        zoom = min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        centre = QPointF(min(max(centre.x(), 0.0), 1.0), min(max(centre.y(), 0.0), 1.0))
        if self._fit or (zoom, centre) != (self._zoom, self._centre):
            self._fit, self._zoom, self._centre = False, zoom, centre
            self.changed.emit()
