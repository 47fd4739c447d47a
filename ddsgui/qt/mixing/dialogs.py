"""The windows beside the main one: painting a part, making a domain, the library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.new_domain.dialog import NewDomainDialog
from ddsgui.qt.parts.dialog import PartDialog
from ddsgui.qt.widgets.drop import may_be_upscaler

if TYPE_CHECKING:
    from ddsgui.qt.library.dialog import LibraryDialog
    from ddsgui.qt.main_window import MainWindow


class DialogManager(QObject):
    """Each is made when it is first wanted; what comes out of it goes into the main window's forms."""

    def __init__(self, window: MainWindow, preferences: Preferences) -> None:
        super().__init__(window)
        self._window, self._preferences = window, preferences
        self.part_dialog: PartDialog | None = None
        self.domain_dialog: NewDomainDialog | None = None
        self.library_page: LibraryDialog | None = None

    def paint_part(self) -> None:
        """Open the dialog, or bring it to the front."""
        window = self._window
        if self.part_dialog is None:
            self.part_dialog = PartDialog(window.controller, window.panes.paint_settings, window)
            self.part_dialog.saved.connect(self._take_part)
        self.part_dialog.begin(window.inspector.pair.request)

    def make_domain(self) -> None:
        """Likewise."""
        window = self._window
        if self.domain_dialog is None:
            dialog = self.domain_dialog = NewDomainDialog(window.controller, self._preferences)
            dialog.saved.connect(window.inspector.pair.refresh)
            dialog.mix_wanted.connect(self._mix_domains)
            dialog.news.connect(window.message.show_message)
        self.domain_dialog.begin(window.inspector.pair.request.source)

    def show_library(self) -> None:
        """Likewise."""
        self._library().begin()

    def take_models(self, paths: list[Path]) -> None:
        """Model files were dropped on the window: most belong into the library, some make pictures crisp."""
        if len(paths) > 1 or not may_be_upscaler(paths[0]):
            self._add_models(paths)
            return
        self._window.message.show_message(
            f"What is {paths[0].name}?",
            {
                "A domain or part: add it": lambda: self._add_models(paths),
                "A network for Crisp: use it": lambda: self._window.upscaling.use(paths[0]),
            },
        )

    def shut_down(self) -> None:
        """The program ends."""
        for dialog in (self.part_dialog, self.domain_dialog):
            if dialog is not None:
                dialog.close()
        if self.library_page is not None:
            self.library_page.shut_down()

    def _library(self) -> LibraryDialog:
        if self.library_page is None:
            from ddsgui.qt.library.dialog import LibraryDialog  # http and ssl take a while to import

            page = self.library_page = LibraryDialog(self._window.controller, self._preferences)
            page.use_wanted.connect(self._use)
            page.changed.connect(self._follow_library)
            page.news.connect(self._window.message.show_message)
        return self.library_page

    def _add_models(self, paths: list[Path]) -> None:
        page = self._library()
        page.begin()
        page.intake.take(paths)

    def _use(self, role: str, name: str) -> None:
        """A card of the library was chosen."""
        if role == "part":
            self._take_part(name)
        else:
            pair = self._window.inspector.pair
            pair.refresh()
            pair.take_domain("source" if role == "source" else "target", name)

    def _follow_library(self) -> None:
        """The lists offer what there is now; what is on the easel stays, also if its file is gone."""
        pair, controller = self._window.inspector.pair, self._window.controller
        pair.refresh()
        if controller.session.sample is not None:
            pair.show_request(controller.request)

    def _mix_domains(self, source: str, target: str) -> None:
        if self._window.controller.running:
            self._window.message.show_message("A run is under way; choose the new domain once it has ended.")
        else:
            self._window.inspector.pair.take_domains(source, target)
            self._window.activateWindow()

    def _take_part(self, name: str) -> None:
        self._window.inspector.pair.refresh()
        self._window.inspector.pair.take_part(name)
