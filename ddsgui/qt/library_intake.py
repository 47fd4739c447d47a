"""Files on their way into the library: chosen in a dialog, dropped, or waited for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from ddsgui.library.catalogue import CatalogueEntry
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.library.card_model import CardModel
from ddsgui.qt.library_drop import KINDS
from ddsgui.qt.widgets.message_bar import MessageBar


class Intake(QObject):
    """Finds out which offer of the catalogue a file is, by asking where its name does not say so."""

    accepted = Signal(object, object)  # Path, and the Offer whose file it is or None

    def __init__(
        self, window: QWidget, stock: CardModel, preferences: Preferences, message: MessageBar
    ) -> None:
        super().__init__(window)
        self._window, self._stock, self._preferences, self._message = window, stock, preferences, message

    def ask(self, offer: CatalogueEntry | None = None) -> QFileDialog:
        """Choose files to add; one, if it is to be an offer's."""
        title = "Add to the library" if offer is None else f"The file of {offer.title}"
        dialog = QFileDialog(self._window, title, str(self._preferences.folder), KINDS)
        many = QFileDialog.FileMode.ExistingFiles if offer is None else QFileDialog.FileMode.ExistingFile
        dialog.setFileMode(many)
        dialog.filesSelected.connect(partial(self._take_chosen, offer))
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()
        return dialog

    def take(self, paths: Iterable[Path]) -> None:
        """Files that were dropped on the page or on the studio's window."""
        paths = list(paths)
        offer = self._awaited()
        if offer is None or len(paths) != 1:
            self._accept(paths)
        elif paths[0].name == offer.file_name:
            self._accept(paths, offer)
        else:
            self._message.show_message(
                f"Is {paths[0].name} the file of {offer.title}, which you went for?",
                {
                    f"Yes, it is {offer.title}": partial(self._accept, paths, offer),
                    "No, add it by itself": partial(self._accept, paths),
                },
            )

    def _take_chosen(self, offer: CatalogueEntry | None, names: list[str]) -> None:
        paths = [Path(name) for name in names]
        if paths:
            self._preferences.folder = paths[0].parent
            self._accept(paths, offer)

    def _awaited(self) -> CatalogueEntry | None:
        name = self._stock.awaited
        return next(
            (s.card.published for s in self._stock.shown if s.card.name == name and s.card.entry is None),
            None,
        )

    def _accept(self, paths: list[Path], offer: CatalogueEntry | None = None) -> None:
        self._message.hide()
        for path in paths:
            self.accepted.emit(path, offer)
