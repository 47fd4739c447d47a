"""Four panes, two by two; one of them may take all the room."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QWidget

from ddsgui.qt.canvas.pane import Pane


class PaneGrid(QWidget):
    """A double click on a pane maximises it, another one brings the others back."""

    def __init__(self, *panes: Pane) -> None:
        super().__init__()
        self._panes = panes
        self._maximised: Pane | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for i, pane in enumerate(panes):
            grid.addWidget(pane, i // 2, i % 2)
            pane.maximise_requested.connect(lambda pane=pane: self.toggle(pane))

    @property
    def maximised(self) -> Pane | None:
        return self._maximised

    def toggle(self, pane: Pane) -> None:
        self._maximised = None if self._maximised is pane else pane
        for other in self._panes:
            other.setVisible(self._maximised in (None, other))
