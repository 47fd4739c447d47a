"""The middle of the window: the panes, or the comparison of two pictures."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ddsgui.qt.canvas.panes import Panes
from ddsgui.qt.compare.compare_view import CompareView
from ddsgui.qt.compare.pictures import RUN, ComparedPictures, numbered_key
from ddsgui.qt.compare.stage import Mode
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.live import LiveController
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.projects.controller import ProjectController


class Centre(QWidget):
    """Shows the four panes, or two pictures compared in their place."""

    changed = Signal()  # something that actions depend on

    def __init__(
        self,
        controller: MixController,
        panes: Panes,
        live: LiveController,
        projects: ProjectController,
        preferences: Preferences,
    ) -> None:
        super().__init__()
        self._panes = panes
        self._pictures = ComparedPictures(controller, panes, live, projects, self)
        self.comparison = CompareView(self._pictures, panes.view, controller.session, preferences)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panes)
        column.addWidget(self.comparison)
        self.comparison.hide()
        self.comparison.changed.connect(self.changed)
        self.comparison.closed.connect(lambda: self.show_comparison(False))
        self.comparison.stage.space_tapped.connect(panes.space_tapped)

    @property
    def shows_comparison(self) -> bool:
        """True while two pictures are compared in place of the panes."""
        return not self.comparison.isHidden()

    @property
    def pictures(self) -> QWidget:
        """The widget with the pictures, without the choices above them."""
        return self.comparison.stage if self.shows_comparison else self._panes

    @property
    def is_glancing(self) -> bool:
        """True while the crossover is shown in place of the result or, in the comparison, B in place of A."""
        return self.comparison.is_flipped if self.shows_comparison else self._panes.comparing

    def show_comparison(self, visible: bool) -> None:
        """Compare two pictures, or show the panes again."""
        if visible == self.shows_comparison:
            return
        self._panes.setVisible(not visible)
        self.comparison.setVisible(visible)
        self.take_focus()
        self.changed.emit()

    def compare(self, mode: Mode) -> None:
        """Compare two pictures in a mode."""
        self.show_comparison(True)
        self.comparison.set_mode(mode)

    def compare_runs(self, numbers: tuple[int, int]) -> None:
        """Compare the pictures of two runs of the project."""
        a, b = (numbered_key(RUN, number) for number in numbers)
        self.comparison.compare(a, b)
        self.show_comparison(True)

    def glance(self, on: bool) -> None:
        """Show the crossover in place of the result or, in the comparison, B in place of A."""
        (self.comparison.flip if self.shows_comparison else self._panes.compare)(on)

    def take_focus(self) -> None:
        """Give the keyboard focus to a picture, where keys are not text."""
        (self.comparison.stage if self.shows_comparison else self._panes).take_focus()

    def shut_down(self) -> None:
        """End all threads."""
        self._pictures.shut_down()
