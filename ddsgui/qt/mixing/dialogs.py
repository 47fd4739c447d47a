"""The other windows: painting a part, making a domain, the library, the seed wall."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ddsgui.editing.session_state import Role
from ddsgui.jobs.pairs import PairRequest
from ddsgui.qt.canvas.paint_settings import PaintSettings
from ddsgui.qt.core.controller import MixController
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.export.dialog import ExportDialog
from ddsgui.qt.export.exports import Exports
from ddsgui.qt.mixing.pair_form import PairForm
from ddsgui.qt.new_domain.dialog import NewDomainDialog
from ddsgui.qt.parts.dialog import PartDialog
from ddsgui.qt.projects.part import ProjectPart
from ddsgui.qt.seed_wall.wall import SeedWall
from ddsgui.qt.widgets.action import IN_A_RUN
from ddsgui.qt.widgets.message_bar import MessageBar
from ddsgui.synthesis.latents import LatentSource, Seed

if TYPE_CHECKING:
    from ddsgui.qt.library.dialog import LibraryDialog


class DialogManager(QObject):
    """Creates each dialog when it is first opened and passes its results to the main window's forms."""

    training_changed = Signal(str)  # the trainings that are under way, "" for none

    def __init__(
        self,
        parent: QWidget,
        controller: MixController,
        preferences: Preferences,
        paint_settings: PaintSettings,
        pair: PairForm,
        message: MessageBar,
        exports: Exports,
    ) -> None:
        super().__init__(parent)
        self._parent, self._controller, self._preferences = parent, controller, preferences
        self._paint_settings, self._pair, self._message = paint_settings, pair, message
        self._exports = exports
        self.export_dialog: ExportDialog | None = None
        self.part_dialog: PartDialog | None = None
        self.domain_dialog: NewDomainDialog | None = None
        self.library_dialog: LibraryDialog | None = None
        self.seed_wall: SeedWall | None = None

    def paint_part(self) -> PartDialog:
        """Open the dialog, or bring it to the front."""
        dialog = self.part_dialog
        if dialog is None:
            dialog = self.part_dialog = PartDialog(self._controller, self._paint_settings, self._parent)
            dialog.saved.connect(self._take_part)
            dialog.progressed.connect(self._show_trainings)
        dialog.begin(self._pair.request)
        return dialog

    def make_domain(self) -> NewDomainDialog:
        """Open the dialog, or bring it to the front."""
        if self.domain_dialog is None:
            dialog = self.domain_dialog = NewDomainDialog(self._controller, self._preferences)
            dialog.saved.connect(self._pair.refresh)
            dialog.mix_wanted.connect(self._mix_domains)
            dialog.notified.connect(self._message.show_message)
            dialog.progressed.connect(self._show_trainings)
        self.domain_dialog.begin(self._pair.request.source)
        return self.domain_dialog

    def show_seed_wall(self, project: ProjectPart) -> None:
        """Open the window, or bring it to the front."""
        if self.seed_wall is None:
            wall = self.seed_wall = SeedWall(self._controller, project.controller, self._preferences)
            wall.pair_wanted.connect(self._take_latents)
            wall.face_wanted.connect(self.take_face)
            wall.queue_wanted.connect(lambda seeds, settings: project.ask_queue(seeds, settings, wall))
        self.seed_wall.begin()

    def follow_settings(self) -> None:
        """Tell the seed wall that the settings of the live blend may have changed."""
        if self.seed_wall is not None:
            self.seed_wall.follow()

    def take_face(self, role: Role, seed: int) -> None:
        """Draw one picture from a seed; the other stays, unpaired."""
        self._take_people(self._pair.request.with_latent(role, Seed(seed)))

    def _take_latents(self, latent: LatentSource, target_latent: LatentSource | None) -> None:
        self._take_people(replace(self._pair.request, latent=latent, target_latent=target_latent))

    def _take_people(self, request: PairRequest) -> None:
        if self._controller.running:
            self._message.show_message(IN_A_RUN)
        else:
            self._pair.take_request(request)

    def export(self, name: str, format_name: str = "") -> None:
        """Open the dialog for a file of this name, or bring it to the front; by default with the last format."""
        if self.export_dialog is None:
            self.export_dialog = ExportDialog(self._exports, self._preferences, self._parent)
        self.export_dialog.begin(name, format_name)

    def show_library(self) -> None:
        """Open the dialog, or bring it to the front."""
        self._library().begin()

    def add_models(self, paths: list[Path]) -> None:
        """Add model files to the library, whose window reports on each."""
        library = self._library()
        library.begin()
        library.add_files(paths)

    def add_examples(self, paths: list[Path]) -> None:
        """Open New domain with pictures to learn from."""
        self.make_domain().add_examples(paths)

    def shut_down(self) -> None:
        """Close all dialogs, because the program ends."""
        for dialog in (self.part_dialog, self.domain_dialog, self.export_dialog, self.seed_wall):
            if dialog is not None:
                dialog.close()
        if self.library_dialog is not None:
            self.library_dialog.shut_down()

    def _show_trainings(self) -> None:
        """Report the trainings of both dialogs."""
        domain, part = self.domain_dialog, self.part_dialog
        summaries = (
            "" if domain is None else domain.training.summary,
            "" if part is None else part.panel.summary,
        )
        self.training_changed.emit("   ·   ".join(filter(None, summaries)))

    def _library(self) -> LibraryDialog:
        if self.library_dialog is None:
            from ddsgui.qt.library.dialog import LibraryDialog  # http and ssl take a while to import

            dialog = self.library_dialog = LibraryDialog(self._controller, self._preferences)
            dialog.use_wanted.connect(self._use)
            dialog.edit_wanted.connect(lambda name: self.paint_part().edit_part(name))
            dialog.changed.connect(self.follow_library)
            dialog.news.connect(self._message.show_message)
        return self.library_dialog

    def _use(self, role: str, name: str) -> None:
        """Mix with the entry that was chosen in the library."""
        if role == "part":
            self._take_part(name)
        else:
            pair = self._pair
            pair.refresh()
            pair.take_domain("source" if role == "source" else "target", name)

    def follow_library(self) -> None:
        """Offer the current entries of the library. The pictures stay, even if their file is gone."""
        pair, controller = self._pair, self._controller
        pair.refresh()
        if controller.session.sample is not None:
            pair.show_request(controller.request)

    def _mix_domains(self, source: str, target: str) -> None:
        if self._controller.running:
            self._message.show_message("A run is in progress. Choose the new domain once it has ended.")
        else:
            self._pair.take_domains(source, target)
            self._parent.activateWindow()

    def _take_part(self, name: str) -> None:
        self._pair.refresh()
        self._pair.take_part(name)
