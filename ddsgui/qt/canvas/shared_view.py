"""Which section of the picture is looked at; panes that share one move together."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Signal

MIN_ZOOM, MAX_ZOOM = 1 / 16, 64.0


class SharedView(QObject):
    """Zoom and centre, or `fit`: each pane shows the whole picture as large as it can."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._zoom = 1.0
        self._centre = QPointF(0.5, 0.5)
        self._fit = True

    @property
    def zoom(self) -> float:
        """Widget pixels a picture pixel; without meaning while `fit`."""
        return self._zoom

    @property
    def centre(self) -> QPointF:
        """What lies in the middle of a pane, in fractions of the picture: pictures may differ in resolution."""
        return QPointF(self._centre)

    @property
    def fit(self) -> bool:
        return self._fit

    def fit_all(self) -> None:
        """Show whole pictures from now on."""
        if not self._fit:
            self._fit, self._centre = True, QPointF(0.5, 0.5)
            self.changed.emit()

    def set_zoom(self, zoom: float) -> None:
        """Zoom around what lies in the middle."""
        self.look_at(self._centre, zoom)

    def look_at(self, centre: QPointF, zoom: float) -> None:
        """Both are kept in bounds: the middle of a pane never leaves the picture."""
        zoom = min(max(zoom, MIN_ZOOM), MAX_ZOOM)
        centre = QPointF(min(max(centre.x(), 0.0), 1.0), min(max(centre.y(), 0.0), 1.0))
        if self._fit or (zoom, centre) != (self._zoom, self._centre):
            self._fit, self._zoom, self._centre = False, zoom, centre
            self.changed.emit()
