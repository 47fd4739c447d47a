"""The commands on the window's project: dialogs that block nothing, and questions before something is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from ddsgui.file_signatures import ZIP, kind_of_file
from ddsgui.project.project_file import SUFFIX
from ddsgui.qt.core.preferences import Preferences
from ddsgui.qt.projects.controller import ProjectController
from ddsgui.qt.widgets.message_bar import MessageBar

PROJECTS = f"Projects (*{SUFFIX})"
OPENABLE_SUFFIXES = (SUFFIX, ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".json")
OPENABLE = f"Projects, results and recipes ({' '.join(f'*{suffix}' for suffix in OPENABLE_SUFFIXES)})"
REVERT = "Revert"


class ProjectActions(QObject):
    """New, open, save, revert."""

    def __init__(
        self,
        window: QWidget,
        projects: ProjectController,
        preferences: Preferences,
        message: MessageBar,
        open_result: Callable[[Path], object],
    ) -> None:
        """`open_result` opens a result's PNG or a recipe."""
        super().__init__(window)
        self._window, self._projects, self._preferences = window, projects, preferences
        self._message, self._open_result = message, open_result

    def new(self) -> None:
        """Begin an empty project. The present one stays on the disk."""
        self._projects.new()

    def ask_open(self) -> QFileDialog:
        """Ask for a project, a result or a recipe to open."""
        return self._ask("Open", (OPENABLE, PROJECTS, "All files (*)"), self.open)

    def open(self, path: Path) -> None:
        """Open a project, a result or a recipe."""
        is_project = path.suffix.lower() == SUFFIX or kind_of_file(path) == ZIP
        (self._projects.open if is_project else self._open_result)(path)

    def save(self) -> None:
        """Save the project, and ask for a name if it has none."""
        self.ask_save_as() if self._projects.path is None else self._projects.save()

    def ask_save_as(self) -> QFileDialog:
        """Ask for the file that is the project's from then on."""
        return self._ask("Save the project as", (PROJECTS,), self._projects.save, name=self._projects.name)

    def ask_copy(self) -> QFileDialog:
        """Ask for a file to save a copy to."""
        name = f"{self._projects.name} copy"
        return self._ask("Save a copy of the project", (PROJECTS,), self._projects.save_copy, name=name)

    def ask_send(self) -> QFileDialog:
        """Ask for a file to save a copy to, with copies of the domains and parts in it."""
        name = f"{self._projects.name} to send"
        return self._ask("Save a copy to send", (PROJECTS,), self._projects.save_to_send, name=name)

    def revert(self) -> None:
        """Return to the file as it was saved last, if the artist confirms it."""
        path = self._projects.path
        if path is not None:
            self._message.show_message(
                f"Return to {path.name} as it was saved last? What has changed since is lost.",
                {REVERT: self._projects.revert, "Keep the changes": lambda: None},
            )

    def _ask(
        self, title: str, filters: tuple[str, ...], act: Callable[[Path], object], name: str = ""
    ) -> QFileDialog:
        """Show a file dialog; with a name, for a file to write."""
        dialog = QFileDialog(self._window, title, str(self._preferences.folder))
        dialog.setNameFilters(filters)
        if name:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix(SUFFIX[1:])
            dialog.selectFile(f"{name}{SUFFIX}")
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(partial(self._act_on, act))
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()  # not exec(), so that a run continues
        return dialog

    def _act_on(self, act: Callable[[Path], object], name: str) -> None:
        path = Path(name)
        self._preferences.folder = path.parent
        act(path)
