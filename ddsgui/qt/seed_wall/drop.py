"""Seeds that are dragged from the wall onto a picture of the main window."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from ddsgui.editing.session_state import Role
from ddsgui.errors import OptimizerError
from ddsgui.qt.widgets.drop import DropOverlay
from ddsgui.synthesis.latents import Seed

SEED_MIME = "application/x-ddsgui-seed"


def seed_data(seed: int) -> QMimeData:
    """Return a seed for a drag; other programs get its number as text."""
    data = QMimeData()
    data.setData(SEED_MIME, str(seed).encode())
    data.setText(str(seed))
    return data


def seed_in(data: QMimeData) -> int | None:
    """Return the seed that is dragged; None if it is something else."""
    if not data.hasFormat(SEED_MIME):
        return None
    try:
        return Seed(int(bytes(data.data(SEED_MIME).data()))).value
    except (ValueError, OptimizerError):
        return None


class SeedDrop(QObject):
    """Accepts a seed on the panes of source and target, under a curtain that says what will happen."""

    dropped = Signal(str, object)  # the Role, and the seed

    def __init__(self, window: QWidget, panes: Mapping[Role, QWidget]) -> None:
        super().__init__(window)
        self._window, self._panes = window, panes
        self.curtains = {role: DropOverlay(pane, f"Use as {role}") for role, pane in panes.items()}
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self._window:
            return False
        match event.type():
            case QEvent.Type.DragLeave:
                self._show_curtain(None)
            case QEvent.Type.DragEnter | QEvent.Type.DragMove | QEvent.Type.Drop if isinstance(
                event, QDropEvent
            ):
                return self._answer(event)
        return False

    def _answer(self, event: QDropEvent) -> bool:
        seed = seed_in(event.mimeData())
        if seed is None:
            return False
        role = self._role_at(event)
        is_drop = event.type() == QEvent.Type.Drop
        self._show_curtain(None if is_drop else role)
        # A drag that enters is accepted anywhere, because one that was refused gets no moves.
        event.setAccepted(role is not None or event.type() == QEvent.Type.DragEnter)
        if is_drop and role is not None:
            self.dropped.emit(role, seed)
        return True

    def _role_at(self, event: QDropEvent) -> Role | None:
        at = event.position().toPoint()
        for role, pane in self._panes.items():
            if pane.isVisible() and pane.rect().contains(pane.mapFrom(self._window, at)):
                return role
        return None

    def _show_curtain(self, role: Role | None) -> None:
        for each, curtain in self.curtains.items():
            if each != role:
                curtain.hide()
            elif not curtain.isVisible():
                curtain.cover()
